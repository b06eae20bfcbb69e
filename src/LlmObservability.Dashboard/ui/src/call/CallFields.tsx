import type { ComponentChildren } from 'preact';
import { apiUrl } from '../api/client';
import type { Call, Settings } from '../api/types';
import { useApi } from '../api/useApi';
import { typeOf } from '../filters/fields';
import { moneyExact, type Nanos } from '../format/money';
import { count } from '../format/number';
import { duration } from '../format/time';
import { fieldLabel } from '../format/words';
import { Value } from '../parts/Value';
import { toHash } from '../url/location';
import { CopyButton } from './CopyButton';
import { traceLink } from './traceLink';

const tagNames = [
  'user',
  'tenant',
  'session',
  'conversation',
  'episode',
  'route',
  'feature',
  'config',
  'variant',
  'environment',
  'service',
  'service_version',
];
const apart = new Set(['id', 'tags', ...tagNames]);
const longest = 1_000;

/** Every field that has a value. What can be filtered by leads to the calls that share it. */
export function CallFields({ call }: { call: Call }) {
  const all = Object.entries(call).filter(([name]) => !name.endsWith('_usd'));
  const tags = tagNames.flatMap(name => all.filter(([known]) => known === name)) as [string, string][];
  const own = Object.entries(call.tags ?? {});
  return (
    <>
      <section class="card">
        <h2>Tags</h2>
        {tags.length + own.length === 0 ? <p class="none">This call has no tags.</p> : null}
        <dl class="fields">
          {tags.map(([name, value]) => (
            <Field key={name} name={name} title={fieldLabel(name)} value={value} call={call} />
          ))}
          {own.slice(0, 100).map(([key, value]) => (
            <Field key={`tag.${key}`} name={`tag.${key}`} title={key} value={value} call={call} />
          ))}
        </dl>
      </section>
      <section class="card">
        <h2>Fields</h2>
        <dl class="fields">
          {all
            .filter(([name]) => !apart.has(name))
            .map(([name, value]) => (
              <Field key={name} name={name} title={fieldLabel(name)} value={value} call={call} />
            ))}
        </dl>
      </section>
    </>
  );
}

function Field({ name, title, value, call }: { name: string; title: string; value: unknown; call: Call }) {
  return (
    <div>
      <dt>
        <Value text={title} most={60} />
      </dt>
      <dd>
        <FieldValue name={name} value={value} call={call} />
      </dd>
    </div>
  );
}

function FieldValue({ name, value, call }: { name: string; value: unknown; call: Call }): ComponentChildren {
  if (name.endsWith('_nanos')) {
    return <code>{moneyExact(value as Nanos)}</code>;
  }
  if (typeof value === 'number') {
    return name.endsWith('_us') ? <span title={`${count(value)} µs`}>{duration(value)}</span> : count(value);
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, amount]) => `${fieldLabel(key)} ${count(Number(amount))}`)
      .join(', ');
  }
  const text = String(value);
  if (name === 'trace_id') {
    return <TraceId id={text} call={call} />;
  }
  const shown = <Value text={text} most={longest} />;
  const isLink = typeOf(name) === 'text' && text !== '' && text.length <= longest;
  return (
    <>
      {isLink ? <a href={callsLike(name, text, call)}>{shown}</a> : shown}
      {text.length > longest ? <span class="muted"> ({count(text.length)} characters)</span> : null}
      {text.length > 16 ? <CopyButton text={text} /> : null}
    </>
  );
}

/** A trace id: a way to its calls, and out to where traces are shown if that is told. */
function TraceId({ id, call }: { id: string; call: Call }) {
  const { data } = useApi<Settings>(apiUrl('settings'));
  const out = traceLink(data?.trace_url, id);
  return (
    <>
      <a href={callsLike('trace_id', id, call)}>
        <Value text={id} most={longest} />
      </a>{' '}
      {out === null ? null : (
        <a class="out" href={out} target="_blank" rel="noopener noreferrer">
          Open trace<span aria-hidden="true"> ↗</span>
        </a>
      )}
      <CopyButton text={id} />
    </>
  );
}

/** The calls that share a value, a day before and after this one. */
function callsLike(name: string, value: string, call: Call): string {
  const day = 86_400_000;
  const time = Date.parse(call.started_at);
  const params = new URLSearchParams({ from: new Date(time - day).toISOString(), to: new Date(time + day).toISOString() });
  params.set(name, value);
  return toHash('calls', params);
}
