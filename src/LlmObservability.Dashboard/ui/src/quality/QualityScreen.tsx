import { equal, missing } from '../filters/conditions';
import { Toolbar } from '../filters/Toolbar';
import { TotalCounts } from '../parts/TotalCounts';
import { ValueCounts } from '../parts/ValueCounts';
import { AbandonedStreams } from './AbandonedStreams';
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
        <ValueCounts field="cost_reason" title="Why a cost is not known" only={[missing('cost_nanos')]} />
        <ValueCounts
          field="model"
          title="Models without a price"
          only={[missing('cost_nanos'), equal('cost_reason', 'unknown_model')]}
        />
        <TotalCounts
          field="usage_source"
          title="Where token counts come from"
          parts={total => [
            ['reported', total.usage_reported],
            ['estimated', total.usage_estimated],
            ['missing', total.usage_missing],
          ]}
        />
        <AbandonedStreams />
      </div>
      <PipelineCard />
      <StoreCard />
    </>
  );
}
