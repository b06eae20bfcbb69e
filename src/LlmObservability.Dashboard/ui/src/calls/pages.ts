/**
 * Which pages of a table led to the one that is shown, so that there is a way back to each: the API's cursors lead forward only. Kept
 * by this tab, under what the pages are of.
 */
export interface PageMemory {
  cursorsOf(list: string): readonly string[];
  remember(list: string, cursors: readonly string[]): void;
}

const name = 'llm-observability.pages';
const most = 2_000;

/** In the tab's storage, or only as long as the page where that is closed. */
export function tabMemory(storage: () => Storage = () => sessionStorage): PageMemory {
  let kept: { list: string; cursors: readonly string[] } = { list: '', cursors: [] };
  try {
    const parsed: unknown = JSON.parse(storage().getItem(name) ?? 'null');
    if (isKept(parsed)) {
      kept = parsed;
    }
  } catch {
    // Nothing that can be read was kept.
  }
  return {
    cursorsOf: list => (kept.list === list ? kept.cursors : []),
    remember(list, cursors) {
      kept = { list, cursors: cursors.slice(0, most) };
      try {
        storage().setItem(name, JSON.stringify(kept));
      } catch {
        // Storage is full or closed.
      }
    },
  };
}

function isKept(value: unknown): value is { list: string; cursors: string[] } {
  const kept = value as { list?: unknown; cursors?: unknown } | null;
  return (
    typeof kept?.list === 'string' && Array.isArray(kept.cursors) && kept.cursors.every(cursor => typeof cursor === 'string')
  );
}

/**
 * The cursors of the pages before the one that is shown, the first of them empty for the first page; null where the way is
 * not known, as with a link from elsewhere.
 */
export function pagesBefore(cursors: readonly string[], cursor: string | null): readonly string[] | null {
  if (cursor === null) {
    return [];
  }
  const index = cursors.indexOf(cursor);
  return index < 0 ? null : ['', ...cursors.slice(0, index)];
}

/** The way with one more step: from the page of one cursor to that of the next. */
export function stepped(cursors: readonly string[], cursor: string | null, next: string): readonly string[] {
  if (cursor === null) {
    return [next];
  }
  const index = cursors.indexOf(cursor);
  return index < 0 ? [] : [...cursors.slice(0, index + 1), next];
}
