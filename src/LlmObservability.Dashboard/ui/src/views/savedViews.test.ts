import { describe, expect, it } from 'vitest';
import { parseViews, renamed, type SavedView, withoutView, withView } from './savedViews';

const costs: SavedView = { name: 'Costs of acme', hash: '#/costs?tenant=acme' };
const slow: SavedView = { name: 'Slow', hash: '#/calls?at_least.duration_us=1' };

describe('saved views', () => {
  it('come back as they were saved', () => {
    expect(parseViews(JSON.stringify([costs, slow]))).toEqual([costs, slow]);
  });

  it('are none where what is stored is broken', () => {
    for (const text of [null, '', '{', 'null', '{}', '42', '"x"', '[null,1,{"name":"x"}]']) {
      expect(parseViews(text)).toEqual([]);
    }
  });

  it('lead to the dashboard alone', () => {
    expect(parseViews('[{"name":"x","hash":"javascript:alert(1)"},{"name":"y","hash":"https://x"}]')).toEqual([]);
    expect(withView([], { name: 'x', hash: '//elsewhere' })).toEqual([]);
  });

  it('have one address a name', () => {
    expect(withView([costs, slow], { ...costs, hash: '#/costs' })).toEqual([slow, { ...costs, hash: '#/costs' }]);
    expect(withView([costs], { ...slow, name: '   ' })).toEqual([costs]);
  });

  it('take another name that is free, and can be deleted', () => {
    expect(renamed([costs, slow], 'Slow', ' Slowest ')).toEqual([costs, { ...slow, name: 'Slowest' }]);
    expect(renamed([costs, slow], 'Slow', costs.name)).toEqual([costs, slow]);
    expect(renamed([costs, slow], 'Slow', '')).toEqual([costs, slow]);
    expect(withoutView([costs, slow], 'Slow')).toEqual([costs]);
  });
});
