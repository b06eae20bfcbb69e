import { Toolbar } from '../filters/Toolbar';
import { Breakdown } from '../parts/Breakdown';
import { columns } from '../parts/columns';
import { PipelineCard } from './PipelineCard';
import { QualityTiles } from './QualityTiles';
import { StoreCard } from './StoreCard';

/** How far the figures can be trusted, and how recording stands. */
export function QualityScreen() {
  return (
    <>
      <h1 class="hidden">Data quality and pipeline</h1>
      <Toolbar />
      <QualityTiles />
      <div class="cards">
        <Breakdown by="cost_reason" title="Why a cost is known, or not" columns={[columns.calls, columns.tokens]} />
        <Breakdown
          by="model"
          title="Models without a price"
          columns={[columns.calls, columns.tokens]}
          only={[['cost_reason', 'unknown_model']]}
        />
        <Breakdown by="usage_source" title="Where token counts come from" columns={[columns.calls, columns.coverage]} />
        <Breakdown
          by="route"
          title="Abandoned streams"
          columns={[columns.calls, columns.cost]}
          only={[['outcome', 'abandoned']]}
        />
      </div>
      <PipelineCard />
      <StoreCard />
    </>
  );
}
