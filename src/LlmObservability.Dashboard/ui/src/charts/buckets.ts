import type { AggregateRow, Measures } from '../api/types';
import { bucketSpans, bucketStarts, type Range } from '../filters/range';
import type { View } from '../filters/view';

/** What a bucket without a row holds: nothing, or what is not known where the answer begins later than the bucket. */
export function withoutRow(times: readonly number[], cappedFrom: string | undefined): (0 | null)[] {
  const begin = Date.parse(cappedFrom ?? '');
  return times.map(time => (time < begin ? null : 0));
}

/** Every bucket of a range with its measures; null for one without calls, for which the API gives no row. */
export function byBucket(rows: readonly AggregateRow[], range: Range): { times: number[]; measures: (Measures | null)[] } {
  const found = new Map(rows.map(row => [Date.parse(row.bucket ?? ''), row.measures]));
  const times = bucketStarts(range);
  return { times, measures: times.map(time => found.get(time) ?? null) };
}

/** The view of one bucket of a view. */
export function bucketView(view: View, time: number): View {
  const { range } = view;
  const span = bucketSpans[range.bucket];
  const from = Math.max(time, range.from);
  const to = Math.min(time + span, range.to);
  return { ...view, range: { ...range, preset: null, from, to: to > from ? to : from + span } };
}
