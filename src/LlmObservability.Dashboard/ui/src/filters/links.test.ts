import { expect, test } from 'vitest';
import { equal, missing } from './conditions';
import { callsLink } from './links';
import { readView } from './view';

const view = readView(new URLSearchParams('from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z'), 0);

test('a way says how many calls it leads to, but not by a cost: sums count repricings and filters do not', () => {
  expect(callsLink(view, [equal('outcome', 'failed')], 3).calls).toBe(3);
  const byCost = callsLink(view, [missing('cost_nanos')], 3);
  expect(byCost.calls).toBeUndefined();
  expect(byCost.title).toBe('By the cost as recorded');
});
