import { expect, test } from 'vitest';
import { isolated } from './isolated';

test('values with a gap or an end on both sides stand alone', () => {
  expect(isolated([])).toEqual([]);
  expect(isolated([1])).toEqual([0]);
  expect(isolated([1, 2])).toEqual([]);
  expect(isolated([null, null, 3])).toEqual([2]);
  expect(isolated([0, null, 2, undefined, 3, 4, null, 5])).toEqual([0, 2, 7]);
});
