import { expect, test } from 'vitest';
import { against } from './against';

test('a figure is told against the period before, where there is one', () => {
  const text = (value: number) => `${value} ms`;
  expect(against(3, 2, text)).toBe('Before: 2 ms (+50%)');
  expect(against(3, 0, text)).toBe('Before: 0 ms');
  expect(against(undefined, 2, text)).toBe('Before: 2 ms');
  expect(against(3, undefined, text)).toBeUndefined();
});
