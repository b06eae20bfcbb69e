import { useEffect } from 'preact/hooks';
import { go, useApp } from '../app/state';
import { remember, remembered } from '../parts/storage';
import { decoded, toHash } from '../url/location';
import { type CallColumn, columnOf, usualColumns } from './callColumns';

const key = 'columns';

/** The chosen columns: those of the address, else those that this browser remembers, else the usual ones. */
export function useColumns(): [readonly CallColumn[], (names: readonly string[]) => void] {
  const app = useApp();
  const chosen = app.location.params.get('columns');
  useEffect(() => {
    if (chosen !== null) {
      remember(key, chosen);
    }
  }, [chosen]);
  const names = (chosen ?? remembered(key))?.split(',').map(decoded) ?? usualColumns;
  const columns = names.map(columnOf).filter(column => column !== undefined);
  return [
    columns.length === 0 ? usualColumns.map(columnOf).filter(column => column !== undefined) : columns,
    next => {
      const params = new URLSearchParams(app.location.params);
      params.set('columns', next.map(encodeURIComponent).join(','));
      go(toHash(app.location.page, params), true);
    },
  ];
}
