import type { CallsLink } from '../filters/links';
import { count, percent } from '../format/number';
import { Empty } from './States';
import { ToCalls } from './ToCalls';
import { Value } from './Value';

/** How many calls a value has. */
export interface Counted {
  readonly value: string | null;
  readonly calls: number;
  readonly to: CallsLink;
}

/** How a number of calls divides, as a table of nothing but that. */
export function Counts({ heading, of, rows }: { heading: string; of: number; rows: readonly Counted[] }) {
  return rows.length === 0 ? (
    <Empty title="No calls" />
  ) : (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            <th scope="col" class="num">
              Calls
            </th>
            <th scope="col" class="num">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.value ?? '\0'}>
              <th scope="row">
                <ToCalls to={row.to}>
                  <Value text={row.value} most={60} />
                </ToCalls>
              </th>
              <td class="num">
                <ToCalls to={row.to} isAgain>
                  {count(row.calls)}
                </ToCalls>
              </td>
              <td class="num">
                <ToCalls to={row.to} isAgain>
                  {percent(of === 0 ? null : row.calls / of)}
                </ToCalls>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
