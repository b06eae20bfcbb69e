import type { Aggregate, AggregateRow } from '../api/types';
import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { type Condition, within } from '../filters/conditions';
import { groupLink } from '../filters/links';
import type { View } from '../filters/view';
import { unknown } from '../format/number';
import { fieldLabel } from '../format/words';
import type { Column } from './columns';
import { Answered, Capped, Empty } from './States';
import { ToCalls } from './ToCalls';
import { Value } from './Value';

export interface BreakdownProps {
  readonly by: string;
  readonly title?: string;
  readonly topBy?: 'calls' | 'cost' | 'tokens' | 'failed' | 'duration';
  readonly top?: number;
  readonly columns: readonly Column[];
  /** What is asked of the API besides. */
  readonly ask?: Readonly<Record<string, string>>;
  /** Of which calls, besides the view's filter. */
  readonly only?: readonly Condition[];
}

/** The largest groups of calls by one field, each a way to its calls. */
export function Breakdown({ by, title, topBy = 'calls', top = 8, columns, ask = {}, only = [] }: BreakdownProps) {
  const app = useApp();
  const view = { ...app.view, conditions: within(app.view.conditions, only) };
  const answer = useAggregate(view, { group_by: by, top: String(top), top_by: topBy, ...ask });
  const heading = title ?? `By ${fieldLabel(by).toLowerCase()}`;
  return (
    <section class="card" data-breakdown={by}>
      <h3>{heading}</h3>
      <Answered answer={answer} height={12}>
        {data =>
          data.rows.length === 0 ? (
            <Empty title="No calls" />
          ) : (
            <>
              <Capped from={data.capped_from} />
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{fieldLabel(by)}</th>
                      {columns.map(column => (
                        <th scope="col" class="num" key={column.title} title={column.hint}>
                          {column.title}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {data.rows.map((row, index) => (
                      <Row
                        key={row.is_other ? 'other' : `${index} ${row.keys[0]}`}
                        row={row}
                        view={view}
                        by={by}
                        columns={columns}
                        data={data}
                      />
                    ))}
                  </tbody>
                </table>
              </div>
            </>
          )
        }
      </Answered>
    </section>
  );
}

interface RowProps {
  row: AggregateRow;
  view: View;
  by: string;
  columns: readonly Column[];
  data: Aggregate;
}

function Row({ row, view, by, columns, data }: RowProps) {
  const named = data.rows.filter(other => !other.is_other).map(other => other.keys[0] ?? null);
  const all = groupLink(view, by, row, named, [], row.measures.calls);
  return (
    <tr>
      <th scope="row">
        <ToCalls to={all}>
          {row.is_other ? <span class="none">all others</span> : <Value text={row.keys[0] ?? null} most={60} />}
        </ToCalls>
      </th>
      {columns.map(column => {
        const behind = column.behind?.(row.measures);
        const text = column.text(row.measures, data.total);
        return (
          <td class={`num ${column.tone?.(row.measures) ?? ''}`} key={column.title} title={column.exact?.(row.measures)}>
            {text === unknown ? (
              text
            ) : (
              <ToCalls
                to={behind === undefined ? all : groupLink(view, by, row, named, behind.more, behind.calls)}
                isAgain={behind === undefined}
              >
                {text}
              </ToCalls>
            )}
          </td>
        );
      })}
    </tr>
  );
}
