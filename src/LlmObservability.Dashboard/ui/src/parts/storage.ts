const prefix = 'llm-observability.';

/** What the browser remembers for this reader; null where it remembers nothing, or is not allowed to. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    // Storage is full or closed: the choice lasts as long as the page.
  }
}
