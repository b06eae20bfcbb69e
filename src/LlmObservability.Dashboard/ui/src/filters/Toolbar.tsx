import type { ComponentChildren } from 'preact';
import { hereWith, useApp } from '../app/state';
import { FilterBar } from './FilterBar';
import { RangePicker } from './RangePicker';

/** What a screen looks at, and how to change it. */
export function Toolbar({ children }: { children?: ComponentChildren }) {
  const app = useApp();
  const { page, params } = app.location;
  const refreshes = page !== 'calls' && app.view.range.preset !== null;
  const isOff = params.get('auto') === 'off';
  return (
    <div class="toolbar">
      <div class="row">
        <RangePicker />
        {refreshes ? (
          <a
            class="button"
            role="switch"
            aria-checked={!isOff}
            href={hereWith(app, next => (isOff ? next.delete('auto') : next.set('auto', 'off')))}
            title="Whether the page asks again by itself"
          >
            {isOff ? '▶ Paused' : '❚❚ Updating'}
          </a>
        ) : null}
        <button type="button" onClick={app.refresh}>
          Refresh
        </button>
        {children}
      </div>
      <FilterBar />
    </div>
  );
}
