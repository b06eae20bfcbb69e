const prefix = 'llm-observability.';

/** What the browser remembers for this reader; null where it remembers nothing, or is not allowed to. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

/** Whether the browser keeps it; else the choice lasts as long as the page. */
export function remember(key: string, value: string): boolean {
  try {
    localStorage.setItem(prefix + key, value);
    return true;
  } catch {
    return false;
  }
}
