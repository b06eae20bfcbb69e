import { describe, expect, it } from 'vitest';
import type { AggregateRow } from '../api/types';
import { readRange } from '../filters/range';
import { linesOverTime } from './lines';

const row = (minute: number, key: string | null, p50?: number, is_other = false): AggregateRow => ({
  bucket: `2026-01-01T00:0${minute}:00.000000Z`,
  keys: is_other ? [] : [key],
  is_other,
  measures: {
    calls: 1,
    priced: 0,
    input_tokens: 0,
    output_tokens: 0,
    duration_us: { count: 1, sum: 1, ...(p50 === undefined ? {} : { p50 }) },
  },
});

describe('lines over time', () => {
  it('have a gap where a group has no call or no value, and keep a missing key apart from one that is empty', () => {
    const range = readRange(new URLSearchParams('from=2026-01-01T00:00:00Z&to=2026-01-01T00:03:00Z'), 0);
    const { times, lines } = linesOverTime(
      [row(0, 'a', 5), row(0, null, 7), row(0, '', 8), row(2, 'a'), row(2, '', 0, true), row(1, 'a', 6)],
      range,
      m => m.duration_us?.p50,
    );
    expect(times).toHaveLength(3);
    expect(lines.map(line => [line.label, line.isOther, line.values])).toEqual([
      ['a', false, [5, 6, null]],
      ['none', false, [7, null, null]],
      ['', false, [8, null, null]],
      ['all others', true, [null, null, 0]],
    ]);
    expect(new Set(lines.map(line => line.color)).size).toBe(4);
  });
});
