import { useState } from 'preact/hooks';
import { type CallColumn, columnNames, columnTitle, usualColumns } from './callColumns';

/** Which columns stand in the table; own tags by their key. */
export function ColumnChooser({
  columns,
  choose,
}: {
  columns: readonly CallColumn[];
  choose: (names: readonly string[]) => void;
}) {
  const [key, setKey] = useState('');
  const names = columns.map(column => column.name);
  const offered = [...columnNames, ...names.filter(name => name.startsWith('tag.'))];
  return (
    <details class="chooser">
      <summary class="button">Columns</summary>
      <div class="panel">
        <ul>
          {offered.map(name => (
            <li key={name}>
              <label>
                <input
                  type="checkbox"
                  checked={names.includes(name)}
                  onChange={event =>
                    choose(
                      event.currentTarget.checked
                        ? offered.filter(other => other === name || names.includes(other))
                        : names.filter(other => other !== name),
                    )
                  }
                />{' '}
                <bdi>{columnTitle(name)}</bdi>
              </label>
            </li>
          ))}
        </ul>
        <form
          onSubmit={event => {
            event.preventDefault();
            if (key.trim() !== '' && !names.includes(`tag.${key.trim()}`)) {
              choose([...names, `tag.${key.trim()}`]);
            }
            setKey('');
          }}
        >
          <input
            aria-label="Key of an own tag"
            placeholder="Key of an own tag"
            value={key}
            maxLength={252}
            onInput={event => setKey(event.currentTarget.value)}
          />
          <button type="submit">Add</button>
          <button type="button" class="quiet" onClick={() => choose(usualColumns)}>
            Usual
          </button>
        </form>
      </div>
    </details>
  );
}
