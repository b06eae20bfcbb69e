import { apiUrl } from '../api/client';
import type { Aggregate, Measures } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { equal } from '../filters/conditions';
import { callsLink } from '../filters/links';
import { apiParams } from '../filters/view';
import { fieldLabel } from '../format/words';
import { Answered, Capped, Empty } from '../parts/States';
import { ToCalls } from '../parts/ToCalls';
import { Value } from '../parts/Value';
import { readComparison, type Side, sidesOf } from './comparison';
import { difference } from './difference';
import type { Figure } from './figures';
import { pairedRows } from './pairs';

export interface SideBySideProps {
  readonly figures: readonly Figure[];
  /** Which field's groups stand beside each other below, and by which figure. */
  readonly by: string;
  readonly groupFigure: Figure;
  readonly ask: Readonly<Record<string, string>>;
  readonly topBy: 'cost' | 'calls';
}

const shown = 20;
// More than are shown: a group may be large on one side only.
const asked = '40';

/** Two times, or two values of a field, beside each other with how they differ; nothing where the address compares nothing. */
export function SideBySide(props: SideBySideProps) {
  const app = useApp();
  const comparison = readComparison(app.location.params);
  return comparison === null ? null : <Sides {...props} sides={sidesOf(app.view, comparison)} />;
}

function Sides({ figures, by, groupFigure, ask, topBy, sides }: SideBySideProps & { sides: readonly [Side, Side] }) {
  const [one, other] = sides;
  const answers = [useSide(one, by, ask, topBy), useSide(other, by, ask, topBy)] as const;
  return (
    <section class="card compare" data-compare>
      <h2>Side by side</h2>
      <Answered answer={answers[0]} height={12}>
        {first => (
          <Answered answer={answers[1]} height={12}>
            {second => (
              <>
                <Capped from={first.capped_from ?? second.capped_from} />
                <div class="sides">
                  <div class="scroll">
                    <table>
                      <Heading first="Figure" sides={sides} />
                      <tbody>
                        {figures.map(figure => (
                          <Line
                            key={figure.title}
                            name={figure.title}
                            figure={figure}
                            sides={sides}
                            measures={[first.total, second.total]}
                          />
                        ))}
                      </tbody>
                    </table>
                  </div>
                  <div>
                    <h3>
                      {groupFigure.title} by {fieldLabel(by).toLowerCase()}
                    </h3>
                    <Groups figure={groupFigure} by={by} sides={sides} first={first} second={second} />
                  </div>
                </div>
              </>
            )}
          </Answered>
        )}
      </Answered>
    </section>
  );
}

function useSide(side: Side, by: string, ask: Readonly<Record<string, string>>, topBy: string) {
  const params = apiParams(side.view);
  for (const [name, value] of Object.entries({ group_by: by, top: asked, top_by: topBy, ...ask })) {
    params.set(name, value);
  }
  return useApi<Aggregate>(apiUrl('aggregate', params), `${by} ${side.time} ${JSON.stringify(side.view.conditions)}`);
}

function Groups({
  figure,
  by,
  sides,
  first,
  second,
}: {
  figure: Figure;
  by: string;
  sides: readonly [Side, Side];
  first: Aggregate;
  second: Aggregate;
}) {
  const pairs = pairedRows(first.rows, second.rows, m => figure.value(m) ?? 0);
  if (pairs.length === 0) {
    return <Empty title="No calls on either side" />;
  }
  return (
    <>
      <div class="scroll">
        <table>
          <Heading first={fieldLabel(by)} sides={sides} />
          <tbody>
            {pairs.slice(0, shown).map(pair => (
              <Line
                key={`${pair.key === null} ${pair.key}`}
                name={pair.key}
                figure={figure}
                sides={sides}
                measures={[pair.one, pair.other]}
                group={[by, pair.key]}
              />
            ))}
          </tbody>
        </table>
      </div>
      {pairs.length > shown ? <p class="under">{pairs.length - shown} smaller groups are not shown.</p> : null}
    </>
  );
}

function Heading({ first, sides }: { first: string; sides: readonly [Side, Side] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {sides.map((side, index) => (
          <th scope="col" class="num side" key={`${index} ${side.label}`}>
            <Value text={side.label} most={48} />
          </th>
        ))}
        <th scope="col" class="num">
          Difference
        </th>
        <th scope="col" class="num">
          %
        </th>
      </tr>
    </thead>
  );
}

interface LineProps {
  name: string | null;
  figure: Figure;
  sides: readonly [Side, Side];
  measures: readonly [Measures | null, Measures | null];
  group?: readonly [field: string, value: string | null];
}

function Line({ name, figure, sides, measures, group }: LineProps) {
  const values = measures.map(m => (m === null ? null : (figure.value(m) ?? null)));
  const by = difference(values[0], values[1], figure.formatDifference ?? figure.format);
  const tone = by.sign === 0 || figure.more === undefined ? '' : by.sign > 0 === (figure.more === 'good') ? 'good' : 'bad';
  return (
    <tr data-figure={name}>
      <th scope="row">
        <Value text={name} most={60} />
      </th>
      {sides.map((side, index) => {
        const [m, value] = [measures[index] ?? null, values[index] ?? null];
        const behind = m === null ? null : (figure.behind?.(m) ?? { more: [], calls: m.calls });
        const more = group === undefined ? [] : [equal(group[0], group[1])];
        return (
          <td class="num" key={`${index} ${side.label}`}>
            {value === null || behind === null ? (
              '–'
            ) : (
              <ToCalls to={callsLink(side.view, [...more, ...behind.more], behind.calls)}>{figure.format(value)}</ToCalls>
            )}
          </td>
        );
      })}
      <td class={`num ${tone}`}>{by.text}</td>
      <td class={`num ${tone}`}>{by.percent ?? '–'}</td>
    </tr>
  );
}
