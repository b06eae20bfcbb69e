import type { Amendment } from '../api/types';
import { money, moneyExact } from '../format/money';
import { moment } from '../format/time';
import { Value } from '../parts/Value';

/** What was learned of the call later: feedback, verdicts, another price. */
export function Amendments({ amendments }: { amendments: readonly Amendment[] }) {
  return amendments.length === 0 ? null : (
    <section class="card">
      <h2>Learned later</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Name</th>
              <th scope="col" class="num">
                Score
              </th>
              <th scope="col">Label</th>
              <th scope="col" class="num">
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {amendments.slice(0, 100).map(amendment => (
              <tr key={amendment.id}>
                <td title={amendment.created_at}>{moment(amendment.created_at)}</td>
                <td>
                  <Value text={amendment.amendment_kind} />
                </td>
                <td>
                  <Value text={amendment.name} />
                </td>
                <td class="num">{amendment.score ?? '–'}</td>
                <td>
                  <Value text={amendment.label} most={200} />
                </td>
                <td class="num" title={moneyExact(amendment.cost_nanos)}>
                  {money(amendment.cost_nanos)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
