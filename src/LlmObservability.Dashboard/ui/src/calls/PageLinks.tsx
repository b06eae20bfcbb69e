import type { CallPage } from '../api/types';
import { hereWith, useApp } from '../app/state';
import { iso } from '../filters/range';
import { count } from '../format/number';
import { pagesBefore, stepped, tabMemory } from './pages';

const memory = tabMemory();

/** The ways to the pages before and after this one. */
export function PageLinks({ page, size, list, canGoOn }: { page: CallPage; size: number; list: string; canGoOn: boolean }) {
  const app = useApp();
  const cursor = app.location.params.get('cursor');
  const cursors = memory.cursorsOf(list);
  const before = pagesBefore(cursors, cursor);
  const { next } = page;
  // Pages belong to the time at which the first one was asked for: a cursor holds for one filter alone.
  const at = app.location.params.get('at') ?? (app.view.range.preset === null ? null : iso(app.view.range.to));
  const toPage = (of: string) =>
    hereWith(app, params => {
      if (of !== '') {
        params.set('cursor', of);
      }
      if (at !== null) {
        params.set('at', at);
      }
    });
  const previous = before?.at(-1);
  const first = before === null ? null : before.length * size + 1;
  return (
    <nav class="pages" aria-label="Pages">
      {cursor === null ? null : (
        <a class="button first" href={toPage('')}>
          « First
        </a>
      )}
      {previous === undefined ? null : (
        <a class="button previous" href={toPage(previous)} rel="prev">
          ‹ Previous
        </a>
      )}
      {page.calls.length === 0 ? null : (
        <span class="muted">
          {first === null
            ? `${count(page.calls.length)} on this page`
            : `${count(first)} – ${count(first + page.calls.length - 1)}`}
          {next === undefined ? ', no more' : ''}
        </span>
      )}
      {next === undefined || !canGoOn ? null : (
        <a
          class="button next"
          href={toPage(next)}
          rel="next"
          onClick={() => memory.remember(list, stepped(cursors, cursor, next))}
        >
          Next ›
        </a>
      )}
    </nav>
  );
}
