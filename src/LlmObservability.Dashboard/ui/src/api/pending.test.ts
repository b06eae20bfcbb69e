import { expect, test } from 'vitest';
import { holdPending, isPending } from './pending';

test('something is to come until the last has come, and each comes once', () => {
  const [one, other] = [holdPending(), holdPending()];
  one();
  one();
  expect(isPending()).toBe(true);
  other();
  expect(isPending()).toBe(false);
});
