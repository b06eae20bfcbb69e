import type { Bin } from '../api/types';
import type { Condition } from '../filters/conditions';

const steps = [1, 1.5, 2, 3, 5, 7, 10];

/** The API's scale: 0, and then 1, 1.5, 2, 3, 5 and 7 times each power of ten. */
export function boundAfter(bound: number): number {
  if (bound < 1) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(bound * 1.000_001));
  const step = steps.find(known => known * power > bound * 1.000_001) ?? 10;
  return step * power;
}

/** A bin of two periods, and which share of each period's values it has; null for a period that has none. */
export interface ComparedBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly share: number | null;
  readonly before: number;
  readonly shareBefore: number | null;
}

/** Two histograms bin by bin, from the first bin in which either has a value to the last: those between that have none are there. */
export function compared(now: readonly Bin[], before: readonly Bin[]): ComparedBin[] {
  const bins = [...now, ...before];
  if (bins.length === 0) {
    return [];
  }
  const count = (of: readonly Bin[]) => new Map(of.map(bin => [bin.from, bin.count]));
  const whole = (of: readonly Bin[]) => of.reduce((sum, bin) => sum + bin.count, 0);
  const [counts, countsBefore, all, allBefore] = [count(now), count(before), whole(now), whole(before)];
  const last = Math.max(...bins.map(bin => bin.to));
  const result: ComparedBin[] = [];
  // A scale of 24 powers of ten has fewer bins than that.
  for (let from = Math.min(...bins.map(bin => bin.from)); from < last && result.length < 200; from = boundAfter(from)) {
    const [own, other] = [counts.get(from) ?? 0, countsBefore.get(from) ?? 0];
    result.push({
      from,
      to: boundAfter(from),
      count: own,
      share: all === 0 ? null : own / all,
      before: other,
      shareBefore: allBefore === 0 ? null : other / allBefore,
    });
  }
  return result;
}

/** The conditions that calls of a bin meet, of a field of whole numbers. */
export function binConditions(field: string, bin: { readonly from: number; readonly to: number }): Condition[] {
  return [
    { field, operator: 'at_least', values: [String(Math.ceil(bin.from))] },
    { field, operator: 'below', values: [String(Math.ceil(bin.to))] },
  ];
}

/** Which of so many bounds are written below an axis: the first, the last, and a few between. */
export function labelled(bins: number, most = 5): number[] {
  const step = Math.max(1, Math.ceil(bins / (most - 1)));
  const places: number[] = [];
  for (let place = 0; place < bins - step / 2; place += step) {
    places.push(place);
  }
  return [...places, bins];
}
