import type { ApiError } from './client';

const passing = new Set([0, 429, 502, 503]);

/**
 * In how many milliseconds to ask again after what passes by itself: as the server said, else later with every failure, up to half a
 * minute, and never all pages at the same moment. Null for what asking again does not mend.
 */
export function retryDelay(error: ApiError, failures: number, random: () => number = Math.random): number | null {
  if (!passing.has(error.problem.status)) {
    return null;
  }
  const usual = Math.min(30_000, 2_000 * 2 ** Math.min(failures, 10));
  return Math.max(usual, (error.retryAfter ?? 0) * 1_000) * (1 + random() / 4);
}
