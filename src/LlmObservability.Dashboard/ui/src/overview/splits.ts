import type { Measures } from '../api/types';
import { atLeast, type CallsLink, callsLink, noField } from '../filters/links';
import type { View } from '../filters/view';
import { dollars, money, moneyExact, type Nanos } from '../format/money';
import { compact, count } from '../format/number';
import type { Part } from '../parts/Split';

/** The parts of a cost; fees only where there are any. */
export function costParts(measures: Measures): Part[] {
  const part = (label: string, nanos: Nanos | undefined, color: number): Part => ({
    label,
    value: dollars(nanos) ?? 0,
    text: money(nanos),
    exact: moneyExact(nanos),
    color,
    to: noField,
  });
  const parts = [
    part('input', measures.cost_input_nanos, 1),
    part('cached', measures.cost_cached_input_nanos, 2),
    part('output', measures.cost_output_nanos, 3),
  ];
  return (dollars(measures.cost_fees_nanos) ?? 0) === 0 ? parts : [...parts, part('fees', measures.cost_fees_nanos, 4)];
}

/** Tokens by class; each token in one of them. */
export function tokenParts(measures: Measures, view: View): Part[] {
  const part = (label: string, tokens: number | undefined, color: number, to: CallsLink = noField): Part => ({
    label,
    value: tokens ?? 0,
    text: compact(tokens),
    exact: count(tokens),
    color,
    to,
  });
  const written = (measures.cache_write_5m_tokens ?? 0) + (measures.cache_write_1h_tokens ?? 0);
  return [
    part('input', measures.uncached_input_tokens, 1),
    part('cache read', measures.cache_read_tokens, 2, callsLink(view, [atLeast('cache_read_tokens', 1)])),
    part('cache write', written, 4),
    part('output', measures.visible_output_tokens, 3),
    part('reasoning', measures.reasoning_tokens, 5, callsLink(view, [atLeast('reasoning_tokens', 1)])),
  ].filter(({ value, label }) => value > 0 || label === 'input' || label === 'output');
}
