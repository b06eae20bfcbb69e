import type { AggregateRow, Measures } from '../api/types';
import { bucketStarts, type Range } from '../filters/range';

export interface Line {
  readonly key: string | null;
  readonly label: string;
  readonly isOther: boolean;
  readonly color: number;
  readonly values: (number | null)[];
}

/** Rows by time and group as a line a group; a gap where a group has no value. */
export function linesOverTime(
  rows: readonly AggregateRow[],
  range: Range,
  pick: (measures: Measures) => number | undefined,
): { times: number[]; lines: Line[] } {
  const times = bucketStarts(range);
  const places = new Map(times.map((time, index) => [time, index]));
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const index = places.get(Date.parse(row.bucket ?? ''));
    const key = row.keys[0] ?? null;
    const name = row.is_other ? 'other' : JSON.stringify(key);
    let line = lines.get(name);
    if (line === undefined) {
      line = {
        key,
        label: row.is_other ? 'all others' : (key ?? 'none'),
        isOther: row.is_other,
        color: row.is_other ? 0 : (lines.size % 8) + 1,
        values: new Array<number | null>(times.length).fill(null),
      };
      lines.set(name, line);
    }
    if (index !== undefined) {
      line.values[index] = pick(row.measures) ?? null;
    }
  }
  return { times, lines: [...lines.values()] };
}
