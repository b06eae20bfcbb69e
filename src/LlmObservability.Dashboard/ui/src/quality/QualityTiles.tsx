import type { Aggregate } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { equal, missing, present, within } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { count, percent, unknown } from '../format/number';
import { minute } from '../format/time';
import { fieldLabel } from '../format/words';
import { NoCalls } from '../parts/NoCalls';
import { Answered, Capped, Failure } from '../parts/States';
import { Tile } from '../parts/Tile';
import { ToCalls } from '../parts/ToCalls';
import { taggedOf } from './tagged';

const tags = ['route', 'feature', 'tenant', 'user'] as const;

/** What share of calls is priced, measured and tagged. */
export function QualityTiles() {
  const { view } = useApp();
  const answer = useAggregate(view);
  return (
    <Answered answer={answer} height={12}>
      {all => {
        const { total } = all;
        return (
          <>
            <Capped from={all.capped_from} />
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
                <Untagged key={tag} tag={tag} all={all} />
              ))}
            </div>
          </>
        );
      }}
    </Answered>
  );
}

function Untagged({ tag, all }: { tag: string; all: Aggregate }) {
  const { view } = useApp();
  const some = { ...view, conditions: within(view.conditions, [present(tag)]) };
  const { data, error, retry } = useAggregate(some, { measures: 'spend' });
  const { calls } = all.total;
  const tagged = data === null || error !== null ? null : taggedOf(all, data);
  const since = all.capped_from ?? data?.capped_from;
  return (
    <Tile
      title={`With ${fieldLabel(tag).toLowerCase()}`}
      value={tagged === null || calls === 0 ? unknown : percent(tagged / calls)}
      to={callsLink(view, [present(tag)], tagged ?? undefined)}
      note={
        tagged !== null ? (
          <ToCalls to={callsLink(view, [missing(tag)], calls - tagged)}>{count(calls - tagged)} calls without</ToCalls>
        ) : error === null && since !== undefined ? (
          `Answered for the newest part of the time only: since ${minute(since)}`
        ) : undefined
      }
    >
      {error === null ? null : <Failure error={error} retry={retry} />}
    </Tile>
  );
}
