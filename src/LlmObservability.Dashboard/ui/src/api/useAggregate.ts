import { apiParams, type View } from '../filters/view';
import { apiUrl } from './client';
import type { Aggregate } from './types';
import { type Answer, useApi } from './useApi';

/** Measures over the calls of a view. The last answer to the same question stays while a newer one is under way. */
export function useAggregate(view: View, ask: Readonly<Record<string, string>> = {}): Answer<Aggregate> {
  const params = apiParams(view);
  for (const [name, value] of Object.entries(ask)) {
    params.set(name, value);
  }
  return useApi<Aggregate>(
    apiUrl('aggregate', params),
    `${JSON.stringify(ask)} ${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`,
  );
}
