import { useState } from 'preact/hooks';
import { go, hereWithView, useApp } from '../app/state';
import { fieldLabel, wordLabel } from '../format/words';
import { Value } from '../parts/Value';
import { type Condition, operatorWords, withCondition } from './conditions';
import { FilterForm } from './FilterForm';

/** The conditions that hold, each with a way to be rid of it, and a form for one more. */
export function FilterBar() {
  const app = useApp();
  const [adding, setAdding] = useState(false);
  const { conditions } = app.view;
  const show = (next: readonly Condition[]) => go(hereWithView(app, { ...app.view, conditions: next }));
  return (
    <div class="filters">
      {conditions.map(condition => (
        <span class="chip" key={`${condition.operator}.${condition.field}.${condition.values.join()}`}>
          <ConditionText condition={condition} />
          <button
            type="button"
            aria-label="Remove this filter"
            onClick={() => show(conditions.filter(other => other !== condition))}
          >
            ×
          </button>
        </span>
      ))}
      {adding ? (
        <FilterForm
          add={condition => {
            setAdding(false);
            show(withCondition(conditions, condition));
          }}
          close={() => setAdding(false)}
        />
      ) : (
        <button type="button" class="quiet add" onClick={() => setAdding(true)}>
          + Filter
        </button>
      )}
      {conditions.length > 1 ? (
        <button type="button" class="quiet" onClick={() => show([])}>
          Clear
        </button>
      ) : null}
    </div>
  );
}

function ConditionText({ condition }: { condition: Condition }) {
  const { field, operator, values } = condition;
  return (
    <>
      <Value text={field.startsWith('tag.') ? field : fieldLabel(field)} most={40} />{' '}
      <span class="muted">{operatorWords[operator]}</span>
      {values.slice(0, 3).map((value, index) => (
        <span key={value}>
          {index === 0 ? ' ' : ', '}
          <Value text={operator === 'in' ? valueText(field, value) : value} most={40} />
        </span>
      ))}
      {values.length > 3 ? ` and ${values.length - 3} more` : null}
    </>
  );
}

/** Words of this library are written with spaces, everything else as it is. */
function valueText(field: string, value: string): string {
  return field === 'cost_reason' || field === 'outcome' || field === 'usage_source' ? wordLabel(value) : value;
}
