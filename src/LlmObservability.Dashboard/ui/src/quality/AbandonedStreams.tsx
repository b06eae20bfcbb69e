import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { equal } from '../filters/conditions';
import { groupLink } from '../filters/links';
import { fieldLabel } from '../format/words';
import { Counts } from '../parts/Counts';
import { Answered, Capped } from '../parts/States';

const most = 8;
// As many groups as the API tells apart.
const asked = 200;

/** Where streams were given up: the routes with the most of them, from the counts of the busiest routes. */
export function AbandonedStreams() {
  const { view } = useApp();
  const answer = useAggregate(view, { group_by: 'route', top: String(asked) });
  const abandoned = [equal('outcome', 'abandoned')];
  return (
    <section class="card" data-breakdown="route">
      <h3>Abandoned streams</h3>
      <Answered answer={answer} height={12}>
        {({ rows, total, capped_from }) => {
          const routes = rows
            .filter(row => !row.is_other && (row.measures.abandoned ?? 0) > 0)
            .sort((a, b) => (b.measures.abandoned ?? 0) - (a.measures.abandoned ?? 0));
          return (
            <>
              <Capped from={capped_from} />
              <Counts
                heading={fieldLabel('route')}
                of={total.abandoned ?? 0}
                rows={routes.slice(0, most).map(row => ({
                  value: row.keys[0] ?? null,
                  calls: row.measures.abandoned ?? 0,
                  to: groupLink(view, 'route', row, [], abandoned, row.measures.abandoned),
                }))}
              />
              {rows.some(row => row.is_other) ? (
                <p class="note">Of the {asked} busiest routes: one with few calls may have more.</p>
              ) : null}
              {routes.length > most ? <p class="note">And {routes.length - most} routes with fewer</p> : null}
            </>
          );
        }}
      </Answered>
    </section>
  );
}
