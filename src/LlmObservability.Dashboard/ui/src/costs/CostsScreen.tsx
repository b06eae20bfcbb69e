import { apiUrl } from '../api/client';
import type { CallPage } from '../api/types';
import { useApi } from '../api/useApi';
import { go, hereWith, useApp } from '../app/state';
import { CallTable } from '../calls/CallTable';
import { columnOf } from '../calls/callColumns';
import { ComparePicker } from '../compare/ComparePicker';
import { cost, spendFigures } from '../compare/figures';
import { SideBySide } from '../compare/SideBySide';
import { BreakdownPicker } from '../filters/BreakdownPicker';
import { Toolbar } from '../filters/Toolbar';
import { apiParams } from '../filters/view';
import { Breakdown } from '../parts/Breakdown';
import { columns } from '../parts/columns';
import { Answered, Capped, Empty } from '../parts/States';
import { WhenSeen } from '../parts/WhenSeen';
import { CostOverTime } from './CostOverTime';
import { pausedView } from './pausedView';
import { WhatIfCards } from './WhatIfCards';

const spend = { measures: 'spend' };
const shown = [
  columns.cost,
  columns.costShare,
  columns.input,
  columns.cached,
  columns.output,
  columns.perCall,
  columns.calls,
  columns.coverage,
];
const nobody: ReadonlySet<string> = new Set();
const callColumns = ['started_at', 'model', 'route', 'user', 'cost_nanos', 'input_tokens', 'output_tokens']
  .map(columnOf)
  .filter(column => column !== undefined);

/** What is spent, on what, and by whom. */
export function CostsScreen() {
  const app = useApp();
  const by = app.location.params.get('by') ?? 'model';
  return (
    <>
      <h1 class="hidden">Costs</h1>
      <Toolbar>
        <BreakdownPicker by={by} choose={next => go(hereWith(app, params => params.set('by', next)))} />
        <ComparePicker by={by} />
      </Toolbar>
      <SideBySide figures={spendFigures} by={by} groupFigure={cost} ask={spend} topBy="cost" />
      <CostOverTime by={by} />
      <Breakdown by={by} columns={shown} ask={spend} topBy="cost" top={25} />
      <WhenSeen>
        <div class="cards">
          <Breakdown
            by="user"
            title="Most expensive users"
            columns={[columns.cost, columns.calls, columns.perCall]}
            ask={spend}
            topBy="cost"
            top={10}
          />
          <Breakdown
            by="provider"
            title="Providers"
            columns={[columns.cost, columns.costShare, columns.calls]}
            ask={spend}
            topBy="cost"
            top={10}
          />
        </div>
        <WhatIfCards />
        <MostExpensive />
      </WhenSeen>
    </>
  );
}

function MostExpensive() {
  const app = useApp();
  const view = pausedView(app);
  const params = apiParams(view);
  params.set('order', '-cost_nanos');
  params.set('limit', '10');
  params.append('present', 'cost_nanos');
  const answer = useApi<CallPage>(apiUrl('calls', params), `${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`);
  return (
    <section class="card">
      <h3>Most expensive calls</h3>
      <p class="under">By the cost as recorded; a repricing does not change their order.</p>
      <Answered answer={answer} height={12}>
        {page => (
          <>
            <Capped from={page.capped_from} />
            {page.calls.length === 0 ? (
              <Empty title="No call has a known cost" />
            ) : (
              <CallTable calls={page.calls} columns={callColumns} order={null} fresh={nobody} />
            )}
          </>
        )}
      </Answered>
    </section>
  );
}
