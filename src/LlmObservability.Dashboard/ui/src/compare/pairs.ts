import type { AggregateRow, Measures } from '../api/types';

/** A group with its figures on both sides; null where a side does not tell them. */
export interface Pair {
  readonly key: string | null;
  readonly one: Measures | null;
  readonly other: Measures | null;
}

const none: Measures = { calls: 0, priced: 0, cost_nanos: 0, input_tokens: 0, output_tokens: 0, completed: 0, failed: 0 };

/** The groups of two answers by their key, largest first by either side. A group without a row had no calls, unless it is one of the others. */
export function pairedRows(
  one: readonly AggregateRow[],
  other: readonly AggregateRow[],
  size: (measures: Measures) => number,
): Pair[] {
  const groups = new Map<string | null, { one: Measures | null; other: Measures | null }>();
  const empty = { one: one.some(row => row.is_other) ? null : none, other: other.some(row => row.is_other) ? null : none };
  const add = (rows: readonly AggregateRow[], side: 'one' | 'other') => {
    for (const { keys, measures } of rows.filter(row => !row.is_other)) {
      const key = keys[0] ?? null;
      groups.set(key, { ...(groups.get(key) ?? empty), [side]: measures });
    }
  };
  add(one, 'one');
  add(other, 'other');
  const sizeOf = (pair: Pair) => Math.max(pair.one === null ? 0 : size(pair.one), pair.other === null ? 0 : size(pair.other));
  return [...groups].map(([key, sides]) => ({ key, ...sides })).sort((a, b) => sizeOf(b) - sizeOf(a));
}
