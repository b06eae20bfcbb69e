import type { Measures } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { equal } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { fieldLabel } from '../format/words';
import { Counts } from './Counts';
import { Answered, Capped } from './States';

/** How all calls divide by a field whose values the measures count: asked once for all such parts of a screen. */
export function TotalCounts({
  field,
  title,
  parts,
}: {
  field: string;
  title: string;
  parts: (total: Measures) => readonly (readonly [value: string | null, calls: number | undefined])[];
}) {
  const { view } = useApp();
  const answer = useAggregate(view);
  return (
    <section class="card" data-breakdown={field}>
      <h3>{title}</h3>
      <Answered answer={answer} height={12}>
        {({ total, capped_from }) => (
          <>
            <Capped from={capped_from} />
            <Counts
              heading={fieldLabel(field)}
              of={total.calls}
              rows={parts(total)
                .map(([value, calls = 0]) => ({ value, calls, to: callsLink(view, [equal(field, value)], calls) }))
                .filter(({ calls }) => calls > 0)
                .sort((a, b) => b.calls - a.calls)}
            />
          </>
        )}
      </Answered>
    </section>
  );
}
