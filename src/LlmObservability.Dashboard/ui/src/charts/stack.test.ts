import { describe, expect, it } from 'vitest';
import { bucketStarts, readRange } from '../filters/range';
import { groupsOverTime } from './groups';
import { layerAt, nearestAt, stacked } from './stack';

const layers = [
  [1, null, 3],
  [2, 5, 0],
];

describe('a stack', () => {
  it('adds layer on layer and leaves gaps where nothing is known', () => {
    expect(stacked(layers)).toEqual([
      [1, null, 3],
      [3, 5, 3],
    ]);
  });

  it('finds the layer at a height', () => {
    expect(layerAt(layers, 0, 0.5)).toBe(0);
    expect(layerAt(layers, 0, 2)).toBe(1);
    expect(layerAt(layers, 0, 9)).toBeNull();
  });
});

describe('lines', () => {
  it('are found by the height that is closest, and never where nothing is known', () => {
    expect(nearestAt(layers, 0, 1.2)).toBe(0);
    expect(nearestAt(layers, 0, 100)).toBe(1);
    expect(nearestAt(layers, 1, 0)).toBe(1);
    expect(nearestAt([[null]], 0, 0)).toBeNull();
  });
});

describe('groups over time', () => {
  it('keep a cost that is not known apart from one that is zero', () => {
    const range = readRange(new URLSearchParams('from=2026-01-01T00:00:00Z&to=2026-01-01T00:03:00Z'), 0);
    const row = (bucket: string, priced: number, nanos: number) => ({
      bucket,
      keys: ['m'],
      is_other: false,
      measures: { calls: 2, priced, cost_nanos: nanos, input_tokens: 0, output_tokens: 0 },
    });
    const { groups, unpriced } = groupsOverTime([row('2026-01-01T00:00:00Z', 0, 0), row('2026-01-01T00:01:00Z', 1, 5e9)], range);
    expect(bucketStarts(range)).toHaveLength(3);
    expect(groups[0]?.costs).toEqual([null, 5, 0]);
    expect(unpriced).toEqual([2, 1, 0]);
    const capped = groupsOverTime([row('2026-01-01T00:01:00Z', 1, 5e9)], range, '2026-01-01T00:01:30Z');
    expect(capped.groups[0]?.costs).toEqual([null, 5, 0]);
  });
});
