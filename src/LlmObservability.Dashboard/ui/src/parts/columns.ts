import type { Measures } from '../api/types';
import { dollars, dollarText, money, moneyExact, type Nanos } from '../format/money';
import { compact, count, percent } from '../format/number';
import { duration } from '../format/time';

/** A column of a table of groups. */
export interface Column {
  readonly title: string;
  readonly hint?: string;
  readonly text: (measures: Measures, total: Measures) => string;
  readonly exact?: (measures: Measures) => string;
  readonly tone?: (measures: Measures) => string;
}

/** A sum of costs; unknown where none of the calls has one, which is not the same as nothing. */
export function knownCost(measures: Measures): Nanos | null {
  return measures.priced === 0 && measures.calls > 0 ? null : (measures.cost_nanos ?? null);
}

const share = (part: number | undefined, whole: number | undefined) => (part === undefined || !whole ? null : part / whole);

export const columns = {
  calls: { title: 'Calls', text: m => count(m.calls) },
  cost: { title: 'Cost', text: m => money(knownCost(m)), exact: m => moneyExact(knownCost(m)) },
  costShare: {
    title: 'Share',
    text: (m, total) => percent(share(dollars(knownCost(m)) ?? undefined, dollars(total.cost_nanos) ?? undefined)),
  },
  input: {
    title: 'Input',
    text: m => money(m.priced === 0 ? null : m.cost_input_nanos),
    exact: m => moneyExact(m.cost_input_nanos),
  },
  cached: {
    title: 'Cached',
    text: m => money(m.priced === 0 ? null : m.cost_cached_input_nanos),
    exact: m => moneyExact(m.cost_cached_input_nanos),
  },
  output: {
    title: 'Output',
    text: m => money(m.priced === 0 ? null : m.cost_output_nanos),
    exact: m => moneyExact(m.cost_output_nanos),
  },
  perCall: {
    title: 'Per call',
    hint: 'Of the calls whose cost is known',
    text: m => (m.priced === 0 ? '–' : dollarText((dollars(m.cost_nanos) ?? 0) / m.priced)),
  },
  coverage: {
    title: 'Priced',
    hint: 'Calls whose cost is known',
    text: m => percent(m.cost_coverage),
    tone: m => ((m.cost_coverage ?? 1) < 1 ? 'warn' : ''),
  },
  tokens: {
    title: 'Tokens',
    text: m => compact(m.input_tokens + m.output_tokens),
    exact: m => count(m.input_tokens + m.output_tokens),
  },
  p50: { title: 'p50', text: m => duration(m.duration_us?.p50) },
  p95: { title: 'p95', text: m => duration(m.duration_us?.p95) },
  p99: { title: 'p99', text: m => duration(m.duration_us?.p99) },
  ttft50: { title: 'First token p50', text: m => duration(m.time_to_first_token_us?.p50) },
  ttft95: { title: 'First token p95', text: m => duration(m.time_to_first_token_us?.p95) },
  speed: { title: 'Tokens/s p50', text: m => compact(m.output_tokens_per_second?.p50) },
  length50: { title: 'Output p50', hint: 'Output tokens of a call', text: m => compact(m.output_length_tokens?.p50) },
  length95: { title: 'Output p95', hint: 'Output tokens of a call', text: m => compact(m.output_length_tokens?.p95) },
  errors: {
    title: 'Errors',
    text: m => percent(share(m.failed, m.calls)),
    exact: m => count(m.failed),
    tone: m => ((m.failed ?? 0) > 0 ? 'bad' : ''),
  },
  schema: {
    title: 'Schema kept',
    hint: 'Of the answers that were checked',
    text: m => percent(share((m.schema_checked ?? 0) - (m.schema_failures ?? 0), m.schema_checked)),
  },
  cacheHits: { title: 'From cache', text: m => percent(share(m.cached, m.calls)) },
} satisfies Record<string, Column>;
