import { useId, useState } from 'preact/hooks';
import { apiUrl } from '../api/client';
import type { Values } from '../api/types';
import { useApi } from '../api/useApi';
import { go, hereWith, useApp } from '../app/state';
import { ValueSuggestions } from '../filters/FilterForm';
import { breakdowns, isGroupable } from '../filters/fields';
import { localTime } from '../filters/RangePicker';
import { apiParams } from '../filters/view';
import { type Comparison, readComparison, writeComparison } from './comparison';

type Kind = 'none' | Comparison['kind'];

/** What is held against what: nothing, another time, or one value of a field against another. */
export function ComparePicker({ by }: { by: string }) {
  const app = useApp();
  const comparison = readComparison(app.location.params);
  const [asks, setAsks] = useState<'time' | 'values' | null>(null);
  const show = (next: Comparison | null) => {
    setAsks(null);
    go(hereWith(app, params => writeComparison(params, next)));
  };
  const kind: Kind = asks ?? comparison?.kind ?? 'none';
  return (
    <span class="by">
      <label>
        Against{' '}
        <select
          value={kind}
          onChange={event => {
            const next = event.currentTarget.value as Kind;
            if (next === 'time' || next === 'values') {
              setAsks(next);
            } else {
              show(next === 'none' ? null : { kind: next });
            }
          }}
        >
          <option value="none">nothing</option>
          <option value="before">the period before</option>
          <option value="time">another period …</option>
          <option value="values">one value against another …</option>
        </select>
      </label>
      {asks === null && (comparison?.kind === 'time' || comparison?.kind === 'values') ? (
        <button type="button" class="quiet" onClick={() => setAsks(comparison.kind)}>
          Change
        </button>
      ) : null}
      {asks === 'time' ? <TimeForm last={comparison} show={show} close={() => setAsks(null)} /> : null}
      {asks === 'values' ? <ValuesForm last={comparison} by={by} show={show} close={() => setAsks(null)} /> : null}
    </span>
  );
}

interface FormProps {
  last: Comparison | null;
  show: (comparison: Comparison) => void;
  close: () => void;
}

function TimeForm({ last, show, close }: FormProps) {
  const { range } = useApp().view;
  const usual = last?.kind === 'time' ? last : { from: range.from - (range.to - range.from), to: range.from };
  const [from, setFrom] = useState(localTime(usual.from));
  const [to, setTo] = useState(localTime(usual.to));
  const [start, end] = [new Date(from).getTime(), new Date(to).getTime()];
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        if (start < end) {
          show({ kind: 'time', from: start, to: end });
        }
      }}
    >
      <label>
        From <input type="datetime-local" step="1" required value={from} onInput={event => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To <input type="datetime-local" step="1" required value={to} onInput={event => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={!(start < end)}>
        Compare
      </button>
      <button type="button" class="quiet" onClick={close}>
        Cancel
      </button>
    </form>
  );
}

function ValuesForm({ last, by, show, close }: FormProps & { by: string }) {
  const { view } = useApp();
  const given = last?.kind === 'values' ? last : null;
  const [field, setField] = useState(given?.field ?? by);
  const [one, setOne] = useState(given?.one ?? '');
  const [other, setOther] = useState(given?.other ?? '');
  const id = useId();
  const name = field.trim();
  const known = isGroupable(name);
  // The two values that most calls have are a good beginning.
  const params = apiParams(view);
  params.set('field', name);
  params.set('limit', '2');
  const { data } = useApi<Values>(known ? apiUrl('values', params) : null, name);
  const [first, second] = [one || data?.values[0]?.value, other || data?.values[1]?.value];
  const isRight = known && first !== undefined && second !== undefined && first !== second;
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        if (isRight) {
          show({ kind: 'values', field: name, one: first, other: second });
        }
      }}
      onKeyDown={event => (event.key === 'Escape' ? close() : undefined)}
    >
      <input
        aria-label="Field to compare by"
        list={`${id}-fields`}
        value={field}
        maxLength={256}
        onInput={event => setField(event.currentTarget.value)}
      />
      <datalist id={`${id}-fields`}>
        {breakdowns.map(known => (
          <option key={known} value={known} />
        ))}
      </datalist>
      <ValueInput
        label="One value"
        id={`${id}-one`}
        field={known ? name : null}
        value={one}
        usual={data?.values[0]?.value}
        set={setOne}
      />
      <ValueInput
        label="Other value"
        id={`${id}-other`}
        field={known ? name : null}
        value={other}
        usual={data?.values[1]?.value}
        set={setOther}
      />
      <button type="submit" disabled={!isRight}>
        Compare
      </button>
      <button type="button" class="quiet" onClick={close}>
        Cancel
      </button>
    </form>
  );
}

function ValueInput({
  label,
  id,
  field,
  value,
  usual,
  set,
}: {
  label: string;
  id: string;
  field: string | null;
  value: string;
  usual: string | undefined;
  set: (value: string) => void;
}) {
  return (
    <>
      <input
        aria-label={label}
        list={id}
        placeholder={usual?.slice(0, 60) ?? label}
        value={value}
        onInput={event => set(event.currentTarget.value)}
      />
      <ValueSuggestions id={id} field={field} prefix={value} />
    </>
  );
}
