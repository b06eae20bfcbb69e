import { apiUrl } from '../api/client';
import type { Values } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { type Condition, equal, within } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { apiParams } from '../filters/view';
import { fieldLabel } from '../format/words';
import { Counts } from './Counts';
import { Answered, Capped } from './States';

/** The most frequent values of a field among some of the view's calls: only counted, which is asked quickly. */
export function ValueCounts({ field, title, only }: { field: string; title: string; only: readonly Condition[] }) {
  const app = useApp();
  const view = { ...app.view, conditions: within(app.view.conditions, only) };
  const params = apiParams(view);
  params.set('field', field);
  params.set('limit', '8');
  const answer = useApi<Values>(
    apiUrl('values', params),
    `${field} ${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`,
  );
  return (
    <section class="card" data-breakdown={field}>
      <h3>{title}</h3>
      <Answered answer={answer} height={12}>
        {data => (
          <>
            <Capped from={data.capped_from} />
            <Counts
              heading={fieldLabel(field)}
              of={data.values.reduce((sum, { calls }) => sum + calls, 0)}
              rows={data.values.map(({ value, calls }) => ({
                value,
                calls,
                to: callsLink(view, [equal(field, value)], calls),
              }))}
            />
            {data.has_more ? <p class="note">And others, less frequent</p> : null}
          </>
        )}
      </Answered>
    </section>
  );
}
