import { apiUrl } from '../api/client';
import type { CallPage } from '../api/types';
import { useApi } from '../api/useApi';
import { hereWith, useApp } from '../app/state';
import { iso, presets } from '../filters/range';
import { moment } from '../format/time';
import { toHash } from '../url/location';
import { Empty } from './States';

const usage = `builder.Services.AddLlmObservability().AddFileStore("llm-calls");

IChatClient client = inner.WithLlmObservability(observer);
await client.GetResponseAsync("Hello");`;

/** What stands where no call is: how to send the first one, or which time holds some. */
export function NoCalls() {
  const app = useApp();
  const { view, now } = app;
  // The newest call of all. What stands behind the # is not sent: it makes the question a new one.
  const { data } = useApi<CallPage>(apiUrl(`calls?limit=1#${now}`), 'newest');
  const newest = data?.calls[0];
  if (data === null) {
    return <Empty title="No calls in this time" />;
  }
  if (newest === undefined) {
    return (
      <div class="empty first" data-empty="all">
        <strong>No calls yet</strong>
        <p>Wrap a chat client and ask it something. Its call is here moments after it ends.</p>
        <pre>
          <code>{usage}</code>
        </pre>
      </div>
    );
  }
  const time = Date.parse(newest.started_at);
  const wider = presets.find(
    ([, , span]) => now - span <= time && (view.range.preset === null || span > spanOf(view.range.preset)),
  );
  return (
    <div class="empty" data-empty="range">
      <strong>No calls in this time{view.conditions.length === 0 ? '' : ' that match'}</strong>
      <p>The newest of all began {moment(newest.started_at)}.</p>
      <p class="ways">
        {view.conditions.length === 0 ? null : (
          <a class="button" href={toHash(app.location.page, timeOf(app.location.params))}>
            Without the filters
          </a>
        )}
        {wider === undefined ? null : (
          <a class="button" href={hereWith(app, params => setPreset(params, wider[0]))}>
            Last {wider[1]}
          </a>
        )}
        <a class="button" href={hereWith(app, params => around(params, time))}>
          The day up to it
        </a>
      </p>
    </div>
  );
}

function spanOf(preset: string): number {
  return presets.find(([name]) => name === preset)?.[2] ?? 0;
}

function timeOf(params: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...params].filter(([name]) => name === 'range' || name === 'from' || name === 'to'));
}

function setPreset(params: URLSearchParams, name: string): void {
  params.delete('from');
  params.delete('to');
  params.set('range', name);
}

function around(params: URLSearchParams, time: number): void {
  params.delete('range');
  params.set('from', iso(time - 86_400_000));
  params.set('to', iso(time + 1_000));
}
