/** Adds to a list of what came, and drops the oldest beyond so many. */
export function pushNewest<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most) {
    list.splice(0, list.length - most);
  }
}
