import { toHash } from '../url/location';
import { type Condition, equal, readConditions, within, writeConditions } from './conditions';
import { iso, type Range, readRange } from './range';

/** What a screen looks at: a time and a filter, both in the address. */
export interface View {
  readonly range: Range;
  readonly conditions: readonly Condition[];
}

export function readView(params: URLSearchParams, now: number): View {
  return { range: readRange(params, now), conditions: readConditions(params) };
}

/** The view as parameters of an address, without what belongs to one screen. */
export function viewParams(view: View): URLSearchParams {
  const params = new URLSearchParams();
  if (view.range.preset === null) {
    params.set('from', iso(view.range.from));
    params.set('to', iso(view.range.to));
  } else {
    params.set('range', view.range.preset);
  }
  writeConditions(params, view.conditions);
  return params;
}

/** The view as parameters of a question to the API. */
export function apiParams(view: View): URLSearchParams {
  const params = new URLSearchParams({ from: iso(view.range.from), to: iso(view.range.to) });
  writeConditions(params, view.conditions);
  return params;
}

/**
 * The address of the view's calls of which more holds. The time is the one that was looked at, also when it ended just now.
 */
export function callsHref(
  view: View,
  narrowing: readonly (readonly [field: string, value: string | null])[] = [],
  more: readonly Condition[] = [],
): string {
  const conditions = within(view.conditions, [...narrowing.map(([field, value]) => equal(field, value)), ...more]);
  const params = viewParams({ ...view, conditions });
  if (view.range.preset !== null) {
    params.set('at', iso(view.range.to));
  }
  return toHash('calls', params);
}
