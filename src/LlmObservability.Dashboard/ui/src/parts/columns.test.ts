import { describe, expect, it } from 'vitest';
import type { Measures } from '../api/types';
import { columns, knownCost } from './columns';

const measures = (calls: number, priced: number, nanos: number): Measures => ({
  calls,
  priced,
  cost_nanos: nanos,
  cost_input_nanos: nanos,
  cost_output_nanos: 0,
  input_tokens: 0,
  output_tokens: 0,
});

describe('a sum of costs', () => {
  it('is not known where no call has a known cost, and is zero where there are none', () => {
    expect(knownCost(measures(3, 0, 0))).toBeNull();
    expect(knownCost(measures(0, 0, 0))).toBe(0);
    expect(knownCost(measures(3, 1, 5))).toBe(5);
  });

  it('is never filled up for calls whose cost is missing', () => {
    const half = measures(10, 5, 5_000_000_000);
    expect(columns.cost.text(half)).toContain('5.00');
    expect(columns.perCall.text(half)).toContain('1.00');
    const none = measures(10, 0, 0);
    for (const column of [columns.cost, columns.input, columns.output, columns.perCall]) {
      expect(column.text(none)).toBe('–');
    }
    expect(columns.costShare.text(none, half)).toBe('–');
  });

  it('leads to the calls that are in it', () => {
    expect(columns.cost.behind(measures(10, 4, 1)).calls).toBe(4);
  });
});
