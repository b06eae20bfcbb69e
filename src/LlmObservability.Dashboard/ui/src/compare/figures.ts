import type { Distribution, Measures } from '../api/types';
import { equal, present } from '../filters/conditions';
import { atLeast } from '../filters/links';
import { dollars, dollarText } from '../format/money';
import { compact, count, percent } from '../format/number';
import { duration } from '../format/time';
import { type Behind, knownCost } from '../parts/columns';

/** A figure that two sides are compared by. */
export interface Figure {
  readonly title: string;
  readonly value: (measures: Measures) => number | null | undefined;
  readonly format: (value: number) => string;
  /** How a difference of two is written, where it is not as the figure is. */
  readonly formatDifference?: (value: number) => string;
  /** Whether more is better, worse, or neither. */
  readonly more?: 'good' | 'bad';
  /** The calls behind it; by default all. */
  readonly behind?: (measures: Measures) => Behind;
}

const priced = (m: Measures): Behind => ({ more: [present('cost_nanos')], calls: m.priced });
const points = (value: number) => `${compact(value * 100)} points`;
const ratio = (part: number | undefined, whole: number | undefined) => (part === undefined || !whole ? null : part / whole);

function percentile(
  title: string,
  field: string,
  of: (measures: Measures) => Distribution | undefined,
  name: 'p50' | 'p95' | 'p99',
  format: (value: number) => string,
  more?: 'good' | 'bad',
): Figure {
  return {
    title,
    value: m => of(m)?.[name],
    format,
    ...(more === undefined ? {} : { more }),
    behind: m => {
      const value = of(m)?.[name];
      return { more: [value === undefined ? present(field) : atLeast(field, value)] };
    },
  };
}

export const cost: Figure = {
  title: 'Cost',
  value: m => dollars(knownCost(m)),
  format: value => dollarText(value),
  more: 'bad',
  behind: priced,
};

export const calls: Figure = { title: 'Calls', value: m => m.calls, format: value => count(value) };

const perCall: Figure = {
  title: 'Cost per call',
  value: m => (m.priced === 0 ? null : (dollars(m.cost_nanos) ?? 0) / m.priced),
  format: value => dollarText(value),
  more: 'bad',
  behind: priced,
};

export const spendFigures: readonly Figure[] = [
  cost,
  calls,
  perCall,
  {
    title: 'Cost coverage',
    value: m => m.cost_coverage,
    format: value => percent(value),
    formatDifference: points,
    more: 'good',
    behind: priced,
  },
  { title: 'Input tokens', value: m => m.input_tokens, format: value => compact(value) },
  { title: 'Output tokens', value: m => m.output_tokens, format: value => compact(value) },
];

const time = (value: number) => duration(value);
const number = (value: number) => compact(value);

export const p95: Figure = percentile('Latency p95', 'duration_us', m => m.duration_us, 'p95', time, 'bad');

export const speedFigures: readonly Figure[] = [
  calls,
  percentile('Latency p50', 'duration_us', m => m.duration_us, 'p50', time, 'bad'),
  p95,
  percentile('Latency p99', 'duration_us', m => m.duration_us, 'p99', time, 'bad'),
  percentile('First token p50', 'time_to_first_token_us', m => m.time_to_first_token_us, 'p50', time, 'bad'),
  percentile('First token p95', 'time_to_first_token_us', m => m.time_to_first_token_us, 'p95', time, 'bad'),
  percentile('Tokens a second p50', 'output_tokens_per_second', m => m.output_tokens_per_second, 'p50', number, 'good'),
  percentile('Output tokens p50', 'output_tokens', m => m.output_length_tokens, 'p50', number),
  percentile('Output tokens p95', 'output_tokens', m => m.output_length_tokens, 'p95', number),
  {
    title: 'Error rate',
    value: m => ratio(m.failed, m.calls),
    format: value => percent(value),
    formatDifference: points,
    more: 'bad',
    behind: m => ({ more: [equal('outcome', 'failed')], calls: m.failed }),
  },
  {
    title: 'Schema kept',
    value: m => ratio((m.schema_checked ?? 0) - (m.schema_failures ?? 0), m.schema_checked),
    format: value => percent(value),
    formatDifference: points,
    more: 'good',
    behind: m => ({ more: [equal('schema_validated', 'true')], calls: (m.schema_checked ?? 0) - (m.schema_failures ?? 0) }),
  },
  {
    title: 'From cache',
    value: m => ratio(m.cached, m.calls),
    format: value => percent(value),
    formatDifference: points,
    behind: m => ({ more: [equal('cached', 'true')], calls: m.cached }),
  },
  perCall,
];
