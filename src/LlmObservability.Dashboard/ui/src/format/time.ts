import { numberFormat, readerLocale, unknown } from './locale';

/** A duration in microseconds, in the unit that a reader would choose: 812 µs, 12.3 ms, 1.23 s, 2 min 5 s, 3 h 2 min. */
export function duration(us: number | undefined | null, locale = readerLocale): string {
  if (us == null) {
    return unknown;
  }
  const digits = (value: number) => numberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
  if (us < 1_000) {
    return `${digits(us)} µs`;
  }
  if (us < 999_500) {
    return `${digits(us / 1_000)} ms`;
  }
  if (us < 59_950_000) {
    return `${digits(us / 1_000_000)} s`;
  }
  const seconds = Math.round(us / 1_000_000);
  const whole = numberFormat(locale, { maximumFractionDigits: 0 });
  return seconds < 3_600
    ? joined(whole.format(Math.floor(seconds / 60)), 'min', seconds % 60, 's')
    : joined(whole.format(Math.floor(seconds / 3_600)), 'h', Math.floor((seconds % 3_600) / 60), 'min');
}

function joined(large: string, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = dateFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    dateFormats.set(key, format);
  }
  return format;
}

/** Date and time to the second, in the reader's zone. */
export function moment(iso: string | number | Date, locale = readerLocale, timeZone?: string): string {
  return dateFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso));
}

/** Date and time to the minute, with the year. */
export function minute(time: string | number | Date, locale = readerLocale, timeZone?: string): string {
  return dateFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(time));
}

/** From one time to another, to the minute, with what both have in common said once. */
export function timeSpan(from: number, to: number, locale = readerLocale, timeZone?: string): string {
  return dateFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).formatRange(from, to);
}

/** A bucket's beginning, as precise as the bucket is wide. Days are UTC days, and say so by their date alone. */
export function bucketLabel(time: number, bucket: 'minute' | 'hour' | 'day', locale = readerLocale): string {
  return bucket === 'day'
    ? dateFormat(locale, { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(time)
    : dateFormat(locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(time);
}
