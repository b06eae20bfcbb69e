import { useMemo } from 'preact/hooks';
import type { Aggregate, Measures } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { bucketView, byBucket, withoutRow } from '../charts/buckets';
import type { Series } from '../charts/TimeChart';
import { TimeChart } from '../charts/TimeChart';
import { equal, present } from '../filters/conditions';
import { atLeast, callsLink } from '../filters/links';
import { dollars, moneyShort } from '../format/money';
import { compact, count } from '../format/number';
import { duration } from '../format/time';
import { Answered } from '../parts/States';

/** The same figures over time. */
export function OverviewCharts() {
  const { view } = useApp();
  const answer = useAggregate(view, { bucket: view.range.bucket, percentiles: 'true' });
  return (
    <Answered answer={answer} height={24}>
      {data => (data.total.calls === 0 ? null : <Charts data={data} />)}
    </Answered>
  );
}

function Charts({ data }: { data: Aggregate }) {
  const { view } = useApp();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer carries the range that it was asked for.
  const { times, measures } = useMemo(() => byBucket(data.rows, view.range), [data]);
  const empty = withoutRow(times, data.capped_from);
  const counted = (of: (m: Measures) => number | undefined) =>
    measures.map((m, index) => (m === null ? (empty[index] ?? null) : (of(m) ?? 0)));
  // A bucket whose calls have no known cost is a gap; one without calls cost nothing; one before the answer begins is a gap too.
  const spent = (of: (m: Measures) => number | null) =>
    measures.map((m, index) => (m === null ? (empty[index] ?? null) : m.priced === 0 ? null : of(m)));
  const timed = (of: (m: Measures) => number | undefined) => measures.map(m => (m === null ? null : (of(m) ?? null)));
  const shared = { times, bucket: view.range.bucket };
  const bucketAt = (index: number) => bucketView(view, times[index] ?? 0);
  const anyCall = (index: number) => callsLink(bucketAt(index), [], measures[index]?.calls);
  const outcomes = ['completed', 'failed', 'cancelled', 'abandoned'] as const;
  const byOutcome = (index: number, series: number | null) => {
    const name = series === null ? undefined : outcomes[series];
    return name === undefined
      ? anyCall(index)
      : callsLink(bucketAt(index), [equal('outcome', name)], measures[index]?.[name] ?? 0);
  };
  const priced = (index: number) => callsLink(bucketAt(index), [present('cost_nanos')], measures[index]?.priced);
  // A point of a line leads to the calls that are at least there.
  const reaching = (field: string, lines: readonly Series[]) => (index: number, series: number | null) => {
    const value = series === null ? null : lines[series]?.values[index];
    return value == null ? anyCall(index) : callsLink(bucketAt(index), [atLeast(field, value)]);
  };
  const remark = (index: number) => {
    const m = measures[index];
    return m == null || m.priced === m.calls
      ? null
      : `${count(m.calls - m.priced)} of ${count(m.calls)} calls without a known cost`;
  };
  const costSeries: Series[] = [
    { label: 'Input', color: 1, values: spent(m => dollars(m.cost_input_nanos)) },
    { label: 'Cached', color: 2, values: spent(m => dollars(m.cost_cached_input_nanos)) },
    { label: 'Output', color: 3, values: spent(m => dollars(m.cost_output_nanos)) },
    ...(dollars(data.total.cost_fees_nanos) ? [{ label: 'Fees', color: 4, values: spent(m => dollars(m.cost_fees_nanos)) }] : []),
  ];
  const latency: Series[] = [
    { label: 'p50', color: 1, values: timed(m => m.duration_us?.p50) },
    { label: 'p95', color: 3, values: timed(m => m.duration_us?.p95) },
    { label: 'p99', color: 9, values: timed(m => m.duration_us?.p99) },
  ];
  const firstToken: Series[] = [
    { label: 'p50', color: 1, values: timed(m => m.time_to_first_token_us?.p50) },
    { label: 'p95', color: 3, values: timed(m => m.time_to_first_token_us?.p95) },
  ];
  const speed: Series[] = [{ label: 'p50', color: 1, values: timed(m => m.output_tokens_per_second?.p50) }];
  return (
    <div class="charts">
      <TimeChart {...shared} title="Cost" kind="bars" format={moneyShort} href={priced} remark={remark} series={costSeries} />
      <TimeChart
        {...shared}
        title="Calls"
        kind="bars"
        format={compact}
        href={byOutcome}
        series={[
          { label: 'Completed', color: 1, values: counted(m => m.completed) },
          { label: 'Failed', color: 9, values: counted(m => m.failed) },
          { label: 'Cancelled', color: 6, values: counted(m => m.cancelled) },
          { label: 'Abandoned', color: 7, values: counted(m => m.abandoned) },
        ]}
      />
      <TimeChart
        {...shared}
        title="Latency"
        kind="lines"
        format={us => duration(us)}
        href={reaching('duration_us', latency)}
        series={latency}
      />
      <TimeChart
        {...shared}
        title="Time to first token"
        kind="lines"
        format={us => duration(us)}
        href={reaching('time_to_first_token_us', firstToken)}
        series={firstToken}
      />
      <TimeChart
        {...shared}
        title="Tokens"
        kind="bars"
        format={compact}
        href={anyCall}
        series={[
          { label: 'Input', color: 1, values: counted(m => m.uncached_input_tokens) },
          { label: 'Cache read', color: 2, values: counted(m => m.cache_read_tokens) },
          {
            label: 'Cache write',
            color: 4,
            values: counted(m => (m.cache_write_5m_tokens ?? 0) + (m.cache_write_1h_tokens ?? 0)),
          },
          { label: 'Output', color: 3, values: counted(m => m.visible_output_tokens) },
          { label: 'Reasoning', color: 5, values: counted(m => m.reasoning_tokens) },
        ]}
      />
      <TimeChart
        {...shared}
        title="Output speed"
        note="tokens a second"
        kind="lines"
        format={value => compact(value)}
        href={reaching('output_tokens_per_second', speed)}
        series={speed}
      />
    </div>
  );
}
