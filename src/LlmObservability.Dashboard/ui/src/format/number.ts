import { numberFormat, readerLocale, unknown } from './locale';

export { unknown };

/** A whole number in full: 1,234,567. */
export function count(value: number | undefined | null, locale = readerLocale): string {
  return value == null ? unknown : numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** A number for a tile or an axis: 1.23M. */
export function compact(value: number | undefined | null, locale = readerLocale): string {
  if (value == null) {
    return unknown;
  }
  return Math.abs(value) < 10_000
    ? numberFormat(locale, { maximumFractionDigits: Math.abs(value) < 10 ? 2 : Math.abs(value) < 1_000 ? 1 : 0 }).format(value)
    : numberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

/** A whole number for a tile: in full while that is short, else 123B. */
export function large(value: number | undefined | null, locale = readerLocale): string {
  return value != null && Math.abs(value) >= 10_000_000 ? compact(value, locale) : count(value, locale);
}

/**
 * A share (0 to 1) in percent. It says 100 % and 0 % only of all and of none: 99.996 % is rounded down to 99.99 %, and
 * 0.0004 % becomes <0.01 %.
 */
export function percent(share: number | undefined | null, locale = readerLocale): string {
  if (share == null || !Number.isFinite(share)) {
    return unknown;
  }
  const format = (value: number, digits: number) =>
    numberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(value);
  if (share > 0 && share < 0.0001) {
    return `<${format(0.0001, 2)}`;
  }
  if (share < 1 && share >= 0.99) {
    return format(Math.floor(share * 10_000) / 10_000, 2);
  }
  return format(share, share < 0.01 ? 2 : share < 0.1 || share > 0.9 ? 1 : 0);
}

/** How a value moved against another: +12 %, −3.4 %; nothing where there is nothing to compare with. */
export function change(now: number | undefined | null, before: number | undefined | null, locale = readerLocale): string | null {
  if (now == null || before == null || before === 0 || !Number.isFinite(now) || !Number.isFinite(before)) {
    return null;
  }
  const ratio = now / before - 1;
  if (Math.abs(ratio) < 0.0005) {
    return '±0%';
  }
  const digits = Math.abs(ratio) < 0.1 ? 1 : 0;
  return Math.abs(ratio) >= 10
    ? `×${compact(now / before, locale)}`
    : numberFormat(locale, { style: 'percent', signDisplay: 'always', maximumFractionDigits: digits }).format(ratio);
}

/** A count of bytes. */
export function bytes(value: number | undefined | null, locale = readerLocale): string {
  if (value == null) {
    return unknown;
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 1_000 && unit < units.length - 1) {
    scaled /= 1_000;
    unit++;
  }
  return `${numberFormat(locale, { maximumSignificantDigits: 3 }).format(scaled)} ${units[unit]}`;
}
