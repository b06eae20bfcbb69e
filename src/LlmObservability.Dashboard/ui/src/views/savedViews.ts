/** An address of the dashboard under a name that the reader chose. */
export interface SavedView {
  readonly name: string;
  /** What stands behind the # of the address. */
  readonly hash: string;
}

export const longestName = 80;
const most = 100;

/** What was saved; whatever cannot be read, or does not lead to a screen of the dashboard, is passed over. */
export function parseViews(text: string | null): SavedView[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(parsed) ? parsed.filter(isView).slice(0, most) : [];
}

function isView(value: unknown): value is SavedView {
  const view = value as Partial<SavedView> | null;
  return (
    typeof view?.name === 'string' &&
    view.name.trim() !== '' &&
    view.name.length <= longestName &&
    typeof view.hash === 'string' &&
    view.hash.startsWith('#/')
  );
}

/** The views with one more, or with another address under a name that there is. */
export function withView(views: readonly SavedView[], added: SavedView): readonly SavedView[] {
  const view = { name: added.name.trim(), hash: added.hash };
  return isView(view) ? [...views.filter(({ name }) => name !== view.name), view].slice(-most) : views;
}

/** The views with another name for one of them; a name that is taken, or none, changes nothing. */
export function renamed(views: readonly SavedView[], from: string, to: string): readonly SavedView[] {
  const name = to.trim();
  return name === '' || name.length > longestName || views.some(view => view.name === name)
    ? views
    : views.map(view => (view.name === from ? { ...view, name } : view));
}

export function withoutView(views: readonly SavedView[], name: string): readonly SavedView[] {
  return views.filter(view => view.name !== name);
}
