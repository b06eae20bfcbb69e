import { useMemo } from 'preact/hooks';
import type { Aggregate, Distribution, Measures } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { bucketView, byBucket } from '../charts/buckets';
import { type Series, TimeChart } from '../charts/TimeChart';
import { type Condition, equal } from '../filters/conditions';
import { atLeast, callsLink } from '../filters/links';
import { compact, percent } from '../format/number';
import { duration } from '../format/time';
import { NoCalls } from '../parts/NoCalls';
import { Answered, Capped } from '../parts/States';

/** Percentiles over time. */
export function LatencyOverTime() {
  const { view } = useApp();
  const answer = useAggregate(view, { bucket: view.range.bucket, percentiles: 'true' });
  return (
    <Answered answer={answer} height={24}>
      {data => (
        <>
          <Capped from={data.capped_from} />
          {data.total.calls === 0 ? <NoCalls /> : <Charts data={data} />}
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
  const bucketAt = (index: number) => bucketView(view, times[index] ?? 0);
  const anyCall = (index: number) => callsLink(bucketAt(index), [], measures[index]?.calls);
  // A point of a line leads to the calls that are at least there.
  const reaching = (field: string, series: readonly Series[]) => ({
    series,
    href: (index: number, line: number | null) => {
      const value = line === null ? null : series[line]?.values[index];
      return value == null ? anyCall(index) : callsLink(bucketAt(index), [atLeast(field, value)]);
    },
  });
  const counted = (condition: Condition, of: (m: Measures) => number | undefined) => (index: number) =>
    callsLink(bucketAt(index), [condition], measuresOf(measures[index], of));
  const shared = { times, bucket: view.range.bucket, kind: 'lines' as const };
  return (
    <div class="charts">
      <TimeChart
        {...shared}
        title="Latency"
        format={us => duration(us)}
        {...reaching(
          'duration_us',
          lines(['p50', 'p95', 'p99'], m => m.duration_us),
        )}
      />
      <TimeChart
        {...shared}
        title="Time to first token"
        format={us => duration(us)}
        {...reaching(
          'time_to_first_token_us',
          lines(['p50', 'p95', 'p99'], m => m.time_to_first_token_us),
        )}
      />
      <TimeChart
        {...shared}
        title="Output tokens a second"
        format={value => compact(value)}
        {...reaching(
          'output_tokens_per_second',
          lines(['p50', 'p95'], m => m.output_tokens_per_second),
        )}
      />
      <TimeChart
        {...shared}
        title="Output tokens of a call"
        format={value => compact(value)}
        {...reaching(
          'output_tokens',
          lines(['p50', 'p95'], m => m.output_length_tokens),
        )}
      />
      <TimeChart
        {...shared}
        title="Schema kept"
        note="of the answers that were checked"
        href={counted(equal('schema_validated', 'true'), m => (m.schema_checked ?? 0) - (m.schema_failures ?? 0))}
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
        href={counted(equal('outcome', 'failed'), m => m.failed)}
        format={value => percent(value)}
        series={[{ label: 'failed', color: 9, values: of(m => (m.calls === 0 ? null : (m.failed ?? 0) / m.calls)) }]}
      />
    </div>
  );
}

function measuresOf(measures: Measures | null | undefined, of: (m: Measures) => number | undefined): number {
  return measures == null ? 0 : (of(measures) ?? 0);
}
