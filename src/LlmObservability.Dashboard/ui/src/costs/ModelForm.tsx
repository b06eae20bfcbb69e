import { useEffect, useId, useState } from 'preact/hooks';
import { apiUrl } from '../api/client';
import type { Models, PricedModel } from '../api/types';
import { useApi } from '../api/useApi';
import { modelText, parseModel } from './asModel';

/** Asks for a model, with those that have prices as suggestions. */
export function ModelForm({ chosen, choose }: { chosen: PricedModel | null; choose: (model: PricedModel | null) => void }) {
  const now = chosen === null ? '' : modelText(chosen);
  const [text, setText] = useState(now);
  const [asked, setAsked] = useState(now);
  const id = useId();
  useEffect(() => setText(now), [now]);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const { data } = useApi<Models>(apiUrl('models', new URLSearchParams({ prefix: asked, limit: '50' })), 'models');
  const suggested = data?.models ?? [];
  return (
    <form
      class="filter-form"
      onSubmit={event => {
        event.preventDefault();
        choose(parseModel(text, suggested));
      }}
    >
      <input
        aria-label="Another model"
        list={id}
        placeholder="provider/model"
        value={text}
        maxLength={512}
        onInput={event => setText(event.currentTarget.value)}
      />
      <datalist id={id}>
        {suggested.map(model => (
          <option key={modelText(model)} value={modelText(model)} />
        ))}
      </datalist>
      <button type="submit" disabled={text.trim() === ''}>
        What if
      </button>
      {chosen === null ? null : (
        <button type="button" class="quiet" onClick={() => choose(null)}>
          Clear
        </button>
      )}
    </form>
  );
}
