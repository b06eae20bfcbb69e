import type { CallDetail, CostExplanation } from '../api/types';
import { moneyExact, nanosText } from '../format/money';
import { count } from '../format/number';
import { wordLabel } from '../format/words';
import { Value } from '../parts/Value';

/** How the cost came about, line by line, or why it is not known. */
export function CostExplained({ detail }: { detail: CallDetail }) {
  return (
    <section class="card cost">
      <h2>Cost</h2>
      {detail.cost_explanations.map(explanation => (
        <Explanation key={explanation.attempt ?? 0} explanation={explanation} recorded={detail} />
      ))}
    </section>
  );
}

function Explanation({ explanation, recorded }: { explanation: CostExplanation; recorded: CallDetail }) {
  const { attempt, lines } = explanation;
  const record = attempt === undefined ? recorded.call : recorded.attempts.find(({ ordinal }) => ordinal === attempt);
  return (
    <>
      {attempt === undefined ? null : <h3>Attempt {attempt}</h3>}
      <p class="under">{source(explanation)}</p>
      {explanation.price_entry === undefined ? null : (
        <p class="under">
          Price of <Value text={explanation.price_entry} most={120} />
          {explanation.price_set === undefined ? null : (
            <>
              {' '}
              (<Value text={explanation.price_set} />)
            </>
          )}
          {explanation.catalog_date === undefined ? null : `, catalog of ${explanation.catalog_date}`}
          {explanation.service_tier === undefined ? null : (
            <>
              , tier <Value text={explanation.service_tier} />
            </>
          )}
          {explanation.over === undefined ? null : `, over ${count(explanation.over)} tokens`}
          {explanation.geo_multiplier === '1' ? null : `, × ${explanation.geo_multiplier} for where it was served`}
          {explanation.speed_multiplier === '1' ? null : `, × ${explanation.speed_multiplier} for its speed`}
        </p>
      )}
      {lines.length === 0 ? null : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Class</th>
                <th scope="col" class="num">
                  Quantity
                </th>
                <th scope="col" class="num">
                  Rate
                </th>
                <th scope="col" class="num">
                  Amount
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.map(line => (
                <tr key={`${line.class} ${line.billed_as}`}>
                  <th scope="row">
                    {wordLabel(line.class)}
                    {line.billed_as === line.class ? null : <span class="muted"> billed as {wordLabel(line.billed_as)}</span>}
                  </th>
                  <td class="num">{count(line.quantity)}</td>
                  <td class="num">
                    ${line.rate_usd} <span class="muted">per {count(line.rate_unit)}</span>
                  </td>
                  <td class="num">{nanosText(line.amount_nanos)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colSpan={3}>
                  By the prices in force now
                </th>
                <td class="num">{moneyExact(explanation.cost_nanos)}</td>
              </tr>
              <tr>
                <th scope="row" colSpan={3}>
                  Recorded
                </th>
                <td class="num">{moneyExact(record?.cost_nanos)}</td>
              </tr>
            </tfoot>
          </table>
        </div>
      )}
      {explanation.agrees_with_record ? null : (
        <p class="note">
          Today’s prices give another amount than what was recorded: prices have moved, or the call was priced by another catalog.
        </p>
      )}
    </>
  );
}

function source({ cost_reason }: CostExplanation): string {
  switch (cost_reason) {
    case 'priced':
      return 'Worked out from the catalog.';
    case 'reported_by_provider':
      return 'The provider reported it.';
    case 'cached':
      return 'Answered from the application’s cache: no model was called, and nothing was billed.';
    case 'no_model':
      return 'No model was called.';
    case 'unknown_model':
      return 'Not known: no price is known for this model. Add one to the price overrides, then reprice.';
    case 'missing_usage':
      return 'Not known: the provider told no token counts.';
    default:
      return `Not known: ${wordLabel(cost_reason ?? 'no reason was recorded')}.`;
  }
}
