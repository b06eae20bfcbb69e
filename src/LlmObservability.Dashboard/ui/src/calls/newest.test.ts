import { expect, test } from 'vitest';
import { pushNewest } from './newest';

test('what waits to be shown never grows beyond what can be shown', () => {
  const waiting: number[] = [];
  for (let call = 0; call < 1_000; call++) {
    pushNewest(waiting, call, 3);
  }
  expect(waiting).toEqual([997, 998, 999]);
});
