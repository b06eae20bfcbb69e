import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isPending } from '../api/pending';
import { CallScreen } from '../call/CallScreen';
import { CallsScreen } from '../calls/CallsScreen';
import { CostsScreen } from '../costs/CostsScreen';
import { presets } from '../filters/range';
import { readView, viewParams } from '../filters/view';
import { OverviewScreen } from '../overview/OverviewScreen';
import { Boundary } from '../parts/Boundary';
import { Empty } from '../parts/States';
import { PerformanceScreen } from '../performance/PerformanceScreen';
import { QualityScreen } from '../quality/QualityScreen';
import { parseHash, toHash } from '../url/location';
import { ViewsDialog } from '../views/ViewsDialog';
import { HelpDialog } from './HelpDialog';
import { useShortcuts } from './shortcuts';
import { AppContext, type AppState, go } from './state';
import { useTheme } from './theme';

const screens = [
  ['overview', 'Overview', OverviewScreen],
  ['calls', 'Calls', CallsScreen],
  ['costs', 'Costs', CostsScreen],
  ['performance', 'Performance', PerformanceScreen],
  ['quality', 'Data quality', QualityScreen],
] as const;

/** The frame of every screen: where the reader is, and what is looked at. */
export function App() {
  const [hash, setHash] = useState(location.hash);
  const [{ now, askedAt }, setTime] = useState(() => byHand());
  const [theme, nextTheme] = useTheme();
  useEffect(() => {
    const moved = () => {
      setHash(location.hash);
      setTime(byHand());
    };
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);

  const app = useMemo<AppState>(() => {
    const here = parseHash(hash);
    return { location: here, now, askedAt, view: readView(here.params, now), refresh: () => setTime(byHand()) };
  }, [hash, now, askedAt]);
  useAutoRefresh(
    app,
    useCallback(() => setTime(last => ({ ...last, now: Date.now() })), []),
  );

  const page = app.location.page;
  const current = screens.find(([name]) => name === page);
  const shown = useRef(page);
  useEffect(() => {
    document.title = `${current?.[1] ?? 'Call'} · LLM calls`;
    if (shown.current !== page) {
      // On another screen, reading begins at its top, for a keyboard and a screen reader too.
      shown.current = page;
      scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [page, current]);

  const [dialog, setDialog] = useState<'views' | 'help' | null>(null);
  const close = () => setDialog(null);
  const latest = useRef({ app, nextTheme });
  latest.current = { app, nextTheme };
  const run = useCallback((pressed: string) => runShortcut(pressed, latest.current, setDialog), []);
  const [isOn, setIsOn] = useShortcuts(run);

  const Screen = current?.[2];
  return (
    <AppContext.Provider value={app}>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <a class="brand" href={toHash('overview', new URLSearchParams())}>
          <span aria-hidden="true" class="mark" />
          LLM calls
        </a>
        <nav aria-label="Screens">
          {screens.map(([name, label]) => (
            <a key={name} href={toHash(name, viewParams(app.view))} aria-current={name === page ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={() => setDialog('views')} aria-haspopup="dialog">
          Views
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => setDialog('help')}
          aria-haspopup="dialog"
          aria-label="Keys"
          title="Keys (?)"
        >
          ?
        </button>
        <button type="button" class="quiet" onClick={nextTheme} aria-label={`Theme: ${theme}`} title={`Theme: ${theme}`}>
          {theme === 'auto' ? '◐' : theme === 'light' ? '☀' : '☾'}
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Boundary key={`${page}/${app.location.id ?? ''}`} what="This screen">
          {Screen !== undefined ? <Screen /> : page === 'call' ? <CallScreen /> : <NoScreen />}
        </Boundary>
      </main>
      {dialog === 'views' ? <ViewsDialog close={close} /> : null}
      {dialog === 'help' ? <HelpDialog isOn={isOn} set={setIsOn} close={close} /> : null}
    </AppContext.Provider>
  );
}

function byHand(): { now: number; askedAt: number } {
  const now = Date.now();
  return { now, askedAt: now };
}

function NoScreen() {
  return (
    <Empty title="There is no such screen">
      <a href={toHash('overview', new URLSearchParams())}>Go to the overview</a>
    </Empty>
  );
}

function runShortcut(
  pressed: string,
  { app, nextTheme }: { app: AppState; nextTheme: () => void },
  open: (dialog: 'views' | 'help') => void,
): boolean {
  const click = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();
  const screen = screens[Number(pressed) - 1];
  const actions: Record<string, () => void> = {
    '?': () => open('help'),
    s: () => open('views'),
    r: app.refresh,
    t: nextTheme,
    f: () => click('.filters .add'),
    n: () => click('.pages .next'),
    p: () => click('.pages .previous'),
  };
  const action = screen === undefined ? actions[pressed] : () => go(toHash(screen[0], viewParams(app.view)));
  action?.();
  return action !== undefined;
}

/**
 * Asks again by itself while the range ends now: often where it is short. Not while nobody looks, nor while a table is paged, nor
 * while an answer is still to come: asking anew would give up a slow one each time, and overrun a server that asked to wait.
 */
function useAutoRefresh(app: AppState, refresh: () => void): void {
  const { location: here, view } = app;
  const span = presets.find(([name]) => name === view.range.preset)?.[2];
  const isPaged = here.params.has('cursor') || here.params.has('at');
  const isOff = here.page === 'call' || here.page === 'calls' || here.params.get('auto') === 'off' || isPaged;
  const every = span === undefined || isOff ? 0 : span <= 3_600_000 ? 5_000 : span <= 86_400_000 ? 30_000 : 0;
  useEffect(() => {
    if (every === 0) {
      return;
    }
    const timer = setInterval(() => {
      if (!document.hidden && !isPending()) {
        refresh();
      }
    }, every);
    return () => clearInterval(timer);
  }, [every, refresh]);
}
