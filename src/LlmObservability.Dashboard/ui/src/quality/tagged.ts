import type { Aggregate } from '../api/types';

/**
 * How many of all calls have a tag, from the answer of those that do; null where the two are not of the same time: a filter of its
 * own may be answered for the newest part of the time only.
 */
export function taggedOf(all: Aggregate, tagged: Aggregate): number | null {
  return all.capped_from !== undefined || tagged.capped_from !== undefined ? null : Math.min(all.total.calls, tagged.total.calls);
}
