import { describe, expect, it } from 'vitest';
import { binConditions, boundAfter, compared, labelled } from './bins';

describe('the scale of histograms', () => {
  it('goes by 1, 1.5, 2, 3, 5 and 7 through every power of ten', () => {
    const bounds = [0];
    while (bounds.length < 15) {
      bounds.push(boundAfter(bounds.at(-1) ?? 0));
    }
    expect(bounds).toEqual([0, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150]);
    expect(boundAfter(700_000_000)).toBe(1_000_000_000);
    expect(boundAfter(1_000_000_000)).toBe(1_500_000_000);
  });

  it('meets every bound that the API writes, up to many years in microseconds', () => {
    let bound = 0;
    for (let power = 0; power < 18; power++) {
      for (const step of [1, 1.5, 2, 3, 5, 7]) {
        bound = boundAfter(bound);
        expect(bound).toBe(step * 10 ** power);
      }
    }
  });
});

describe('two histograms', () => {
  it('share their bins, those without values between them too, and are told by their shares', () => {
    const bins = compared(
      [
        { from: 2, to: 3, count: 3 },
        { from: 7, to: 10, count: 1 },
      ],
      [{ from: 3, to: 5, count: 8 }],
    );
    expect(bins.map(bin => [bin.from, bin.to, bin.count, bin.before])).toEqual([
      [2, 3, 3, 0],
      [3, 5, 0, 8],
      [5, 7, 0, 0],
      [7, 10, 1, 0],
    ]);
    expect(bins.map(bin => bin.share)).toEqual([0.75, 0, 0, 0.25]);
    expect(bins.map(bin => bin.shareBefore)).toEqual([0, 1, 0, 0]);
  });

  it('of which one has no values have no shares of it', () => {
    expect(compared([{ from: 0, to: 1, count: 2 }], [])).toEqual([
      { from: 0, to: 1, count: 2, share: 1, before: 0, shareBefore: null },
    ]);
    expect(compared([], [])).toEqual([]);
  });
});

describe('the way to the calls of a bin', () => {
  it('asks whole numbers', () => {
    expect(binConditions('output_tokens', { from: 1, to: 1.5 }).map(condition => condition.values[0])).toEqual(['1', '2']);
    expect(binConditions('output_tokens', { from: 1.5, to: 2 }).map(condition => condition.values[0])).toEqual(['2', '2']);
    expect(binConditions('duration_us', { from: 0, to: 1 })).toEqual([
      { field: 'duration_us', operator: 'at_least', values: ['0'] },
      { field: 'duration_us', operator: 'below', values: ['1'] },
    ]);
  });
});

describe('the labels of an axis', () => {
  it('are its ends and few between, none upon the last', () => {
    expect(labelled(1)).toEqual([0, 1]);
    expect(labelled(4)).toEqual([0, 1, 2, 3, 4]);
    expect(labelled(13)).toEqual([0, 4, 8, 13]);
    for (let bins = 1; bins < 80; bins++) {
      const places = labelled(bins);
      expect(places.length).toBeLessThanOrEqual(5);
      expect(places[0]).toBe(0);
      expect(places.at(-1)).toBe(bins);
    }
  });
});
