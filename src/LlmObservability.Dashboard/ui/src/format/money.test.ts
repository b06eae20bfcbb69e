import { describe, expect, it } from 'vitest';
import { dollars, money, moneyExact, moneyShort, nanosText } from './money';

describe('money', () => {
  it('never shows what is not zero as zero', () => {
    for (const nanos of [1, 9, 1_234, 999_999, 4_999_999, 5_000_001, 994_999_999, 999_999_999]) {
      expect(money(nanos, 'en-US')).not.toMatch(/^\$0(\.0*)?$/);
      expect(money(-nanos, 'en-US')).not.toMatch(/^-?\$0(\.0*)?$/);
    }
    expect(money(1, 'en-US')).toBe('$0.0000000010');
    expect(money(0, 'en-US')).toBe('$0');
  });

  it('shows cents from a dollar on, and three digits below', () => {
    expect(money(1_234_567_000_000, 'en-US')).toBe('$1,234.57');
    expect(money(12_345_678, 'en-US')).toBe('$0.0123');
    expect(money(999_999_999, 'en-US')).toBe('$1.00');
    expect(money(500_000_000, 'en-US')).toBe('$0.50');
  });

  it('is written as the reader writes', () => {
    expect(money(1_234_567_000_000, 'de-DE')).toMatch(/^1\.234,57\s\$$/);
  });

  it('does not turn what is not known into an amount', () => {
    expect(money(undefined)).toBe('–');
    expect(money(null)).toBe('–');
    expect(dollars(undefined)).toBeNull();
    expect(moneyExact(undefined)).toBe('–');
  });

  it('keeps every digit where it is exact, also beyond what a number holds', () => {
    expect(moneyExact(1)).toBe('$0.000000001');
    expect(moneyExact(1_500_000_000)).toBe('$1.5');
    expect(moneyExact('9223372036854775807')).toBe('$9223372036.854775807');
    expect(moneyExact(-1)).toBe('-$0.000000001');
    expect(moneyExact(0)).toBe('$0');
  });

  it('keeps fractions of a nano-dollar in an explanation', () => {
    expect(nanosText('1234567890.125')).toBe('$1.234567890125');
    expect(nanosText('0.5')).toBe('$0.0000000005');
    expect(nanosText('0')).toBe('$0');
    expect(nanosText('-2000000000')).toBe('-$2');
  });

  it('shortens large amounts on an axis', () => {
    expect(moneyShort(12_345, 'en-US')).toBe('$12.3K');
    expect(moneyShort(0.0012, 'en-US')).toBe('$0.0012');
  });
});
