import { expect, test } from 'vitest';
import type { Amendment } from '../api/types';
import { newestRepricing } from './repricing';

const amendment = (id: string, amendment_kind: string, hour: number): Amendment => ({
  id,
  amendment_kind,
  created_at: `2026-01-01T0${hour}:00:00.000000Z`,
});

test('the newest repricing counts, in whichever order they come, and nothing else that was learned', () => {
  expect(newestRepricing([amendment('a', 'feedback', 3)])).toBeNull();
  expect(
    newestRepricing([amendment('a', 'repricing', 2), amendment('b', 'repricing', 1), amendment('c', 'feedback', 3)])?.id,
  ).toBe('a');
});
