import { describe, expect, it } from 'vitest';
import { duration, minute, moment, timeSpan } from './time';

describe('duration', () => {
  it('takes the unit that a reader would', () => {
    expect(duration(812, 'en-US')).toBe('812 µs');
    expect(duration(12_345, 'en-US')).toBe('12.3 ms');
    expect(duration(1_234_567, 'en-US')).toBe('1.23 s');
    expect(duration(125_000_000, 'en-US')).toBe('2 min 5 s');
    expect(duration(3_600_000_000, 'en-US')).toBe('1 h');
    expect(duration(3_720_000_000, 'en-US')).toBe('1 h 2 min');
  });

  it('never reaches a thousand of one unit or sixty of another by rounding', () => {
    expect(duration(999_600, 'en-US')).toBe('1 s');
    expect(duration(59_999_999, 'en-US')).toBe('1 min');
  });

  it('is zero where it is zero, and unknown where it is not known', () => {
    expect(duration(0, 'en-US')).toBe('0 µs');
    expect(duration(undefined)).toBe('–');
  });
});

describe('moments', () => {
  it('are told in the reader’s zone', () => {
    expect(moment('2026-03-01T23:30:05.123456Z', 'en-US', 'Asia/Tokyo')).toBe('Mar 2, 08:30:05');
    expect(minute('2026-03-01T23:30:05Z', 'en-US', 'UTC')).toBe('Mar 1, 2026, 23:30');
  });
});

describe('a span of time', () => {
  it('says once what both ends share', () => {
    const from = Date.parse('2026-03-02T10:00:00Z');
    expect(timeSpan(from, from + 3_600_000, 'en-US', 'UTC').replace(/\s/g, ' ')).toBe('Mar 2, 10:00 – 11:00');
    expect(timeSpan(from, from + 86_400_000, 'en-US', 'UTC').replace(/\s/g, ' ')).toBe('Mar 2, 10:00 – Mar 3, 10:00');
  });
});
