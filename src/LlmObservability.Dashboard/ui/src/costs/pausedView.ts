import type { AppState } from '../app/state';
import { readView, type View } from '../filters/view';

const pause = 15_000;

/** The view for questions that read many calls each: a range that ends now is asked for less often than the screen is. */
export function pausedView({ location, now }: AppState): View {
  return readView(location.params, Math.ceil(now / pause) * pause);
}
