import { apiUrl } from './client';
import type { Settings } from './types';
import { useApi } from './useApi';

/**
 * Whether the reader sees the calls of one tenant alone: what a process and a store tell of themselves is of all, and is not asked for
 * then. Null while that is not known.
 */
export function useRestricted(): boolean | null {
  const { data, error } = useApi<Settings>(apiUrl('settings'));
  return data !== null ? data.restricted === true : error !== null ? false : null;
}
