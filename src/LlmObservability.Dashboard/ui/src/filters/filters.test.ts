import { describe, expect, it } from 'vitest';
import { type Condition, equal, present, readConditions, withCondition, within, writeConditions } from './conditions';
import { atLeast, callsLink, groupLink } from './links';
import { bucketStarts, readRange } from './range';
import { apiParams, readView, viewParams } from './view';

const now = Date.parse('2026-03-01T12:34:56.789Z');

describe('conditions', () => {
  const all: Condition[] = [
    { field: 'model', operator: 'in', values: ['a', 'b & c', '=?#/%'] },
    { field: 'tag.we"ird\'key; --', operator: 'in', values: ['値', ''] },
    { field: 'tenant', operator: 'not_in', values: ['acme'] },
    { field: 'duration_us', operator: 'at_least', values: ['1000'] },
    { field: 'duration_us', operator: 'below', values: ['5000'] },
    { field: 'route', operator: 'starts_with', values: ['/chat'] },
    { field: 'cost_nanos', operator: 'missing', values: [] },
    { field: 'user', operator: 'present', values: [] },
  ];

  it('come back from an address as they went into it', () => {
    const params = new URLSearchParams();
    writeConditions(params, all);
    const again = readConditions(new URLSearchParams(params.toString()));
    expect(new Set(again.map(condition => JSON.stringify(condition)))).toEqual(
      new Set(all.map(condition => JSON.stringify(condition))),
    );
  });

  it('pass over what is no field', () => {
    expect(
      readConditions(new URLSearchParams('range=1h&cursor=x&order=-model&nothing=1&at_least.nothing=2&missing=nothing')),
    ).toEqual([]);
  });

  it('gather values of one field', () => {
    const one: Condition = { field: 'model', operator: 'in', values: ['a'] };
    expect(withCondition([one], { ...one, values: ['b'] })).toEqual([{ ...one, values: ['a', 'b'] }]);
  });

  it('let through what two of them let through', () => {
    const models: Condition = { field: 'model', operator: 'in', values: ['a', 'b'] };
    expect(within([models], [equal('model', 'b')])).toEqual([{ ...models, values: ['b'] }]);
    expect(within([models], [equal('model', 'x')])).toEqual([models, { ...models, operator: 'not_in' }]);
    expect(within([models], [equal('model', null)])).toEqual([models, equal('model', null)]);
    expect(within([present('user')], [present('user')])).toEqual([present('user')]);
  });
});

describe('a range', () => {
  it('begins with a whole bucket and ends now', () => {
    const range = readRange(new URLSearchParams('range=1h'), now);
    expect(new Date(range.from).toISOString()).toBe('2026-03-01T11:34:00.000Z');
    expect(range.to).toBe(now);
    expect(bucketStarts(range)).toHaveLength(61);
  });

  it('ends where the first page of a table ended', () => {
    const range = readRange(new URLSearchParams('range=24h&at=2026-02-01T00:00:00.000Z'), now);
    expect(new Date(range.to).toISOString()).toBe('2026-02-01T00:00:00.000Z');
    expect(range.bucket).toBe('hour');
  });

  it('may be two dates, and is the usual one where they make no sense', () => {
    const params = new URLSearchParams('from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z');
    expect(readRange(params, now)).toMatchObject({ preset: null, bucket: 'day' });
    expect(readRange(new URLSearchParams('from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z'), now).preset).toBe('1h');
    expect(readRange(new URLSearchParams('range=never'), now).preset).toBe('1h');
  });
});

describe('a view', () => {
  it('is the same after a round through the address', () => {
    const view = readView(new URLSearchParams('range=7d&model=a&tag.team=red&missing=user'), now);
    expect(readView(viewParams(view), now)).toEqual(view);
    expect(apiParams(view).toString()).toContain('tag.team=red');
  });

  it('leads to the calls of the time that was shown', () => {
    const view = readView(new URLSearchParams('range=1h&model=a'), now);
    const at = 'at=2026-03-01T12%3A34%3A56.789Z';
    expect(callsLink(view, [equal('tenant', 'b')], 3)).toEqual({ href: `#/calls?range=1h&model=a&tenant=b&${at}`, calls: 3 });
    expect(callsLink(view, [atLeast('duration_us', 12.7)]).href).toContain('at_least.duration_us=12&');
    expect(readView(new URLSearchParams(callsLink(view).href?.split('?')[1]), now + 60_000).range).toEqual(view.range);
  });

  it('leads to the groups that have no row of their own', () => {
    const view = readView(new URLSearchParams('from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z'), now);
    const other = { keys: [null], is_other: true };
    expect(groupLink(view, 'user', other, ['a', 'b']).href).toMatch(/not_in\.user=a&not_in\.user=b$/);
    expect(groupLink(view, 'user', other, ['a', null]).href).toMatch(/present=user/);
    expect(groupLink(view, 'user', { keys: [null], is_other: false }, []).href).toMatch(/missing=user/);
  });

  it('says why a text cannot be filtered by', () => {
    const view = readView(new URLSearchParams(), now);
    expect(callsLink(view, [equal('user', 'x'.repeat(20_000))])).toEqual({ why: expect.any(String) });
  });
});
