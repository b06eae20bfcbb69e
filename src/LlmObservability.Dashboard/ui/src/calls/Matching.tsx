import { useEffect, useState } from 'preact/hooks';
import { isPending } from '../api/pending';
import { useAggregate } from '../api/useAggregate';
import { type AppState, hereWith, useApp } from '../app/state';
import { readView, type View } from '../filters/view';
import { money, moneyExact } from '../format/money';
import { compact, count } from '../format/number';
import { moment } from '../format/time';
import { knownCost } from '../parts/columns';

/** How many calls match in all, and what they cost: beside the page of them that is shown. */
export function Matching({ isLive }: { isLive: boolean }) {
  const app = useApp();
  const view = useLiveView(app, isLive);
  const { data } = useAggregate(view, { measures: 'spend' });
  const at = app.location.params.get('at');
  return (
    <p class="matching" role="status">
      {data === null ? (
        ' '
      ) : (
        <>
          <b data-total={data.total.calls}>
            {data.capped_from === undefined ? '' : 'at least '}
            {count(data.total.calls)}
          </b>{' '}
          {data.total.calls === 1 ? 'call' : 'calls'} ·{' '}
          <span title={moneyExact(knownCost(data.total))}>{money(knownCost(data.total))}</span>
          {data.total.priced < data.total.calls ? ` (${count(data.total.calls - data.total.priced)} without a known cost)` : ''} ·{' '}
          {compact(data.total.input_tokens + data.total.output_tokens)} tokens
        </>
      )}
      {at === null ? null : (
        <>
          {' '}
          · as of {moment(at)} <a href={hereWith(app, () => undefined)}>show now</a>
        </>
      )}
    </p>
  );
}

const pause = 5_000;

/** The view, which moves on with the clock while calls come in by themselves; not while nobody looks, nor before the last answer. */
function useLiveView(app: AppState, isLive: boolean): View {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!isLive) {
      return;
    }
    const timer = setInterval(() => {
      if (!document.hidden && !isPending()) {
        setNow(Date.now());
      }
    }, pause);
    return () => clearInterval(timer);
  }, [isLive]);
  return isLive && now > app.now ? readView(app.location.params, now) : app.view;
}
