import { useMemo } from 'preact/hooks';
import { apiUrl } from '../api/client';
import type { Aggregate, Distribution, Measures } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { bucketHref, byBucket } from '../charts/buckets';
import { TimeChart } from '../charts/TimeChart';
import { apiParams } from '../filters/view';
import { compact, percent } from '../format/number';
import { duration } from '../format/time';
import { Answered, Capped } from '../parts/States';

/** Percentiles over time. */
export function LatencyOverTime() {
  const { view } = useApp();
  const params = apiParams(view);
  params.set('bucket', view.range.bucket);
  params.set('percentiles', 'true');
  const answer = useApi<Aggregate>(
    apiUrl('aggregate', params),
    `${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`,
  );
  return (
    <Answered answer={answer} height={24}>
      {data => (
        <>
          <Capped from={data.capped_from} />
          <Charts data={data} />
        </>
      )}
    </Answered>
  );
}

const colors = { p50: 1, p95: 3, p99: 9 } as const;

function Charts({ data }: { data: Aggregate }) {
  const { view } = useApp();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer carries the range that it was asked for.
  const { times, measures } = useMemo(() => byBucket(data.rows, view.range), [data]);
  const of = (pick: (m: Measures) => number | null | undefined) => measures.map(m => (m === null ? null : (pick(m) ?? null)));
  const lines = (names: readonly ('p50' | 'p95' | 'p99')[], pick: (m: Measures) => Distribution | undefined) =>
    names.map(name => ({ label: name, color: colors[name], values: of(m => pick(m)?.[name]) }));
  const shared = {
    times,
    bucket: view.range.bucket,
    kind: 'lines' as const,
    href: (index: number) => bucketHref(view, times[index] ?? 0, []),
  };
  return (
    <div class="charts">
      <TimeChart
        {...shared}
        title="Latency"
        format={us => duration(us)}
        series={lines(['p50', 'p95', 'p99'], m => m.duration_us)}
      />
      <TimeChart
        {...shared}
        title="Time to first token"
        format={us => duration(us)}
        series={lines(['p50', 'p95', 'p99'], m => m.time_to_first_token_us)}
      />
      <TimeChart
        {...shared}
        title="Output tokens a second"
        format={value => compact(value)}
        series={lines(['p50', 'p95'], m => m.output_tokens_per_second)}
      />
      <TimeChart
        {...shared}
        title="Output tokens of a call"
        format={value => compact(value)}
        series={lines(['p50', 'p95'], m => m.output_length_tokens)}
      />
      <TimeChart
        {...shared}
        title="Schema kept"
        note="of the answers that were checked"
        format={value => percent(value)}
        series={[
          {
            label: 'share',
            color: 2,
            values: of(m => (m.schema_checked ? 1 - (m.schema_failures ?? 0) / m.schema_checked : null)),
          },
        ]}
      />
      <TimeChart
        {...shared}
        title="Error rate"
        format={value => percent(value)}
        series={[{ label: 'failed', color: 9, values: of(m => (m.calls === 0 ? null : (m.failed ?? 0) / m.calls)) }]}
      />
    </div>
  );
}
