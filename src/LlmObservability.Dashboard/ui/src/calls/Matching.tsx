import { apiUrl } from '../api/client';
import type { Aggregate } from '../api/types';
import { useApi } from '../api/useApi';
import { hereWith, useApp } from '../app/state';
import { apiParams } from '../filters/view';
import { money, moneyExact } from '../format/money';
import { compact, count } from '../format/number';
import { moment } from '../format/time';
import { knownCost } from '../parts/columns';

/** How many calls match in all, and what they cost: beside the page of them that is shown. */
export function Matching() {
  const app = useApp();
  const { view } = app;
  const params = apiParams(view);
  params.set('measures', 'spend');
  const { data } = useApi<Aggregate>(
    apiUrl('aggregate', params),
    `${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`,
  );
  const at = app.location.params.get('at');
  return (
    <p class="matching" role="status">
      {data === null ? (
        ' '
      ) : (
        <>
          <b data-total={data.total.calls}>
            {data.capped_from === undefined ? '' : 'at least '}
            {count(data.total.calls)}
          </b>{' '}
          {data.total.calls === 1 ? 'call' : 'calls'} ·{' '}
          <span title={moneyExact(knownCost(data.total))}>{money(knownCost(data.total))}</span>
          {data.total.priced < data.total.calls ? ` (${count(data.total.calls - data.total.priced)} without a known cost)` : ''} ·{' '}
          {compact(data.total.input_tokens + data.total.output_tokens)} tokens
        </>
      )}
      {at === null ? null : (
        <>
          {' '}
          · as of {moment(at)} <a href={hereWith(app, () => undefined)}>show now</a>
        </>
      )}
    </p>
  );
}
