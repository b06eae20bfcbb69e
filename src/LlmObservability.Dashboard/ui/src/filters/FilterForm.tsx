import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { apiUrl } from '../api/client';
import type { CallPage, Values } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import { type Condition, type Operator, operatorsOf, operatorWords } from './conditions';
import { fields, isGroupable, typeOf } from './fields';
import { iso } from './range';

/** A field, an operator and a value; fields, keys of tags and values are suggested from what was stored. */
export function FilterForm({ add, close }: { add: (condition: Condition) => void; close: () => void }) {
  const [field, setField] = useState('');
  const [operator, setOperator] = useState<Operator>('in');
  const [value, setValue] = useState('');
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const name = field.trim();
  const type = typeOf(name);
  const operators = type === undefined ? (['in'] as Operator[]) : operatorsOf(name);
  const used = operators.includes(operator) ? operator : 'in';
  const takesValue = used !== 'missing' && used !== 'present';
  const isRight = type !== undefined && (!takesValue || fits(type, value));
  return (
    <form
      class="filter-form"
      onSubmit={event => {
        event.preventDefault();
        if (isRight) {
          add({ field: name, operator: used, values: takesValue ? [value] : [] });
        }
      }}
      onKeyDown={event => (event.key === 'Escape' ? close() : undefined)}
    >
      <input
        ref={first}
        aria-label="Field"
        list={`${id}-fields`}
        placeholder="Field, or tag.KEY"
        value={field}
        maxLength={256}
        onInput={event => setField(event.currentTarget.value)}
      />
      <FieldSuggestions id={`${id}-fields`} />
      <select aria-label="Comparison" value={used} onChange={event => setOperator(event.currentTarget.value as Operator)}>
        {operators.map(known => (
          <option key={known} value={known}>
            {operatorWords[known]}
          </option>
        ))}
      </select>
      {takesValue ? (
        <>
          <input
            aria-label="Value"
            list={`${id}-values`}
            placeholder={name.endsWith('_us') ? 'microseconds' : name === 'cost_nanos' ? 'nano-dollars' : 'Value'}
            value={value}
            onInput={event => setValue(event.currentTarget.value)}
          />
          <ValueSuggestions id={`${id}-values`} field={isGroupable(name) ? name : null} prefix={value} />
        </>
      ) : null}
      <button type="submit" disabled={!isRight}>
        Add
      </button>
      <button type="button" class="quiet" onClick={close}>
        Cancel
      </button>
    </form>
  );
}

function fits(type: string, value: string): boolean {
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(value);
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value));
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'id':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
    default:
      return true;
  }
}

/** Fields, and the keys of tags on the newest calls. */
function FieldSuggestions({ id }: { id: string }) {
  const { view } = useApp();
  const [at] = useState(() => new URLSearchParams({ from: iso(view.range.from), to: iso(view.range.to), limit: '100' }));
  const { data } = useApi<CallPage>(apiUrl('calls', at));
  const keys = new Set(data?.calls.flatMap(call => Object.keys(call.tags ?? {})) ?? []);
  return (
    <datalist id={id}>
      {[...keys].slice(0, 50).map(key => (
        <option key={key} value={`tag.${key}`} />
      ))}
      {fields.map(field => (
        <option key={field} value={field} />
      ))}
    </datalist>
  );
}

/** Values that calls of the time have, as far as they begin with what is typed. */
export function ValueSuggestions({ id, field, prefix }: { id: string; field: string | null; prefix: string }) {
  const { view } = useApp();
  const [asked, setAsked] = useState(prefix);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(prefix), 150);
    return () => clearTimeout(timer);
  }, [prefix]);
  const params = new URLSearchParams({ field: field ?? '', limit: '20', from: iso(view.range.from), to: iso(view.range.to) });
  if (asked !== '') {
    params.set('prefix', asked);
  }
  const { data } = useApi<Values>(field === null ? null : apiUrl('values', params));
  return (
    <datalist id={id}>
      {data?.values
        .filter(({ value }) => value !== '' && value.length <= 200)
        .map(({ value, calls }) => (
          <option key={value} value={value}>
            {String(calls)}
          </option>
        ))}
    </datalist>
  );
}
