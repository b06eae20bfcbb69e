import { apiUrl } from '../api/client';
import type { Aggregate, AggregateRow } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { apiParams, callsHref } from '../filters/view';
import { fieldLabel } from '../format/words';
import type { Column } from './columns';
import { Answered, Capped, Empty } from './States';
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
  readonly only?: readonly (readonly [field: string, value: string | null])[];
}

/** The largest groups of calls by one field, each a way to its calls. */
export function Breakdown({ by, title, topBy = 'calls', top = 8, columns, ask = {}, only = [] }: BreakdownProps) {
  const { view } = useApp();
  const params = apiParams(view);
  for (const [field, value] of only) {
    params.append(value === null ? 'missing' : field, value ?? field);
  }
  params.set('group_by', by);
  params.set('top', String(top));
  params.set('top_by', topBy);
  for (const [name, value] of Object.entries(ask)) {
    params.set(name, value);
  }
  const answer = useApi<Aggregate>(
    apiUrl('aggregate', params),
    `${by} ${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`,
  );
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
                      <tr key={row.is_other ? 'other' : `${index} ${row.keys[0]}`}>
                        <th scope="row">
                          <GroupName row={row} href={callsHref(view, [...only, [by, row.keys[0] ?? null]])} />
                        </th>
                        {columns.map(column => (
                          <td
                            class={`num ${column.tone?.(row.measures) ?? ''}`}
                            key={column.title}
                            title={column.exact?.(row.measures)}
                          >
                            {column.text(row.measures, data.total)}
                          </td>
                        ))}
                      </tr>
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

function GroupName({ row, href }: { row: AggregateRow; href: string }) {
  return row.is_other ? (
    <span class="none">all others</span>
  ) : (
    <a href={href}>
      <Value text={row.keys[0] ?? null} most={60} />
    </a>
  );
}
