import { useState } from 'preact/hooks';
import { go, hereWith, useApp } from '../app/state';
import { minute } from '../format/time';
import { iso, presets } from './range';

/** The time that is looked at: a preset that ends now, or two dates. */
export function RangePicker() {
  const app = useApp();
  const { range } = app.view;
  const [open, setOpen] = useState(false);
  return (
    <div class="range">
      <select
        aria-label="Time"
        value={range.preset ?? 'custom'}
        onChange={event => {
          const name = event.currentTarget.value;
          if (name === 'custom') {
            setOpen(true);
          } else {
            setOpen(false);
            go(hereWith(app, params => withPreset(params, name)));
          }
        }}
      >
        {presets.map(([name, label]) => (
          <option key={name} value={name}>
            Last {label}
          </option>
        ))}
        <option value="custom">{range.preset === null ? `${minute(range.from)} – ${minute(range.to)}` : 'From … to …'}</option>
      </select>
      {range.preset === null && !open ? (
        <button type="button" class="quiet" onClick={() => setOpen(true)}>
          Change
        </button>
      ) : null}
      {open ? <CustomRange close={() => setOpen(false)} /> : null}
    </div>
  );
}

function withPreset(params: URLSearchParams, name: string): void {
  params.delete('from');
  params.delete('to');
  params.set('range', name);
}

function CustomRange({ close }: { close: () => void }) {
  const app = useApp();
  const [from, setFrom] = useState(localTime(app.view.range.from));
  const [to, setTo] = useState(localTime(app.view.range.to));
  const isRight = new Date(from).getTime() < new Date(to).getTime();
  return (
    <form
      class="custom"
      onSubmit={event => {
        event.preventDefault();
        if (isRight) {
          close();
          go(
            hereWith(app, params => {
              params.delete('range');
              params.set('from', iso(new Date(from).getTime()));
              params.set('to', iso(new Date(to).getTime()));
            }),
          );
        }
      }}
    >
      <label>
        From <input type="datetime-local" step="1" required value={from} onInput={event => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To <input type="datetime-local" step="1" required value={to} onInput={event => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={!isRight}>
        Show
      </button>
      <button type="button" class="quiet" onClick={close}>
        Cancel
      </button>
    </form>
  );
}

/** A time as a field for local dates takes it. */
export function localTime(time: number): string {
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
