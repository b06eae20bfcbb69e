import type { ComponentChildren } from 'preact';
import type { Call } from '../api/types';
import { money, moneyExact } from '../format/money';
import { compact, count } from '../format/number';
import { duration, moment } from '../format/time';
import { fieldLabel, wordLabel } from '../format/words';
import { Value } from '../parts/Value';

export interface CallColumn {
  /** The field's name; also what the table is ordered by. */
  readonly name: string;
  readonly isNumber: boolean;
  readonly cell: (call: Call) => ComponentChildren;
  readonly exact?: (call: Call) => string;
}

const numberOf = (call: Call, name: string) => (call as unknown as Record<string, number | undefined>)[name];
const textOf = (call: Call, name: string) => (call as unknown as Record<string, string | undefined>)[name];

const text = (name: string): CallColumn => ({
  name,
  isNumber: false,
  cell: call => <Value text={textOf(call, name)} most={60} />,
});
const whole = (name: string): CallColumn => ({ name, isNumber: true, cell: call => count(numberOf(call, name)) });
const time = (name: string): CallColumn => ({
  name,
  isNumber: true,
  cell: call => duration(numberOf(call, name)),
  exact: call => `${count(numberOf(call, name))} µs`,
});
const yes = (name: string): CallColumn => ({
  name,
  isNumber: false,
  cell: call => {
    const value = (call as unknown as Record<string, boolean | undefined>)[name];
    return value === undefined ? <Value text={null} /> : value ? 'yes' : 'no';
  },
});

const known: readonly CallColumn[] = [
  { name: 'started_at', isNumber: false, cell: call => moment(call.started_at), exact: call => call.started_at },
  {
    name: 'outcome',
    isNumber: false,
    cell: call => <span class={`outcome ${call.outcome}`}>{call.cached ? 'cached' : wordLabel(call.outcome)}</span>,
  },
  text('model'),
  text('provider'),
  text('route'),
  text('feature'),
  text('tenant'),
  text('user'),
  { name: 'cost_nanos', isNumber: true, cell: call => <CostCell call={call} />, exact: call => moneyExact(call.cost_nanos) },
  whole('input_tokens'),
  whole('output_tokens'),
  whole('cache_read_tokens'),
  whole('reasoning_tokens'),
  time('duration_us'),
  time('time_to_first_token_us'),
  time('queue_wait_us'),
  time('longest_stall_us'),
  { name: 'output_tokens_per_second', isNumber: true, cell: call => compact(numberOf(call, 'output_tokens_per_second')) },
  text('config'),
  text('variant'),
  text('session'),
  text('conversation'),
  text('episode'),
  text('environment'),
  text('service'),
  text('service_version'),
  text('operation'),
  text('finish_reason'),
  text('error_type'),
  whole('http_status'),
  whole('attempt_count'),
  whole('tool_call_count'),
  text('usage_source'),
  text('cost_reason'),
  text('price_entry'),
  yes('streaming'),
  yes('schema_validated'),
  text('response_id'),
  text('trace_id'),
];

/** The names that can be chosen, in the order in which they are offered. */
export const columnNames: readonly string[] = known.map(column => column.name);

export const usualColumns: readonly string[] = [
  'started_at',
  'outcome',
  'model',
  'route',
  'tenant',
  'cost_nanos',
  'input_tokens',
  'output_tokens',
  'duration_us',
  'time_to_first_token_us',
];

/** The column of a name; own tags have one each. */
export function columnOf(name: string): CallColumn | undefined {
  if (name.startsWith('tag.') && name.length > 4) {
    return { name, isNumber: false, cell: call => <Value text={call.tags?.[name.slice(4)]} most={60} /> };
  }
  return known.find(column => column.name === name);
}

export function columnTitle(name: string): string {
  return name === 'started_at' ? 'Started' : fieldLabel(name);
}

function CostCell({ call }: { call: Call }) {
  return call.cost_nanos === undefined ? (
    <span class="unknown-cost">{wordLabel(call.cost_reason ?? 'unknown')}</span>
  ) : (
    money(call.cost_nanos)
  );
}
