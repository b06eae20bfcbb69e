import { describe, expect, it } from 'vitest';
import type { AggregateRow } from '../api/types';
import { readView } from '../filters/view';
import { dollarText } from '../format/money';
import { type Comparison, readComparison, sidesOf, writeComparison } from './comparison';
import { difference } from './difference';
import { pairedRows } from './pairs';

const view = readView(new URLSearchParams('from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&tenant=acme'), 0);

describe('a comparison', () => {
  it('comes back from an address as it went into it', () => {
    const all: Comparison[] = [
      { kind: 'before' },
      { kind: 'time', from: 1_000, to: 2_000 },
      { kind: 'values', field: 'tag.te&am', one: 'a=b?#', other: null },
      { kind: 'values', field: 'variant', one: '', other: 'b' },
    ];
    for (const comparison of all) {
      const params = new URLSearchParams();
      writeComparison(params, comparison);
      expect(readComparison(new URLSearchParams(params.toString()))).toEqual(comparison);
    }
  });

  it('is none where the address makes no sense', () => {
    for (const text of [
      '',
      'vs=x',
      'vs=time&vs_from=a&vs_to=b',
      'vs=values&vs_field=nothing&vs_one=a',
      'vs=values&vs_field=model',
    ]) {
      expect(readComparison(new URLSearchParams(text))).toBeNull();
    }
  });

  it('is held against the period of equal length before', () => {
    const [one, other] = sidesOf(view, { kind: 'before' });
    expect(one.view).toBe(view);
    expect(new Date(other.view.range.from).toISOString()).toBe('2026-03-01T00:00:00.000Z');
    expect(other.view.range.to).toBe(view.range.from);
  });

  it('is of the same times while now moves on, and of others for other dates', () => {
    const times = (text: string, now: number) =>
      sidesOf(readView(new URLSearchParams(text), now), { kind: 'before' }).map(({ time }) => time);
    expect(times('range=1h', 10_000_000)).toEqual(times('range=1h', 20_000_000));
    expect(new Set([...times('range=1h', 10_000_000), ...times('range=6h', 10_000_000)]).size).toBe(4);
    const dates = 'from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z';
    expect(times(dates, 0)).not.toEqual(times(dates.replace('03-03', '03-04'), 0));
  });

  it('keeps the filter on both sides', () => {
    const [one, other] = sidesOf(view, { kind: 'values', field: 'variant', one: 'a', other: null });
    expect(one.view.conditions.map(({ field, operator }) => `${field} ${operator}`)).toEqual(['tenant in', 'variant in']);
    expect(other.view.conditions.map(({ field, operator }) => `${field} ${operator}`)).toEqual(['tenant in', 'variant missing']);
  });
});

describe('a difference', () => {
  const usd = (value: number) => dollarText(value, 'en-US');

  it('is said in number and percent', () => {
    expect(difference(3, 2, usd, 'en-US')).toEqual({ text: '+$1.00', percent: '+50%', sign: 1 });
    expect(difference(0.001, 0.002, usd, 'en-US')).toEqual({ text: '−$0.0010', percent: '-50%', sign: -1 });
    expect(difference(2, 2, usd, 'en-US')).toEqual({ text: '±0', percent: '±0%', sign: 0 });
  });

  it('has no percent of nothing, and is not made of what is not known', () => {
    expect(difference(2, 0, usd, 'en-US')).toEqual({ text: '+$2.00', percent: null, sign: 1 });
    expect(difference(null, 0, usd)).toEqual({ text: '–', percent: null, sign: 0 });
    expect(difference(1, undefined, usd)).toEqual({ text: '–', percent: null, sign: 0 });
  });
});

describe('groups of two sides', () => {
  const row = (key: string | null, calls: number, isOther = false): AggregateRow => ({
    keys: [key],
    is_other: isOther,
    measures: { calls, priced: calls, input_tokens: 0, output_tokens: 0 },
  });

  it('stand beside each other, the largest first', () => {
    const pairs = pairedRows([row('a', 1), row('b', 5)], [row('b', 7), row('c', 6)], m => m.calls);
    expect(pairs.map(pair => [pair.key, pair.one?.calls, pair.other?.calls])).toEqual([
      ['b', 5, 7],
      ['c', 0, 6],
      ['a', 1, 0],
    ]);
  });

  it('are not known on a side whose small groups have no rows', () => {
    const pairs = pairedRows([row('a', 1)], [row('b', 5), row(null, 9, true)], m => m.calls);
    expect(pairs.find(pair => pair.key === 'a')?.other).toBeNull();
  });
});
