import { useMemo } from 'preact/hooks';
import { apiUrl } from '../api/client';
import type { Call, CallPage } from '../api/types';
import { useApi } from '../api/useApi';
import { hereWith, useApp } from '../app/state';
import { writeConditions } from '../filters/conditions';
import { Toolbar } from '../filters/Toolbar';
import { apiParams } from '../filters/view';
import { count } from '../format/number';
import { NoCalls } from '../parts/NoCalls';
import { Answered, Capped } from '../parts/States';
import { CallTable } from './CallTable';
import { ColumnChooser } from './ColumnChooser';
import { Matching } from './Matching';
import { PageLinks } from './PageLinks';
import { useColumns } from './useColumns';
import { type Live, useLive } from './useLive';

const pageSize = 100;
const most = 200;
const newestFirst = '-started_at';

/** Every call that the filter lets through, a page at a time, or as they come. */
export function CallsScreen() {
  const app = useApp();
  const { params } = app.location;
  const order = params.get('order') ?? newestFirst;
  const cursor = params.get('cursor');
  // Calls that come now belong to a time that ends now.
  const canBeLive = app.view.range.preset !== null;
  const isLive = canBeLive && params.get('live') === '1' && order === newestFirst && cursor === null;
  const [columns, choose] = useColumns();

  const asked = apiParams(app.view);
  asked.set('order', order);
  asked.set('limit', String(pageSize));
  if (cursor !== null) {
    asked.set('cursor', cursor);
  }
  const { range, conditions } = app.view;
  const time = range.preset === null ? `${range.from} ${range.to}` : `${range.preset} ${params.get('at') ?? ''}`;
  const keeps = `${time} ${JSON.stringify(conditions)} ${order} ${cursor ?? ''}`;
  // The first page has no time of its own in the address, and those after it have the first one's.
  const list = `${range.preset} ${range.from} ${range.to} ${JSON.stringify(conditions)} ${order}`;
  const answer = useApi<CallPage>(apiUrl('calls', asked), keeps);

  const filter = new URLSearchParams();
  writeConditions(filter, app.view.conditions);
  const live = useLive(isLive ? apiUrl('live', filter) : null);
  return (
    <>
      <h1 class="hidden">Calls</h1>
      <Toolbar>
        {canBeLive ? (
          <a class="button" role="switch" aria-checked={isLive} href={hereWith(app, next => toggleLive(next, isLive))}>
            {isLive ? '● Live' : '○ Live'}
          </a>
        ) : null}
        <ColumnChooser columns={columns} choose={choose} />
        <ExportLinks />
      </Toolbar>
      <Matching isLive={isLive} />
      <Answered answer={answer} height={24}>
        {page => <Page page={page} live={live} columns={columns} order={order} list={list} />}
      </Answered>
    </>
  );
}

type PageProps = {
  page: CallPage;
  live: Live;
  columns: Parameters<typeof CallTable>[0]['columns'];
  order: string;
  list: string;
};

function Page({ page, live, columns, order, list }: PageProps) {
  const calls = useMemo(() => merged(live.calls, page.calls), [live.calls, page.calls]);
  const fresh = useMemo(() => new Set(live.calls.map(call => call.id)), [live.calls]);
  return (
    <>
      <Capped from={page.capped_from} />
      <LiveState live={live} />
      {calls.length === 0 ? <NoCalls /> : <CallTable calls={calls} columns={columns} order={order} fresh={fresh} />}
      <PageLinks page={page} size={pageSize} list={list} canGoOn={live.state === 'off'} />
    </>
  );
}

/** Live rows first, each once, and never more than a table holds. */
function merged(live: readonly Call[], page: readonly Call[]): readonly Call[] {
  if (live.length === 0) {
    return page;
  }
  const ids = new Set(live.map(call => call.id));
  return [...live, ...page.filter(call => !ids.has(call.id))].slice(0, most);
}

function toggleLive(params: URLSearchParams, isLive: boolean): void {
  if (isLive) {
    params.delete('live');
  } else {
    params.set('live', '1');
    params.delete('order');
  }
}

function LiveState({ live }: { live: Live }) {
  if (live.state === 'off') {
    return null;
  }
  const state = {
    connecting: 'Connecting …',
    open: 'Live: new calls appear as they come.',
    lost: 'The live feed is not available now; the page asks for it again by itself.',
  };
  return (
    <p class="note" role="status" data-live={live.state}>
      {state[live.state]}
      {live.skipped === 0 ? null : ` ${count(live.skipped)} came too fast to be shown here; Refresh loads the newest.`}
    </p>
  );
}

function ExportLinks() {
  const { view } = useApp();
  const link = (format: string) => {
    const params = apiParams(view);
    params.set('format', format);
    return apiUrl('export', params);
  };
  return (
    <span class="exports">
      Export{' '}
      <a href={link('csv')} download>
        CSV
      </a>{' '}
      <a href={link('jsonl')} download>
        JSON Lines
      </a>
    </span>
  );
}
