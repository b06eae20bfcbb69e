import { describe, expect, it } from 'vitest';
import { ApiError } from './client';
import { retryDelay } from './retry';

const error = (status: number, retryAfter: string | null = null) =>
  new ApiError({ title: '', status, detail: '', code: '' }, retryAfter);

describe('asking again', () => {
  it('waits longer with every failure, and as long as the server says', () => {
    expect(retryDelay(error(503), 0, () => 0)).toBe(2_000);
    expect(retryDelay(error(503), 2, () => 0)).toBe(8_000);
    expect(retryDelay(error(503), 99, () => 0)).toBe(30_000);
    expect(retryDelay(error(429, '7'), 0, () => 0)).toBe(7_000);
    expect(retryDelay(error(429, 'Wed, 21 Oct 2026 07:28:00 GMT'), 0, () => 0)).toBe(2_000);
    expect(retryDelay(error(0), 0, () => 1)).toBe(2_500);
  });

  it('is left where it mends nothing', () => {
    for (const status of [400, 401, 403, 404, 500, 504]) {
      expect(retryDelay(error(status), 0)).toBeNull();
    }
  });
});
