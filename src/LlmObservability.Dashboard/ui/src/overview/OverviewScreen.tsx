import { Toolbar } from '../filters/Toolbar';
import { Breakdown } from '../parts/Breakdown';
import { columns } from '../parts/columns';
import { OverviewCharts } from './OverviewCharts';
import { OverviewTiles } from './OverviewTiles';

const shown = [columns.calls, columns.cost, columns.p95, columns.errors];
const ask = { percentiles: 'true' };

/** How things stand: figures against the period before, over time, and by what matters most. */
export function OverviewScreen() {
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <Toolbar />
      <OverviewTiles />
      <OverviewCharts />
      <div class="cards">
        <Breakdown by="model" title="Models" columns={shown} ask={ask} topBy="cost" top={6} />
        <Breakdown by="route" title="Routes" columns={shown} ask={ask} topBy="cost" top={6} />
        <Breakdown by="tenant" title="Tenants" columns={shown} ask={ask} topBy="cost" top={6} />
      </div>
    </>
  );
}
