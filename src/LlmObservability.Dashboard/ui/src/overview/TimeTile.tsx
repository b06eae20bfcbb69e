import type { ComponentChildren } from 'preact';
import type { Measures } from '../api/types';
import { useApp } from '../app/state';
import { atLeast, type CallsLink, callsLink } from '../filters/links';
import type { View } from '../filters/view';
import { duration } from '../format/time';
import { Tile } from '../parts/Tile';
import { ToCalls } from '../parts/ToCalls';
import { against } from './against';

type TimeField = 'duration_us' | 'time_to_first_token_us' | 'queue_wait_us';

/** How long something took, by percentiles against the period before. */
export function TimeTile({
  title,
  field,
  total,
  previous,
  note,
}: {
  title: string;
  field: TimeField;
  total: Measures;
  previous: Measures | undefined;
  note?: ComponentChildren;
}) {
  const { view } = useApp();
  const [now, before] = [total[field], previous?.[field]];
  return (
    <Tile
      title={title}
      value={duration(now?.p95)}
      now={now?.p95}
      before={before?.p95}
      more="bad"
      to={atLeastOf(view, field, now?.p95)}
      note={note}
    >
      <Percentiles of={now} before={before} field={field} />
    </Tile>
  );
}

export function atLeastOf(view: View, field: string, value: number | undefined): CallsLink | undefined {
  return value === undefined ? undefined : callsLink(view, [atLeast(field, value)]);
}

function Percentiles({ of, before, field }: { of: Measures['duration_us']; before: Measures['duration_us']; field: string }) {
  const { view } = useApp();
  return of === undefined || of.count === 0 ? null : (
    <dl class="percentiles">
      {(
        [
          ['min', of.min, before?.min],
          ['avg', of.mean, before?.mean],
          ['p50', of.p50, before?.p50],
          ['p99', of.p99, before?.p99],
          ['max', of.max, before?.max],
        ] as const
      ).map(([name, value, last]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <ToCalls to={atLeastOf(view, field, value)} title={against(value, last, us => duration(us))}>
              {duration(value)}
            </ToCalls>
          </dd>
        </div>
      ))}
    </dl>
  );
}
