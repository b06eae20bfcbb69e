import { numberFormat, readerLocale, unknown } from './locale';

/** Nano-dollars as the API writes them: a number, or a text of digits where a number would not be exact. */
export type Nanos = number | string;

const perDollar = 1_000_000_000;

/** Dollars, for drawing and comparing; exact to 15 digits. */
export function dollars(nanos: Nanos | undefined | null): number | null {
  return nanos == null ? null : Number(nanos) / perDollar;
}

/**
 * An amount for reading: cents from a dollar on, three significant digits below, so that what is not zero never looks
 * like it.
 */
export function money(nanos: Nanos | undefined | null, locale = readerLocale): string {
  const value = dollars(nanos);
  return value === null ? unknown : dollarText(value, locale);
}

/** An amount in dollars, by the same rule. */
export function dollarText(value: number, locale = readerLocale): string {
  const style = { style: 'currency', currency: 'USD' } as const;
  const size = Math.abs(value);
  if (size === 0) {
    return numberFormat(locale, { ...style, maximumFractionDigits: 0 }).format(0);
  }
  return size >= 0.995
    ? numberFormat(locale, { ...style, minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value)
    : numberFormat(locale, { ...style, maximumSignificantDigits: 3, minimumSignificantDigits: 2 }).format(value);
}

/** An amount for an axis or a chart's corner: $1.2K. */
export function moneyShort(value: number, locale = readerLocale): string {
  return Math.abs(value) >= 10_000
    ? numberFormat(locale, { style: 'currency', currency: 'USD', notation: 'compact', maximumSignificantDigits: 3 }).format(value)
    : dollarText(value, locale);
}

/** Every digit, to nine places and without rounding: $0.000001234. */
export function moneyExact(nanos: Nanos | undefined | null): string {
  if (nanos == null) {
    return unknown;
  }
  const whole = BigInt(nanos);
  const size = whole < 0n ? -whole : whole;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${whole < 0n ? '-' : ''}$${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}

/** An exact decimal amount in nano-dollars that may hold fractions of one (a line of an explanation): as it is. */
export function nanosText(amount: string): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  const negative = whole.startsWith('-');
  const digits = (negative ? whole.slice(1) : whole).padStart(10, '0');
  const places = (digits.slice(-9) + fraction).replace(/0+$/, '');
  return `${negative ? '-' : ''}$${digits.slice(0, -9)}${places === '' ? '' : `.${places}`}`;
}
