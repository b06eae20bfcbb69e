import { useEffect, useState } from 'preact/hooks';
import type { Call } from '../api/types';
import { pushNewest } from './newest';

/** The newest calls of a live feed, and how many it passed over. */
export interface Live {
  readonly calls: readonly Call[];
  readonly skipped: number;
  /** The feed that they are of. */
  readonly url: string | null;
  readonly state: 'off' | 'connecting' | 'open' | 'lost';
}

const most = 200;
const off: Live = { calls: [], skipped: 0, url: null, state: 'off' };

/** Follows a feed; calls that come together are shown together, and only as many are kept as the table shows. */
export function useLive(url: string | null): Live {
  const [live, setLive] = useState<Live>(off);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt opens the same feed again.
  useEffect(() => {
    if (url === null) {
      setLive(off);
      return;
    }
    // What was shown before the feed was lost stays while it is opened anew.
    setLive(last => ({ ...(last.url === url ? last : off), url, state: 'connecting' }));
    const source = new EventSource(url);
    let waiting: Call[] = [];
    let frame = 0;
    let timer = 0;
    const show = () => {
      frame = 0;
      const come = waiting.reverse();
      waiting = [];
      setLive(last => {
        const ids = new Set(come.map(call => call.id));
        return { ...last, calls: [...come, ...last.calls.filter(call => !ids.has(call.id))].slice(0, most) };
      });
    };
    source.addEventListener('open', () => setLive(last => ({ ...last, state: 'open' })));
    source.addEventListener('error', () => {
      const isLost = source.readyState === EventSource.CLOSED;
      setLive(last => ({ ...last, state: isLost ? 'lost' : 'connecting' }));
      if (isLost) {
        // A browser gives up on an answer that is no feed, such as "too many": all pages that lost it come back at other moments.
        timer = setTimeout(() => setAttempt(last => last + 1), 5_000 * (1 + Math.random()));
      }
    });
    source.addEventListener('call', event => {
      // No frame comes while the page is hidden: what would not be shown is not kept.
      pushNewest(waiting, JSON.parse(event.data) as Call, most);
      frame ||= requestAnimationFrame(show);
    });
    source.addEventListener('skipped', event => {
      const { calls } = JSON.parse(event.data) as { calls: number };
      setLive(last => ({ ...last, skipped: last.skipped + calls }));
    });
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      source.close();
    };
  }, [url, attempt]);
  return live;
}
