import { useEffect, useState } from 'preact/hooks';
import type { Call } from '../api/types';
import { pushNewest } from './newest';

/** The newest calls of a live feed, and how many it passed over. */
export interface Live {
  readonly calls: readonly Call[];
  readonly skipped: number;
  readonly state: 'off' | 'connecting' | 'open' | 'lost';
}

const most = 200;
const off: Live = { calls: [], skipped: 0, state: 'off' };

/** Follows a feed; calls that come together are shown together, and only as many are kept as the table shows. */
export function useLive(url: string | null): Live {
  const [live, setLive] = useState<Live>(off);
  useEffect(() => {
    if (url === null) {
      setLive(off);
      return;
    }
    setLive({ calls: [], skipped: 0, state: 'connecting' });
    const source = new EventSource(url);
    let waiting: Call[] = [];
    let frame = 0;
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
    source.addEventListener('error', () =>
      setLive(last => ({ ...last, state: source.readyState === EventSource.CLOSED ? 'lost' : 'connecting' })),
    );
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
      cancelAnimationFrame(frame);
      source.close();
    };
  }, [url]);
  return live;
}
