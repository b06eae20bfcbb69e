import { apiUrl } from '../api/client';
import type { Aggregate } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import type { Condition } from '../filters/conditions';
import { apiParams, callsHref } from '../filters/view';
import { count, percent } from '../format/number';
import { fieldLabel } from '../format/words';
import { Answered } from '../parts/States';
import { Tile } from '../parts/Tile';

const tags = ['route', 'feature', 'tenant', 'user'] as const;

/** What share of calls is priced, measured and tagged. */
export function QualityTiles() {
  const { view } = useApp();
  const answer = useApi<Aggregate>(
    apiUrl('aggregate', apiParams(view)),
    `${view.range.preset ?? apiParams(view)} ${JSON.stringify(view.conditions)}`,
  );
  return (
    <Answered answer={answer} height={12}>
      {({ total }) => (
        <div class="tiles">
          <Tile
            title="Cost coverage"
            value={percent(total.cost_coverage)}
            note={`${count(total.calls - total.priced)} calls without a known cost`}
            href={callsHref(view, [], [{ field: 'cost_nanos', operator: 'missing', values: [] }])}
          />
          <Tile
            title="Usage reported"
            value={percent(total.calls === 0 ? null : (total.usage_reported ?? 0) / total.calls)}
            note={`${count(total.usage_estimated)} estimated, ${count(total.usage_missing)} missing`}
            href={callsHref(view, [], [{ field: 'usage_source', operator: 'not_in', values: ['reported'] }])}
          />
          <Tile
            title="Abandoned"
            value={percent(total.calls === 0 ? null : (total.abandoned ?? 0) / total.calls)}
            note={`${count(total.abandoned)} streams that nobody read to the end`}
            href={callsHref(view, [['outcome', 'abandoned']])}
          />
          {tags.map(tag => (
            <Untagged key={tag} tag={tag} calls={total.calls} />
          ))}
        </div>
      )}
    </Answered>
  );
}

function Untagged({ tag, calls }: { tag: string; calls: number }) {
  const { view } = useApp();
  const missing: Condition = { field: tag, operator: 'missing', values: [] };
  const params = apiParams(view);
  params.append('missing', tag);
  params.set('measures', 'spend');
  const { data } = useApi<Aggregate>(apiUrl('aggregate', params));
  const untagged = data?.total.calls;
  return (
    <Tile
      title={`With ${fieldLabel(tag).toLowerCase()}`}
      value={untagged === undefined || calls === 0 ? '–' : percent(1 - Math.min(untagged, calls) / calls)}
      note={untagged === undefined ? undefined : `${count(untagged)} calls without`}
      href={callsHref(view, [], [missing])}
    />
  );
}
