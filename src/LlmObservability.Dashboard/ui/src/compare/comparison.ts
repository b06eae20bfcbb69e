import { equal, within } from '../filters/conditions';
import { isGroupable } from '../filters/fields';
import { iso, type Range } from '../filters/range';
import type { View } from '../filters/view';
import { timeSpan } from '../format/time';

/** What stands beside each other: the time that is looked at and another one, or two values of a field in the same time. */
export type Comparison =
  | { readonly kind: 'before' }
  | { readonly kind: 'time'; readonly from: number; readonly to: number }
  | { readonly kind: 'values'; readonly field: string; readonly one: string | null; readonly other: string | null };

/** One of the two things that are compared. */
export interface Side {
  readonly label: string;
  readonly view: View;
  /** Which time it is of, in words that stay while the time moves on with now. */
  readonly time: string;
}

/** The parameters of an address that say what is compared. */
export const comparisonParams = ['vs', 'vs_from', 'vs_to', 'vs_field', 'vs_one', 'vs_other'] as const;

export function readComparison(params: URLSearchParams): Comparison | null {
  switch (params.get('vs')) {
    case 'before':
      return { kind: 'before' };
    case 'time': {
      const from = Date.parse(params.get('vs_from') ?? '');
      const to = Date.parse(params.get('vs_to') ?? '');
      return from < to ? { kind: 'time', from, to } : null;
    }
    case 'values': {
      const field = params.get('vs_field') ?? '';
      const [one, other] = [params.get('vs_one'), params.get('vs_other')];
      return isGroupable(field) && one !== other ? { kind: 'values', field, one, other } : null;
    }
    default:
      return null;
  }
}

export function writeComparison(params: URLSearchParams, comparison: Comparison | null): void {
  for (const name of comparisonParams) {
    params.delete(name);
  }
  if (comparison === null) {
    return;
  }
  params.set('vs', comparison.kind);
  if (comparison.kind === 'time') {
    params.set('vs_from', iso(comparison.from));
    params.set('vs_to', iso(comparison.to));
  } else if (comparison.kind === 'values') {
    params.set('vs_field', comparison.field);
    // A value that is left out stands for calls without the field.
    if (comparison.one !== null) {
      params.set('vs_one', comparison.one);
    }
    if (comparison.other !== null) {
      params.set('vs_other', comparison.other);
    }
  }
}

/** The two sides: what is looked at, and what it is held against. */
export function sidesOf(view: View, comparison: Comparison): readonly [Side, Side] {
  if (comparison.kind === 'values') {
    const { field } = comparison;
    const side = (value: string | null): Side => ({
      label: value ?? 'none',
      time: timeOf(view.range),
      view: { ...view, conditions: within(view.conditions, [equal(field, value)]) },
    });
    return [side(comparison.one), side(comparison.other)];
  }
  const { range } = view;
  const { from, to } = comparison.kind === 'time' ? comparison : { from: range.from - (range.to - range.from), to: range.from };
  const other: Range = { ...range, preset: null, from, to };
  return [
    { label: timeSpan(range.from, range.to), view, time: timeOf(range) },
    {
      label: timeSpan(from, to),
      view: { ...view, range: other },
      time: comparison.kind === 'before' ? `before ${timeOf(range)}` : timeOf(other),
    },
  ];
}

function timeOf({ preset, from, to }: Range): string {
  return preset ?? `${from} ${to}`;
}
