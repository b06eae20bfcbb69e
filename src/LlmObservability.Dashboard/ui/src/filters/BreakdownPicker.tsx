import { useState } from 'preact/hooks';
import { fieldLabel } from '../format/words';
import { breakdowns } from './fields';

/** By what a screen divides: a field that is worth it, or any own tag. */
export function BreakdownPicker({ by, choose }: { by: string; choose: (field: string) => void }) {
  const [asksKey, setAsksKey] = useState(false);
  const [key, setKey] = useState('');
  const isTag = by.startsWith('tag.');
  return (
    <span class="by">
      <label>
        By{' '}
        <select
          value={asksKey ? 'tag' : by}
          onChange={event => {
            const name = event.currentTarget.value;
            setAsksKey(name === 'tag');
            if (name !== 'tag') {
              choose(name);
            }
          }}
        >
          {breakdowns.map(name => (
            <option key={name} value={name}>
              {fieldLabel(name).toLowerCase()}
            </option>
          ))}
          {isTag ? <option value={by}>{`tag ${fieldLabel(by)}`}</option> : null}
          <option value="tag">an own tag …</option>
        </select>
      </label>
      {asksKey ? (
        <form
          onSubmit={event => {
            event.preventDefault();
            if (key.trim() !== '') {
              setAsksKey(false);
              choose(`tag.${key.trim()}`);
            }
          }}
        >
          <input
            aria-label="The tag's key"
            placeholder="Key"
            value={key}
            maxLength={252}
            onInput={event => setKey(event.currentTarget.value)}
          />
          <button type="submit">Show</button>
        </form>
      ) : null}
    </span>
  );
}
