/** Values on top of each other: what a bar's upper edge is drawn at. Where a series is not known there is nothing to stack. */
export function stacked(series: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const length = series[0]?.length ?? 0;
  const sums = new Array<number>(length).fill(0);
  return series.map(values =>
    values.map((value, index) => {
      if (value === null) {
        return null;
      }
      sums[index] = (sums[index] ?? 0) + value;
      return sums[index] ?? null;
    }),
  );
}

/** Which layer of a stack a height lies in; null above it. */
export function layerAt(series: readonly (readonly (number | null)[])[], index: number, height: number): number | null {
  let sum = 0;
  for (const [layer, values] of series.entries()) {
    sum += values[index] ?? 0;
    if (height <= sum && (values[index] ?? 0) > 0) {
      return layer;
    }
  }
  return null;
}

/** Which line runs closest to a height; null where none has a value. */
export function nearestAt(series: readonly (readonly (number | null)[])[], index: number, height: number): number | null {
  let nearest: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [line, values] of series.entries()) {
    const value = values[index] ?? null;
    if (value !== null && Math.abs(value - height) < least) {
      least = Math.abs(value - height);
      nearest = line;
    }
  }
  return nearest;
}
