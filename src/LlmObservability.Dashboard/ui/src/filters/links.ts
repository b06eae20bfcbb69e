import { type Condition, equal, present } from './conditions';
import { callsHref, type View } from './view';

/** A way to the calls behind a figure, or why there is none. */
export interface CallsLink {
  readonly href?: string;
  /** How many calls lie there, where that is known. */
  readonly calls?: number | undefined;
  readonly why?: string;
  /** What is said of where it leads. */
  readonly title?: string;
}

// The API takes query strings of 16 KiB; what is added to them on the way has to fit too.
const longest = 12_000;

export const tooLong: CallsLink = { why: 'This text is too long to filter by' };

/** Figures that are parts of a call, and that the API has no field for. */
export const noField: CallsLink = { why: 'Calls cannot be filtered by this part' };

/**
 * To the view's calls of which more holds. A sum counts a call's newest price, and a filter goes by the one that was recorded: by
 * cost it leads to what are not always as many calls, and does not say how many.
 */
export function callsLink(view: View, more: readonly Condition[] = [], calls?: number): CallsLink {
  const href = callsHref(view, [], more);
  if (href.length > longest) {
    return tooLong;
  }
  if (more.some(({ field }) => field === 'cost_nanos')) {
    return { href, title: 'By the cost as recorded' };
  }
  return calls === undefined ? { href } : { href, calls };
}

/** To the calls of a group, or of all groups but those that are named. */
export function groupLink(
  view: View,
  by: string,
  row: { keys: readonly (string | null)[]; is_other: boolean },
  named: readonly (string | null)[],
  more: readonly Condition[] = [],
  calls?: number,
): CallsLink {
  if (!row.is_other) {
    return callsLink(view, [...more, equal(by, row.keys[0] ?? null)], calls);
  }
  const values = named.filter(key => key !== null);
  if (values.length > 100) {
    return { why: 'More groups than one filter can leave out' };
  }
  // "Is none of these" holds for calls without the field too: they are others only while they have no row of their own.
  const others: Condition[] = values.length === 0 ? [] : [{ field: by, operator: 'not_in', values }];
  return callsLink(view, [...more, ...others, ...(named.includes(null) ? [present(by)] : [])], calls);
}

/** At least so much; a figure between two whole numbers takes in the lower one. */
export function atLeast(field: string, value: number): Condition {
  return { field, operator: 'at_least', values: [String(field === 'output_tokens_per_second' ? value : Math.floor(value))] };
}
