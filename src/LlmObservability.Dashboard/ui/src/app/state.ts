import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { comparisonParams } from '../compare/comparison';
import { type View, viewParams } from '../filters/view';
import { type Location, toHash } from '../url/location';

export interface AppState {
  readonly location: Location;
  /** What "now" is for all questions of a screen, in milliseconds. */
  readonly now: number;
  /** The "now" of when the reader last moved or asked to refresh: what is asked again by itself leaves it. */
  readonly askedAt: number;
  readonly view: View;
  refresh(): void;
}

export const AppContext = createContext<AppState | null>(null);

export function useApp(): AppState {
  const app = useContext(AppContext);
  if (app === null) {
    throw new Error('There is no application around this.');
  }
  return app;
}

/** Goes to an address behind the #; with <c>replace</c> without a step to come back to. */
export function go(hash: string, replace = false): void {
  if (replace) {
    history.replaceState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = hash;
  }
}

/** The address of this screen with other parameters; what a page of a table was, is forgotten. */
export function hereWith(app: AppState, change: (params: URLSearchParams) => void): string {
  const params = new URLSearchParams(app.location.params);
  params.delete('cursor');
  params.delete('at');
  change(params);
  return toHash(app.location.page, params, app.location.id ?? undefined);
}

/** The address of this screen with another view, and its own parameters as they are. */
export function hereWithView(app: AppState, view: View): string {
  const own = ['order', 'columns', 'live', 'by', 'of', 'auto', 'as_provider', 'as_model', ...comparisonParams];
  const params = viewParams(view);
  for (const name of own) {
    const value = app.location.params.get(name);
    if (value !== null) {
      params.set(name, value);
    }
  }
  return toHash(app.location.page, params);
}
