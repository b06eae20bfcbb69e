import type { Measures } from '../api/types';
import { atLeast, type CallsLink, callsLink, noField } from '../filters/links';
import type { View } from '../filters/view';
import { dollars, dollarText, money, moneyExact, type Nanos } from '../format/money';
import { compact, count } from '../format/number';
import type { Part } from '../parts/Split';
import { against } from './against';

/** The parts of a cost; fees only where there are any. */
export function costParts(measures: Measures, previous: Measures | undefined): Part[] {
  const part = (label: string, nanos: Nanos | undefined, before: Nanos | undefined, color: number): Part => ({
    label,
    value: dollars(nanos) ?? 0,
    text: money(nanos),
    exact: said(moneyExact(nanos), against(dollars(nanos), previous?.priced ? dollars(before) : null, dollarText)),
    color,
    to: noField,
  });
  const parts = [
    part('input', measures.cost_input_nanos, previous?.cost_input_nanos, 1),
    part('cached', measures.cost_cached_input_nanos, previous?.cost_cached_input_nanos, 2),
    part('output', measures.cost_output_nanos, previous?.cost_output_nanos, 3),
  ];
  return (dollars(measures.cost_fees_nanos) ?? 0) === 0
    ? parts
    : [...parts, part('fees', measures.cost_fees_nanos, previous?.cost_fees_nanos, 4)];
}

/** Tokens by class; each token in one of them. */
export function tokenParts(measures: Measures, view: View, previous: Measures | undefined): Part[] {
  const part = (label: string, of: (measures: Measures) => number | undefined, color: number, to: CallsLink = noField): Part => {
    const tokens = of(measures);
    return {
      label,
      value: tokens ?? 0,
      text: compact(tokens),
      exact: said(
        count(tokens),
        against(tokens, previous === undefined ? null : of(previous), value => count(value)),
      ),
      color,
      to,
    };
  };
  return [
    part('input', m => m.uncached_input_tokens, 1),
    part('cache read', m => m.cache_read_tokens, 2, callsLink(view, [atLeast('cache_read_tokens', 1)])),
    part('cache write', m => (m.cache_write_5m_tokens ?? 0) + (m.cache_write_1h_tokens ?? 0), 4),
    part('output', m => m.visible_output_tokens, 3),
    part('reasoning', m => m.reasoning_tokens, 5, callsLink(view, [atLeast('reasoning_tokens', 1)])),
  ].filter(({ value, label }) => value > 0 || label === 'input' || label === 'output');
}

function said(exact: string, before: string | undefined): string {
  return before === undefined ? exact : `${exact}. ${before}`;
}
