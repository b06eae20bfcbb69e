import type { AggregateRow } from '../api/types';
import { bucketStarts, type Range } from '../filters/range';
import { dollars } from '../format/money';
import { withoutRow } from './buckets';

export interface Group {
  readonly key: string | null;
  readonly label: string;
  readonly isOther: boolean;
  readonly color: number;
  /** Dollars a bucket; null where the bucket's calls have no known cost, or the answer begins later. */
  readonly costs: (number | null)[];
  /** Calls a bucket whose cost is known. */
  readonly priced: number[];
}

/** Rows by time and group as one line of values a group, all of the same length. */
export function groupsOverTime(
  rows: readonly AggregateRow[],
  range: Range,
  cappedFrom?: string,
): { times: number[]; groups: Group[]; unpriced: number[] } {
  const times = bucketStarts(range);
  const places = new Map(times.map((time, index) => [time, index]));
  const empty = withoutRow(times, cappedFrom);
  const unpriced = new Array<number>(times.length).fill(0);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const index = places.get(Date.parse(row.bucket ?? ''));
    if (index === undefined) {
      continue;
    }
    const key = row.keys[0] ?? null;
    const name = row.is_other ? 'other' : `key ${key ?? ''} ${key === null}`;
    let group = groups.get(name);
    if (group === undefined) {
      const label = row.is_other ? 'all others' : (key ?? 'none');
      group = {
        key,
        label,
        isOther: row.is_other,
        color: row.is_other ? 0 : (groups.size % 8) + 1,
        costs: [...empty],
        priced: new Array<number>(times.length).fill(0),
      };
      groups.set(name, group);
    }
    const { measures } = row;
    group.costs[index] = measures.priced === 0 && measures.calls > 0 ? null : dollars(measures.cost_nanos);
    group.priced[index] = measures.priced;
    unpriced[index] = (unpriced[index] ?? 0) + measures.calls - measures.priced;
  }
  return { times, groups: [...groups.values()], unpriced };
}
