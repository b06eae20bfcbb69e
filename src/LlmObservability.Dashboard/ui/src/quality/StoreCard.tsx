import { apiUrl } from '../api/client';
import type { Store, StoreTable } from '../api/types';
import { useApi } from '../api/useApi';
import { useRestricted } from '../api/useRestricted';
import { useApp } from '../app/state';
import { bytes, count } from '../format/number';
import { duration, minute } from '../format/time';
import { Fact } from '../parts/Fact';
import { Answered } from '../parts/States';
import { Value } from '../parts/Value';

// A store's sizes move slowly, and are asked for as slowly.
const pause = 30_000;
const lateRollups = 600_000_000;

/** What the calls are kept in: its size and partitions, and what waits to be summed up. */
export function StoreCard() {
  const { now } = useApp();
  // What stands behind the # is not sent: it makes the question a new one.
  const isRestricted = useRestricted();
  const answer = useApi<Store>(isRestricted === false ? apiUrl(`store#${Math.floor(now / pause)}`) : null);
  return (
    <section class="card" data-card="store">
      <h2>Store</h2>
      {isRestricted ? (
        <p class="under">It is of the calls of all tenants, and not shown to one of them.</p>
      ) : (
        <Answered answer={answer} height={12}>
          {store => (
            <>
              <dl class="fields">
                <Fact name="Kind" value={store.store} />
                {store.schema_version === undefined ? null : <Fact name="Schema version" value={count(store.schema_version)} />}
                <Fact name="Size" value={bytes(store.size_bytes)} exact={exactBytes(store.size_bytes)} />
                <Fact name="Oldest call" value={time(store.oldest_call_at)} exact={store.oldest_call_at} />
                <Fact name="Newest call" value={time(store.newest_call_at)} exact={store.newest_call_at} />
                {store.rollup_lag_us === undefined ? null : (
                  <Fact
                    name="Rollup lag"
                    value={store.waiting_deltas === 0 ? 'none' : duration(store.rollup_lag_us)}
                    tone={store.rollup_lag_us > lateRollups ? 'warn' : ''}
                    exact="How long ago the minute of the oldest sum that waits began; reads count it already"
                  />
                )}
                {store.waiting_deltas === undefined ? null : <Fact name="Sums that wait" value={count(store.waiting_deltas)} />}
              </dl>
              {store.tables.length === 0 ? (
                <p class="under">It tells nothing more of itself.</p>
              ) : (
                <Tables tables={store.tables} isEstimate={store.store === 'postgres'} />
              )}
            </>
          )}
        </Answered>
      )}
    </section>
  );
}

function Tables({ tables, isEstimate }: { tables: readonly StoreTable[]; isEstimate: boolean }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col" class="num">
              Size
            </th>
            <th scope="col" class="num" title={isEstimate ? 'As of the last VACUUM or ANALYZE' : undefined}>
              {isEstimate ? 'Rows, about' : 'Rows'}
            </th>
            <th scope="col" class="num">
              Partitions
            </th>
            <th scope="col">From</th>
            <th scope="col">To</th>
          </tr>
        </thead>
        <tbody>
          {tables.map(table => (
            <tr key={table.name} data-table={table.name}>
              <th scope="row">
                <Value text={table.name} />
              </th>
              <td class="num" title={exactBytes(table.size_bytes)}>
                {bytes(table.size_bytes)}
              </td>
              <td class="num">{count(table.rows)}</td>
              <td class="num">{count(table.partitions)}</td>
              <td class="when">{time(table.from)}</td>
              <td class="when">{time(table.to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function exactBytes(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${count(value)} bytes`;
}

function time(iso: string | undefined): string {
  return iso === undefined ? '–' : minute(iso);
}
