/** Where a value has none beside it: a line through it would not be seen. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  const alone: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) {
      alone.push(i);
    }
  }
  return alone;
}
