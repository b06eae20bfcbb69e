import type { Distribution, Measures } from '../api/types';
import { type Condition, equal, present } from '../filters/conditions';
import { atLeast } from '../filters/links';
import { dollars, dollarText, money, moneyExact, type Nanos } from '../format/money';
import { compact, count, percent } from '../format/number';
import { duration } from '../format/time';

/** Which of a group's calls a figure is about, and how many they are where the figures tell it. */
export interface Behind {
  readonly more: readonly Condition[];
  readonly calls?: number | undefined;
}

/** A column of a table of groups. */
export interface Column {
  readonly title: string;
  readonly hint?: string;
  readonly text: (measures: Measures, total: Measures) => string;
  readonly exact?: (measures: Measures) => string;
  readonly tone?: (measures: Measures) => string;
  /** The calls behind the figure; by default all of the group. */
  readonly behind?: (measures: Measures) => Behind;
}

/** A sum of costs; unknown where none of the calls has one, which is not the same as nothing. */
export function knownCost(measures: Measures): Nanos | null {
  return measures.priced === 0 && measures.calls > 0 ? null : (measures.cost_nanos ?? null);
}

const share = (part: number | undefined, whole: number | undefined) => (part === undefined || !whole ? null : part / whole);

const priced = (m: Measures): Behind => ({ more: [present('cost_nanos')], calls: m.priced });

/** A percentile leads to the calls that have at least so much. */
function percentile(
  title: string,
  field: string,
  of: (measures: Measures) => Distribution | undefined,
  name: 'p50' | 'p95' | 'p99',
  format: (value: number | undefined) => string,
  hint?: string,
): Column {
  return {
    title,
    ...(hint === undefined ? {} : { hint }),
    text: m => format(of(m)?.[name]),
    behind: m => {
      const value = of(m)?.[name];
      return { more: [value === undefined ? present(field) : atLeast(field, value)] };
    },
  };
}

const latency = (m: Measures) => m.duration_us;
const firstToken = (m: Measures) => m.time_to_first_token_us;
const length = (m: Measures) => m.output_length_tokens;

export const columns = {
  calls: { title: 'Calls', text: m => count(m.calls) },
  cost: { title: 'Cost', text: m => money(knownCost(m)), exact: m => moneyExact(knownCost(m)), behind: priced },
  costShare: {
    title: 'Share',
    text: (m, total) => percent(share(dollars(knownCost(m)) ?? undefined, dollars(total.cost_nanos) ?? undefined)),
    behind: priced,
  },
  input: {
    title: 'Input',
    text: m => money(m.priced === 0 ? null : m.cost_input_nanos),
    exact: m => moneyExact(m.priced === 0 ? null : m.cost_input_nanos),
    behind: priced,
  },
  cached: {
    title: 'Cached',
    text: m => money(m.priced === 0 ? null : m.cost_cached_input_nanos),
    exact: m => moneyExact(m.priced === 0 ? null : m.cost_cached_input_nanos),
    behind: priced,
  },
  output: {
    title: 'Output',
    text: m => money(m.priced === 0 ? null : m.cost_output_nanos),
    exact: m => moneyExact(m.priced === 0 ? null : m.cost_output_nanos),
    behind: priced,
  },
  perCall: {
    title: 'Per call',
    hint: 'Of the calls whose cost is known',
    text: m => (m.priced === 0 ? '–' : dollarText((dollars(m.cost_nanos) ?? 0) / m.priced)),
    behind: priced,
  },
  coverage: {
    title: 'Priced',
    hint: 'Calls whose cost is known',
    text: m => percent(m.cost_coverage),
    tone: m => ((m.cost_coverage ?? 1) < 1 ? 'warn' : ''),
    behind: priced,
  },
  tokens: {
    title: 'Tokens',
    text: m => compact(m.input_tokens + m.output_tokens),
    exact: m => count(m.input_tokens + m.output_tokens),
  },
  meanTime: { title: 'Mean time', text: m => duration(m.duration_us?.mean) },
  p50: percentile('p50', 'duration_us', latency, 'p50', duration),
  p95: percentile('p95', 'duration_us', latency, 'p95', duration),
  p99: percentile('p99', 'duration_us', latency, 'p99', duration),
  ttft50: percentile('First token p50', 'time_to_first_token_us', firstToken, 'p50', duration),
  ttft95: percentile('First token p95', 'time_to_first_token_us', firstToken, 'p95', duration),
  speed: percentile('Tokens/s p50', 'output_tokens_per_second', m => m.output_tokens_per_second, 'p50', compact),
  length50: percentile('Output p50', 'output_tokens', length, 'p50', compact, 'Output tokens of a call'),
  length95: percentile('Output p95', 'output_tokens', length, 'p95', compact, 'Output tokens of a call'),
  errors: {
    title: 'Errors',
    text: m => percent(share(m.failed, m.calls)),
    exact: m => count(m.failed),
    tone: m => ((m.failed ?? 0) > 0 ? 'bad' : ''),
    behind: m => ({ more: [equal('outcome', 'failed')], calls: m.failed }),
  },
  schema: {
    title: 'Schema kept',
    hint: 'Of the answers that were checked',
    text: m => percent(share((m.schema_checked ?? 0) - (m.schema_failures ?? 0), m.schema_checked)),
    behind: m => ({
      more: [equal('schema_validated', 'true')],
      calls: m.schema_checked === undefined ? undefined : m.schema_checked - (m.schema_failures ?? 0),
    }),
  },
  cacheHits: {
    title: 'From cache',
    text: m => percent(share(m.cached, m.calls)),
    behind: m => ({ more: [equal('cached', 'true')], calls: m.cached }),
  },
} satisfies Record<string, Column>;
