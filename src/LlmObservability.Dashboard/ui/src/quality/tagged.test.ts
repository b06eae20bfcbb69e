import { expect, test } from 'vitest';
import type { Aggregate } from '../api/types';
import { taggedOf } from './tagged';

const answer = (calls: number, capped_from?: string): Aggregate => ({
  rows: [],
  total: { calls, priced: 0, input_tokens: 0, output_tokens: 0 },
  ...(capped_from === undefined ? {} : { capped_from }),
});

test('calls with a tag are known where both answers are of the whole time', () => {
  expect(taggedOf(answer(10), answer(4))).toBe(4);
  expect(taggedOf(answer(10), answer(11))).toBe(10);
  expect(taggedOf(answer(10), answer(4, '2026-01-01T00:00:00Z'))).toBeNull();
  expect(taggedOf(answer(10, '2026-01-01T00:00:00Z'), answer(4))).toBeNull();
});
