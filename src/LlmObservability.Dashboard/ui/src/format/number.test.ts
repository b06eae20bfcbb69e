import { describe, expect, it } from 'vitest';
import { bytes, change, compact, count, percent } from './number';

describe('numbers', () => {
  it('are whole and grouped', () => {
    expect(count(1_234_567, 'en-US')).toBe('1,234,567');
    expect(count(undefined)).toBe('–');
  });

  it('are shortened from ten thousand on', () => {
    expect(compact(9_999, 'en-US')).toBe('9,999');
    expect(compact(1_234_567, 'en-US')).toBe('1.23M');
    expect(compact(0.125, 'en-US')).toBe('0.13');
  });

  it('are bytes in the unit that fits', () => {
    expect(bytes(999, 'en-US')).toBe('999 B');
    expect(bytes(1_500_000, 'en-US')).toBe('1.5 MB');
  });
});

describe('percent', () => {
  it('says all and none only of all and of none', () => {
    expect(percent(1, 'en-US')).toBe('100%');
    expect(percent(0.999999, 'en-US')).toBe('99.99%');
    expect(percent(0.0000001, 'en-US')).toBe('<0.01%');
    expect(percent(0, 'en-US')).toBe('0%');
  });

  it('is unknown without anything to divide', () => {
    expect(percent(Number.NaN)).toBe('–');
    expect(percent(null)).toBe('–');
  });
});

describe('change', () => {
  it('tells a direction', () => {
    expect(change(112, 100, 'en-US')).toBe('+12%');
    expect(change(99, 100, 'en-US')).toBe('-1%');
    expect(change(100, 100, 'en-US')).toBe('±0%');
    expect(change(5_000, 100, 'en-US')).toBe('×50');
  });

  it('says nothing where there is nothing to compare with', () => {
    expect(change(1, 0)).toBeNull();
    expect(change(1, undefined)).toBeNull();
    expect(change(null, 1)).toBeNull();
  });
});
