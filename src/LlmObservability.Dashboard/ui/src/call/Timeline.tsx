import type { CallDetail } from '../api/types';
import { duration } from '../format/time';
import { wordLabel } from '../format/words';
import { Value } from '../parts/Value';
import { timelineBars } from './timelineBars';

const most = 200;

/** What happened when: the call, its attempts with their first token, and the tools that it called. */
export function Timeline({ detail }: { detail: CallDetail }) {
  const { bars, span } = timelineBars(detail);
  return (
    <section class="card timeline">
      <h2>Timeline</h2>
      <ol>
        {bars.slice(0, most).map((bar, index) => (
          <li key={`${index} ${bar.kind}`} class={bar.kind}>
            <span class="name">
              <Value text={bar.label} most={48} />
            </span>
            <svg
              viewBox="0 0 1000 16"
              preserveAspectRatio="none"
              role="img"
              aria-label={`from ${duration(bar.start)} for ${duration(bar.length)}`}
            >
              <rect class="track" x="0" y="7" width="1000" height="2" />
              <rect
                class={`bar ${bar.outcome === 'completed' ? bar.kind : bar.outcome}`}
                x={Math.min(997, (bar.start / span) * 1_000)}
                y="2"
                width={Math.max(3, (bar.length / span) * 1_000)}
                height="12"
                rx="2"
              />
              {bar.firstToken === undefined ? null : (
                <rect class="first-token" x={(bar.firstToken / span) * 1_000} y="0" width="3" height="16" />
              )}
            </svg>
            <span class="when">
              {duration(bar.length)}
              {bar.firstToken === undefined ? null : (
                <small title="Time to first token"> ▸ {duration(bar.firstToken - bar.start)}</small>
              )}
            </span>
            <span class={`what ${bar.outcome}`}>
              {wordLabel(bar.outcome)}
              {bar.note === undefined ? null : (
                <>
                  {' '}
                  <Value text={bar.note} most={60} />
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
      {bars.length > most ? <p class="note">{bars.length - most} more are not shown.</p> : null}
      {detail.attempts.length === 0 ? (
        <p class="under">One attempt, made by the client itself: it has no row of its own.</p>
      ) : null}
    </section>
  );
}
