import type { Call } from '../api/types';
import { hereWith, useApp } from '../app/state';
import { toHash } from '../url/location';
import { type CallColumn, columnTitle } from './callColumns';

/** The rows; a row leads to its call, and the heading of a column orders by it where there is an order to change. */
export function CallTable({
  calls,
  columns,
  order,
  fresh,
}: {
  calls: readonly Call[];
  columns: readonly CallColumn[];
  order: string | null;
  fresh: ReadonlySet<string>;
}) {
  const app = useApp();
  return (
    <div class="scroll calls" tabIndex={-1}>
      <table>
        <thead>
          <tr>
            {columns.map(column => (
              <th
                scope="col"
                key={column.name}
                class={column.isNumber ? 'num' : ''}
                aria-sort={order === null ? undefined : sortOf(column.name, order)}
              >
                {order === null || column.name.startsWith('tag.') ? (
                  columnTitle(column.name)
                ) : (
                  <a
                    href={hereWith(app, params =>
                      params.set('order', order === `-${column.name}` ? column.name : `-${column.name}`),
                    )}
                  >
                    {columnTitle(column.name)}
                    {order === column.name ? ' ↑' : order === `-${column.name}` ? ' ↓' : ''}
                  </a>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calls.map(call => (
            <tr key={call.id} class={fresh.has(call.id) ? 'fresh' : ''} data-id={call.id}>
              {columns.map((column, index) => (
                <td key={column.name} class={column.isNumber ? 'num' : ''} title={column.exact?.(call)}>
                  {index === 0 ? (
                    <a href={toHash('call', new URLSearchParams(), call.id)}>{column.cell(call)}</a>
                  ) : (
                    column.cell(call)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sortOf(name: string, order: string): 'ascending' | 'descending' | 'none' {
  return order === name ? 'ascending' : order === `-${name}` ? 'descending' : 'none';
}
