import { apiUrl } from '../api/client';
import type { Amendment, Call, CallDetail } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { money, moneyExact } from '../format/money';
import { count } from '../format/number';
import { duration, moment } from '../format/time';
import { wordLabel } from '../format/words';
import { Answered } from '../parts/States';
import { Tile } from '../parts/Tile';
import { Value } from '../parts/Value';
import { Amendments } from './Amendments';
import { CallFields } from './CallFields';
import { Content } from './Content';
import { CostExplained } from './CostExplained';
import { newestRepricing } from './repricing';
import { Timeline } from './Timeline';

/** Everything that is known of one call. */
export function CallScreen() {
  const { location: here } = useApp();
  const answer = useApi<CallDetail>(apiUrl(`calls/${encodeURIComponent(here.id ?? '')}`), here.id ?? '');
  return (
    <>
      <p class="back">
        <button type="button" class="quiet" onClick={() => history.back()}>
          ‹ Back
        </button>
      </p>
      <Answered answer={answer} height={24}>
        {detail => <Detail detail={detail} />}
      </Answered>
    </>
  );
}

function Detail({ detail }: { detail: CallDetail }) {
  const { call } = detail;
  return (
    <>
      <h1 class="call-title">
        <span class={`outcome ${call.outcome}`}>{call.cached ? 'cached' : wordLabel(call.outcome)}</span>{' '}
        <Value text={call.model} most={120} />
        <small>
          <time dateTime={call.started_at} title={call.started_at}>
            {moment(call.started_at)}
          </time>{' '}
          <code>{call.id}</code>
        </small>
      </h1>
      <Tiles call={call} tools={detail.tool_calls.length} repriced={newestRepricing(detail.amendments)} />
      <Timeline detail={detail} />
      <CostExplained detail={detail} />
      <CallFields call={call} />
      <Amendments amendments={detail.amendments} />
      <Content />
    </>
  );
}

function Tiles({ call, tools, repriced }: { call: Call; tools: number; repriced: Amendment | null }) {
  return (
    <div class="tiles few">
      <Tile
        title="Cost"
        value={money(call.cost_nanos)}
        exact={moneyExact(call.cost_nanos)}
        note={
          <>
            {wordLabel(call.cost_reason ?? 'unknown')}
            {repriced === null ? null : (
              <span title={`${moneyExact(repriced.cost_nanos)}, ${repriced.created_at}; sums count this`}>
                {' '}
                as recorded; repriced to {money(repriced.cost_nanos)}
              </span>
            )}
          </>
        }
      />
      <Tile
        title="Duration"
        value={duration(call.duration_us)}
        exact={`${count(call.duration_us)} µs`}
        note={`${duration(call.provider_time_us)} at the provider`}
      />
      <Tile
        title="First token"
        value={duration(call.time_to_first_token_us)}
        note={call.streaming ? (call.time_to_first_token_us === undefined ? 'No token came' : 'Streamed') : 'Not streamed'}
      />
      <Tile
        title="Input tokens"
        value={count(call.input_tokens)}
        note={
          call.cache_read_tokens === undefined
            ? `Usage ${call.usage_source}`
            : `${count(call.cache_read_tokens)} of them from the cache`
        }
      />
      <Tile
        title="Output tokens"
        value={count(call.output_tokens)}
        note={
          call.reasoning_tokens === undefined ? `Usage ${call.usage_source}` : `${count(call.reasoning_tokens)} of them reasoning`
        }
      />
      <Tile title="Attempts" value={count(call.attempt_count)} note={toolCalls(Math.max(tools, call.tool_call_count))} />
    </div>
  );
}

function toolCalls(calls: number): string {
  return `${count(calls)} tool ${calls === 1 ? 'call' : 'calls'}`;
}
