import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { binConditions, type ComparedBin } from '../charts/bins';
import { Histogram } from '../charts/Histogram';
import { callsHref } from '../filters/view';
import { compact } from '../format/number';
import { duration } from '../format/time';
import { Answered, Capped } from '../parts/States';

/** How times and lengths are spread, against the period before. */
export function Spread() {
  const { view } = useApp();
  const answer = useAggregate(view, { histograms: 'true', percentiles: 'true', compare_previous: 'true' });
  const calls = (field: string) => (bin: ComparedBin) => callsHref(view, [], binConditions(field, bin));
  return (
    <Answered answer={answer} height={16}>
      {({ total, previous, capped_from }) => (
        <>
          <Capped from={capped_from} />
          <div class="charts pairs">
            <Histogram
              title="Spread of latency"
              now={total.duration_us}
              before={previous?.duration_us}
              format={us => duration(us)}
              href={calls('duration_us')}
            />
            <Histogram
              title="Spread of first token"
              now={total.time_to_first_token_us}
              before={previous?.time_to_first_token_us}
              format={us => duration(us)}
              href={calls('time_to_first_token_us')}
            />
            <Histogram
              title="Spread of output tokens"
              now={total.output_length_tokens}
              before={previous?.output_length_tokens}
              format={value => compact(value)}
              href={calls('output_tokens')}
            />
            <Histogram
              title="Spread of queue wait"
              now={total.queue_wait_us}
              before={previous?.queue_wait_us}
              format={us => duration(us)}
              href={calls('queue_wait_us')}
            />
          </div>
        </>
      )}
    </Answered>
  );
}
