import { apiUrl } from '../api/client';
import type { Aggregate } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { equal, missing, present, within } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { apiParams } from '../filters/view';
import { count, percent, unknown } from '../format/number';
import { fieldLabel } from '../format/words';
import { NoCalls } from '../parts/NoCalls';
import { Answered, Capped } from '../parts/States';
import { Tile } from '../parts/Tile';
import { ToCalls } from '../parts/ToCalls';

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
      {({ total, capped_from }) => (
        <>
          <Capped from={capped_from} />
          {total.calls === 0 ? <NoCalls /> : null}
          <div class="tiles few">
            <Tile
              title="Cost coverage"
              value={percent(total.cost_coverage)}
              to={callsLink(view, [present('cost_nanos')], total.priced)}
              note={
                <ToCalls to={callsLink(view, [missing('cost_nanos')], total.calls - total.priced)}>
                  {count(total.calls - total.priced)} calls without a known cost
                </ToCalls>
              }
            />
            <Tile
              title="Usage reported"
              value={percent(total.calls === 0 ? null : (total.usage_reported ?? 0) / total.calls)}
              to={callsLink(view, [equal('usage_source', 'reported')], total.usage_reported)}
              note={
                <>
                  <ToCalls to={callsLink(view, [equal('usage_source', 'estimated')], total.usage_estimated)}>
                    {count(total.usage_estimated)} estimated
                  </ToCalls>
                  ,{' '}
                  <ToCalls to={callsLink(view, [equal('usage_source', 'missing')], total.usage_missing)}>
                    {count(total.usage_missing)} missing
                  </ToCalls>
                </>
              }
            />
            <Tile
              title="Abandoned"
              value={percent(total.calls === 0 ? null : (total.abandoned ?? 0) / total.calls)}
              to={callsLink(view, [equal('outcome', 'abandoned')], total.abandoned)}
              note={`${count(total.abandoned)} streams that nobody read to the end`}
            />
            {tags.map(tag => (
              <Untagged key={tag} tag={tag} calls={total.calls} />
            ))}
          </div>
        </>
      )}
    </Answered>
  );
}

function Untagged({ tag, calls }: { tag: string; calls: number }) {
  const { view } = useApp();
  const params = apiParams({ ...view, conditions: within(view.conditions, [present(tag)]) });
  params.set('measures', 'spend');
  const { data } = useApi<Aggregate>(apiUrl('aggregate', params), `${view.range.preset} ${JSON.stringify(view.conditions)}`);
  const untagged = data === null ? undefined : Math.max(0, calls - data.total.calls);
  return (
    <Tile
      title={`With ${fieldLabel(tag).toLowerCase()}`}
      value={untagged === undefined || calls === 0 ? unknown : percent(1 - untagged / calls)}
      to={callsLink(view, [present(tag)], untagged === undefined ? undefined : calls - untagged)}
      note={
        untagged === undefined ? undefined : (
          <ToCalls to={callsLink(view, [missing(tag)], untagged)}>{count(untagged)} calls without</ToCalls>
        )
      }
    />
  );
}
