import type { Amendment } from '../api/types';

/** The newest repricing of a call, which sums count in place of its recorded cost; null where there is none. */
export function newestRepricing(amendments: readonly Amendment[]): Amendment | null {
  const order = ({ created_at, id }: Amendment) => `${created_at} ${id}`;
  return amendments
    .filter(({ amendment_kind }) => amendment_kind === 'repricing')
    .reduce<Amendment | null>((last, next) => (last === null || order(next) > order(last) ? next : last), null);
}
