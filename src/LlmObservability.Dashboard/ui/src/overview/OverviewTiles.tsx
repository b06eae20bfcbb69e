import { apiUrl } from '../api/client';
import type { Aggregate, Measures, Pipeline } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { apiParams, callsHref } from '../filters/view';
import { dollars, money, moneyExact } from '../format/money';
import { compact, count, percent } from '../format/number';
import { duration } from '../format/time';
import { knownCost } from '../parts/columns';
import { Split } from '../parts/Split';
import { Answered, Capped, Empty } from '../parts/States';
import { Tile } from '../parts/Tile';
import { costParts, tokenParts } from './splits';

/** The figures of the time that is looked at, each against the period before. */
export function OverviewTiles() {
  const { view, now } = useApp();
  const params = apiParams(view);
  params.set('percentiles', 'true');
  params.set('compare_previous', 'true');
  const keeps = `${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`;
  const answer = useApi<Aggregate>(apiUrl('aggregate', params), keeps);
  // What stands behind the # is not sent: it makes the question a new one.
  const pipeline = useApi<Pipeline>(apiUrl(`pipeline#${now}`));
  return (
    <Answered answer={answer} height={16}>
      {({ total, previous, capped_from }) => (
        <>
          <Capped from={capped_from} />
          {total.calls === 0 ? (
            <Empty title="No calls in this time">
              Calls appear here moments after they end. Choose a longer time, or fewer filters.
            </Empty>
          ) : null}
          <div class="tiles">
            <Tile
              title="Cost"
              value={money(knownCost(total))}
              exact={moneyExact(knownCost(total))}
              now={dollars(knownCost(total))}
              before={previous === undefined ? null : dollars(knownCost(previous))}
              more="bad"
              href={callsHref(view)}
              note={
                total.priced < total.calls
                  ? `${count(total.calls - total.priced)} calls without a known cost are not in it`
                  : undefined
              }
            >
              {total.priced === 0 ? null : <Split parts={costParts(total)} />}
            </Tile>
            <Tile
              title="Calls"
              value={count(total.calls)}
              now={total.calls}
              before={previous?.calls}
              href={callsHref(view)}
              note={perMinute(total, view.range.to - view.range.from)}
            />
            <Tile
              title="Success rate"
              value={percent(ratio(total.completed, total.calls))}
              now={ratio(total.completed, total.calls)}
              before={previous === undefined ? null : ratio(previous.completed, previous.calls)}
              more="good"
              href={callsHref(view, [['outcome', 'completed']])}
              note={`${count(total.cancelled)} cancelled, ${count(total.abandoned)} abandoned`}
            />
            <Tile
              title="Error rate"
              value={percent(ratio(total.failed, total.calls))}
              now={ratio(total.failed, total.calls)}
              before={previous === undefined ? null : ratio(previous.failed, previous.calls)}
              more="bad"
              href={callsHref(view, [['outcome', 'failed']])}
              note={`${count(total.failed)} failed`}
            />
            <Tile
              title="Latency p95"
              value={duration(total.duration_us?.p95)}
              now={total.duration_us?.p95}
              before={previous?.duration_us?.p95}
              more="bad"
              href={slowest(view, total.duration_us?.p95, 'duration_us')}
            >
              <Percentiles of={total.duration_us} />
            </Tile>
            <Tile
              title="First token p95"
              value={duration(total.time_to_first_token_us?.p95)}
              now={total.time_to_first_token_us?.p95}
              before={previous?.time_to_first_token_us?.p95}
              more="bad"
              href={slowest(view, total.time_to_first_token_us?.p95, 'time_to_first_token_us')}
            >
              <Percentiles of={total.time_to_first_token_us} />
            </Tile>
            <Tile
              title="Tokens"
              value={compact(total.input_tokens + total.output_tokens)}
              exact={count(total.input_tokens + total.output_tokens)}
              now={total.input_tokens + total.output_tokens}
              before={previous === undefined ? null : previous.input_tokens + previous.output_tokens}
              href={callsHref(view, [], [{ field: 'input_tokens', operator: 'present', values: [] }])}
            >
              <Split parts={tokenParts(total)} />
            </Tile>
            <Tile
              title="Cost coverage"
              value={percent(total.cost_coverage)}
              now={total.cost_coverage}
              before={previous?.cost_coverage}
              more="good"
              href={callsHref(view, [], [{ field: 'cost_nanos', operator: 'missing', values: [] }])}
              note={`${count(total.priced)} of ${count(total.calls)} calls priced`}
            />
            <Tile
              title="Output speed p50"
              value={compact(total.output_tokens_per_second?.p50)}
              now={total.output_tokens_per_second?.p50}
              before={previous?.output_tokens_per_second?.p50}
              more="good"
              href={callsHref(view, [], [{ field: 'output_tokens_per_second', operator: 'present', values: [] }])}
              note="tokens a second of the provider's time"
            />
            {pipeline.data === null ? null : (
              <Tile title="In progress" value={count(pipeline.data.in_progress)} note="Calls of this process, now" />
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

function perMinute(total: Measures, span: number): string {
  return `${compact((total.calls / span) * 60_000)} a minute`;
}

function slowest(view: Parameters<typeof callsHref>[0], from: number | undefined, field: string): string | undefined {
  return from === undefined
    ? undefined
    : callsHref(view, [], [{ field, operator: 'at_least', values: [String(Math.floor(from))] }]);
}

function Percentiles({ of }: { of: Measures['duration_us'] }) {
  return of === undefined || of.count === 0 ? null : (
    <dl class="percentiles">
      {(
        [
          ['min', of.min],
          ['avg', of.mean],
          ['p50', of.p50],
          ['p99', of.p99],
          ['max', of.max],
        ] as const
      ).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{duration(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
