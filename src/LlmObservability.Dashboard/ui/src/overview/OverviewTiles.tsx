import { apiUrl } from '../api/client';
import type { Measures, Pipeline } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApi } from '../api/useApi';
import { useRestricted } from '../api/useRestricted';
import { useApp } from '../app/state';
import { equal, missing, present } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { dollars, money, moneyExact } from '../format/money';
import { compact, count, large, percent } from '../format/number';
import { knownCost } from '../parts/columns';
import { NoCalls } from '../parts/NoCalls';
import { Split } from '../parts/Split';
import { Answered, Capped } from '../parts/States';
import { Tile } from '../parts/Tile';
import { ToCalls } from '../parts/ToCalls';
import { costParts, tokenParts } from './splits';
import { atLeastOf, TimeTile } from './TimeTile';

/** The figures of the time that is looked at, each against the period before. */
export function OverviewTiles() {
  const { view, now } = useApp();
  const outcome = (name: string, calls: number | undefined) => callsLink(view, [equal('outcome', name)], calls);
  const answer = useAggregate(view, { percentiles: 'true', compare_previous: 'true' });
  // What stands behind the # is not sent: it makes the question a new one.
  const isRestricted = useRestricted();
  const pipeline = useApi<Pipeline>(isRestricted === false ? apiUrl(`pipeline#${now}`) : null);
  return (
    <Answered answer={answer} height={16}>
      {({ total, previous, capped_from }) => (
        <>
          <Capped from={capped_from} />
          {total.calls === 0 ? <NoCalls /> : null}
          <div class="tiles">
            <Tile
              title="Cost"
              value={money(knownCost(total))}
              exact={moneyExact(knownCost(total))}
              now={dollars(knownCost(total))}
              before={previous === undefined ? null : dollars(knownCost(previous))}
              more="bad"
              to={callsLink(view, [present('cost_nanos')], total.priced)}
              note={
                total.priced < total.calls ? (
                  <ToCalls to={callsLink(view, [missing('cost_nanos')], total.calls - total.priced)}>
                    {count(total.calls - total.priced)} calls without a known cost are not in it
                  </ToCalls>
                ) : undefined
              }
            >
              {total.priced === 0 ? null : <Split parts={costParts(total, previous)} />}
            </Tile>
            <Tile
              title="Calls"
              value={large(total.calls)}
              exact={count(total.calls)}
              now={total.calls}
              before={previous?.calls}
              to={callsLink(view, [], total.calls)}
              note={perMinute(total, view.range.to - answeredFrom(view.range.from, capped_from))}
            />
            <Tile
              title="Success rate"
              value={percent(ratio(total.completed, total.calls))}
              now={ratio(total.completed, total.calls)}
              before={previous === undefined ? null : ratio(previous.completed, previous.calls)}
              more="good"
              to={outcome('completed', total.completed)}
              note={
                <>
                  <ToCalls to={outcome('cancelled', total.cancelled)}>{count(total.cancelled)} cancelled</ToCalls>,{' '}
                  <ToCalls to={outcome('abandoned', total.abandoned)}>{count(total.abandoned)} abandoned</ToCalls>
                </>
              }
            />
            <Tile
              title="Error rate"
              value={percent(ratio(total.failed, total.calls))}
              now={ratio(total.failed, total.calls)}
              before={previous === undefined ? null : ratio(previous.failed, previous.calls)}
              more="bad"
              to={outcome('failed', total.failed)}
              note={`${count(total.failed)} failed`}
            />
            <TimeTile title="Latency p95" field="duration_us" total={total} previous={previous} />
            <TimeTile title="First token p95" field="time_to_first_token_us" total={total} previous={previous} />
            <TimeTile
              title="Queue wait p95"
              field="queue_wait_us"
              total={total}
              previous={previous}
              note={`${count(total.queue_wait_us?.count)} of ${count(total.calls)} calls say how long they waited`}
            />
            <Tile
              title="Tokens"
              value={compact(total.input_tokens + total.output_tokens)}
              exact={count(total.input_tokens + total.output_tokens)}
              now={total.input_tokens + total.output_tokens}
              before={previous === undefined ? null : previous.input_tokens + previous.output_tokens}
              to={callsLink(view, [present('input_tokens')])}
            >
              <Split parts={tokenParts(total, view, previous)} />
            </Tile>
            <Tile
              title="Cost coverage"
              value={percent(total.cost_coverage)}
              now={total.cost_coverage}
              before={previous?.cost_coverage}
              more="good"
              to={callsLink(view, [present('cost_nanos')], total.priced)}
              note={`${count(total.priced)} of ${count(total.calls)} calls priced`}
            />
            <Tile
              title="Output speed p50"
              value={compact(total.output_tokens_per_second?.p50)}
              now={total.output_tokens_per_second?.p50}
              before={previous?.output_tokens_per_second?.p50}
              more="good"
              to={atLeastOf(view, 'output_tokens_per_second', total.output_tokens_per_second?.p50)}
              note="tokens a second of the provider's time"
            />
            {pipeline.data === null ? null : (
              <Tile
                title="In progress"
                value={count(pipeline.data.in_progress)}
                to={{ why: 'A call is stored when it ends' }}
                note="Calls of this process, now"
              />
            )}
          </div>
        </>
      )}
    </Answered>
  );
}

function ratio(part: number | undefined, whole: number): number | null {
  return part === undefined || whole === 0 ? null : part / whole;
}

/** When the answer begins: with the time that was asked for, or later where a store looked at the newest part only. */
function answeredFrom(from: number, capped: string | undefined): number {
  return capped === undefined ? from : Math.max(from, Date.parse(capped));
}

function perMinute(total: Measures, span: number): string {
  return `${compact((total.calls / span) * 60_000)} a minute`;
}
