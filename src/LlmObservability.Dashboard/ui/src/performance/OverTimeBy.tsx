import { useMemo } from 'preact/hooks';
import type { Aggregate, Distribution, Measures } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { go, hereWith, useApp } from '../app/state';
import { bucketView } from '../charts/buckets';
import { linesOverTime } from '../charts/lines';
import { TimeChart } from '../charts/TimeChart';
import { atLeast, callsLink, groupLink } from '../filters/links';
import { compact } from '../format/number';
import { duration } from '../format/time';
import { fieldLabel } from '../format/words';
import { Answered, Capped } from '../parts/States';

interface Measured {
  readonly name: string;
  readonly title: string;
  /** The field that calls are filtered by. */
  readonly field: string;
  readonly of: (measures: Measures) => Distribution | undefined;
  readonly format: (value: number) => string;
}

const time = (us: number) => duration(us);
const number = (value: number) => compact(value);
const latency: Measured = { name: 'latency', title: 'Latency', field: 'duration_us', of: m => m.duration_us, format: time };
const measured: readonly Measured[] = [
  latency,
  { name: 'first_token', title: 'First token', field: 'time_to_first_token_us', of: m => m.time_to_first_token_us, format: time },
  { name: 'queue_wait', title: 'Queue wait', field: 'queue_wait_us', of: m => m.queue_wait_us, format: time },
  { name: 'output', title: 'Output tokens', field: 'output_tokens', of: m => m.output_length_tokens, format: number },
  {
    name: 'speed',
    title: 'Tokens a second',
    field: 'output_tokens_per_second',
    of: m => m.output_tokens_per_second,
    format: number,
  },
];

/** How a measure is spread over time in each of the largest groups: its middle, and its slow end. */
export function OverTimeBy({ by }: { by: string }) {
  const app = useApp();
  const { view } = app;
  const chosen = measured.find(({ name }) => name === app.location.params.get('of')) ?? latency;
  const answer = useAggregate(view, { bucket: view.range.bucket, group_by: by, top: '5', percentiles: 'true' });
  return (
    <section class="over-time">
      <label>
        Over time by {fieldLabel(by).toLowerCase()}:{' '}
        <select
          value={chosen.name}
          onChange={event => {
            const { value } = event.currentTarget;
            go(hereWith(app, next => next.set('of', value)));
          }}
        >
          {measured.map(({ name, title }) => (
            <option key={name} value={name}>
              {title.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      <Answered answer={answer} height={16}>
        {data => (
          <>
            <Capped from={data.capped_from} />
            <div class="charts pairs">
              <Lines data={data} by={by} measured={chosen} percentile="p50" />
              <Lines data={data} by={by} measured={chosen} percentile="p95" />
            </div>
          </>
        )}
      </Answered>
    </section>
  );
}

function Lines({
  data,
  by,
  measured: { title, field, of, format },
  percentile,
}: {
  data: Aggregate;
  by: string;
  measured: Measured;
  percentile: 'p50' | 'p95';
}) {
  const { view } = useApp();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer carries the range that it was asked for.
  const { times, lines } = useMemo(() => linesOverTime(data.rows, view.range, m => of(m)?.[percentile]), [data, of, percentile]);
  const named = lines.filter(line => !line.isOther).map(line => line.key);
  return (
    <TimeChart
      title={`${title} ${percentile} by ${fieldLabel(by).toLowerCase()}`}
      times={times}
      bucket={view.range.bucket}
      kind="lines"
      format={format}
      series={lines}
      href={(index, series) => {
        const bucket = bucketView(view, times[index] ?? 0);
        const line = series === null ? undefined : lines[series];
        const value = line?.values[index];
        return line === undefined || value == null
          ? callsLink(bucket)
          : groupLink(bucket, by, { keys: [line.key], is_other: line.isOther }, named, [atLeast(field, value)]);
      }}
    />
  );
}
