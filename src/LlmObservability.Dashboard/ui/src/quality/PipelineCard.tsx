import { apiUrl } from '../api/client';
import type { Pipeline, Sink } from '../api/types';
import { useApi } from '../api/useApi';
import { useRestricted } from '../api/useRestricted';
import { useApp } from '../app/state';
import { bytes, count, percent } from '../format/number';
import { duration, moment } from '../format/time';
import { fieldLabel, wordLabel } from '../format/words';
import { Fact } from '../parts/Fact';
import { Answered } from '../parts/States';
import { Value } from '../parts/Value';

/** How recording stands in the process that answers. */
export function PipelineCard() {
  const { now } = useApp();
  // What stands behind the # is not sent: it makes the question a new one.
  const isRestricted = useRestricted();
  const answer = useApi<Pipeline>(isRestricted === false ? apiUrl(`pipeline#${now}`) : null);
  return (
    <section class="card pipeline" data-card="pipeline">
      <h2>Pipeline of this process</h2>
      {isRestricted ? (
        <p class="under">It is of the calls of all tenants, and not shown to one of them.</p>
      ) : (
        <Answered answer={answer} height={12}>
          {pipeline => (
            <>
              <dl class="fields">
                <Fact name="Health" value={pipeline.health} tone={pipeline.health === 'healthy' ? 'good' : 'bad'} />
                <Fact name="Recording" value={pipeline.enabled ? 'on' : 'switched off'} tone={pipeline.enabled ? '' : 'warn'} />
                <Fact name="Calls" value={count(pipeline.calls)} />
                <Fact name="In progress" value={count(pipeline.in_progress)} />
                <Fact name="Open streams" value={count(pipeline.open_streams)} />
                <Fact name="Records dropped" value={count(pipeline.dropped)} tone={pipeline.dropped > 0 ? 'bad' : ''} />
                <Fact name="Calls lost" value={count(pipeline.calls_lost)} tone={pipeline.calls_lost > 0 ? 'bad' : ''} />
                <Fact
                  name="Recorder errors"
                  value={count(pipeline.recorder_errors)}
                  tone={pipeline.recorder_errors > 0 ? 'bad' : ''}
                />
                <Fact
                  name="Streams never disposed"
                  value={count(pipeline.streams_never_disposed)}
                  tone={pipeline.streams_never_disposed > 0 ? 'warn' : ''}
                />
                <Fact
                  name="Commit timeouts"
                  value={count(pipeline.commit_timeouts)}
                  tone={pipeline.commit_timeouts > 0 ? 'warn' : ''}
                />
                {Object.entries(pipeline.tags).map(([name, cut]) => (
                  <Fact
                    key={name}
                    name={`Tags: ${fieldLabel(name).toLowerCase()}`}
                    value={count(cut)}
                    tone={cut > 0 ? 'warn' : ''}
                  />
                ))}
              </dl>
              {pipeline.sinks.map(sink => (
                <SinkFacts key={sink.name} sink={sink} />
              ))}
            </>
          )}
        </Answered>
      )}
    </section>
  );
}

function SinkFacts({ sink }: { sink: Sink }) {
  const drops = Object.entries(sink.dropped).filter(([, dropped]) => dropped > 0);
  return (
    <>
      <h3>
        Sink <Value text={sink.name} />
      </h3>
      <dl class="fields">
        <Fact name="State" value={wordLabel(sink.state)} tone={sink.state === 'working' ? 'good' : 'bad'} />
        {sink.failing_since === undefined ? null : <Fact name="Failing since" value={moment(sink.failing_since)} tone="bad" />}
        <Fact name="Accepted" value={count(sink.accepted)} />
        <Fact name="Written" value={count(sink.written)} />
        <Fact name="Batches" value={count(sink.batches)} />
        <Fact name="Retries" value={count(sink.retries)} tone={sink.retries > 0 ? 'warn' : ''} />
        <Fact
          name="Queue"
          value={`${count(sink.queued_items)} records, ${bytes(sink.queued_bytes)}, ${percent(sink.queue_fullness)} full`}
          tone={sink.queue_fullness > 0.8 ? 'bad' : ''}
        />
        <Fact name="Oldest waiting" value={duration(sink.oldest_age_us)} />
        <Fact name="Last flush" value={duration(sink.last_flush_us)} exact="From a batch’s first attempt to its commit" />
        <Fact name="Mean flush" value={duration(sink.mean_flush_us)} />
        <Fact
          name="Dropped"
          value={drops.length === 0 ? '0' : drops.map(([reason, dropped]) => `${count(dropped)} ${wordLabel(reason)}`).join(', ')}
          tone={drops.length > 0 ? 'bad' : ''}
        />
        {sink.last_drop_at === undefined ? null : <Fact name="Last drop" value={moment(sink.last_drop_at)} tone="bad" />}
        {sink.spool === undefined ? (
          <Fact name="Spool" value="none: an outage that outlasts the queue loses records" />
        ) : (
          <>
            <Fact
              name="Spool"
              value={`${count(sink.spool.records)} records, ${bytes(sink.spool.bytes)}, ${percent(sink.spool.fullness)} full`}
              tone={sink.spool.fullness > 0.8 ? 'bad' : ''}
            />
            <Fact name="Spool lag" value={duration(sink.spool.lag_us)} />
            <Fact name="Put aside" value={count(sink.spool.put_aside)} tone={sink.spool.put_aside > 0 ? 'warn' : ''} />
          </>
        )}
      </dl>
    </>
  );
}
