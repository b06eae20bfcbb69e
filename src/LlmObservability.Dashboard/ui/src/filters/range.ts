const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export type Bucket = 'minute' | 'hour' | 'day';

/** The times that are offered, by their name in the address. */
export const presets: readonly (readonly [name: string, label: string, span: number])[] = [
  ['15m', '15 minutes', 15 * minute],
  ['1h', '1 hour', hour],
  ['6h', '6 hours', 6 * hour],
  ['24h', '24 hours', day],
  ['7d', '7 days', 7 * day],
  ['30d', '30 days', 30 * day],
  ['90d', '90 days', 90 * day],
];

const usual = '1h';

/** A time that is looked at, in milliseconds. */
export interface Range {
  /** The preset's name; null for chosen dates. */
  readonly preset: string | null;
  readonly from: number;
  readonly to: number;
  readonly bucket: Bucket;
}

export const bucketSpans: Record<Bucket, number> = { minute, hour, day };

/**
 * The range of an address. A preset ends now, or at <c>at</c>, which pages of a table carry so that they belong together; it
 * begins with a whole bucket.
 */
export function readRange(params: URLSearchParams, now: number): Range {
  const from = Date.parse(params.get('from') ?? '');
  const to = Date.parse(params.get('to') ?? '');
  if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) {
    return { preset: null, from, to, bucket: bucketOf(to - from) };
  }
  const name = params.get('range') ?? usual;
  const [preset, , span] = presets.find(([known]) => known === name) ??
    presets.find(([known]) => known === usual) ?? ['1h', '', hour];
  const at = Date.parse(params.get('at') ?? '');
  const end = Number.isNaN(at) ? now : at;
  const bucket = bucketOf(span);
  const begin = Math.floor((end - span) / bucketSpans[bucket]) * bucketSpans[bucket];
  return { preset, from: begin, to: end, bucket };
}

export function bucketOf(span: number): Bucket {
  return span <= 6 * hour ? 'minute' : span <= 14 * day ? 'hour' : 'day';
}

/** The beginnings of all buckets, also of those without calls. */
export function bucketStarts(range: Range): number[] {
  const span = bucketSpans[range.bucket];
  const starts: number[] = [];
  for (let start = Math.floor(range.from / span) * span; start < range.to && starts.length < 10_000; start += span) {
    starts.push(start);
  }
  return starts;
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
