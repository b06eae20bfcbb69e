import { readerLocale, unknown } from '../format/locale';
import { change } from '../format/number';

/** How one value stands against another. */
export interface Difference {
  /** The difference with its sign, in the figure's own unit. */
  readonly text: string;
  /** The same in percent of the other; null where there is nothing to take a share of. */
  readonly percent: string | null;
  /** Whether the first is more, less, or neither. */
  readonly sign: -1 | 0 | 1;
}

/** Nothing is said where one of the two is not known: it is no zero. */
export function difference(
  one: number | null | undefined,
  other: number | null | undefined,
  format: (value: number) => string,
  locale = readerLocale,
): Difference {
  if (one == null || other == null || !Number.isFinite(one) || !Number.isFinite(other)) {
    return { text: unknown, percent: null, sign: 0 };
  }
  const by = one - other;
  const sign = by > 0 ? 1 : by < 0 ? -1 : 0;
  return {
    text: sign === 0 ? '±0' : `${sign > 0 ? '+' : '−'}${format(Math.abs(by))}`,
    percent: sign === 0 ? '±0%' : change(one, other, locale),
    sign,
  };
}
