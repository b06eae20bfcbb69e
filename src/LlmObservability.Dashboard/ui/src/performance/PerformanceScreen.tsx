import { go, hereWith, useApp } from '../app/state';
import { ComparePicker } from '../compare/ComparePicker';
import { p95, speedFigures } from '../compare/figures';
import { SideBySide } from '../compare/SideBySide';
import { BreakdownPicker } from '../filters/BreakdownPicker';
import { present } from '../filters/conditions';
import { Toolbar } from '../filters/Toolbar';
import { Breakdown } from '../parts/Breakdown';
import { columns } from '../parts/columns';
import { TotalCounts } from '../parts/TotalCounts';
import { WhenSeen } from '../parts/WhenSeen';
import { LatencyOverTime } from './LatencyOverTime';
import { OverTimeBy } from './OverTimeBy';
import { Spread } from './Spread';
import { ToolTable } from './ToolTable';

const ask = { percentiles: 'true' };
const speed = [
  columns.calls,
  columns.p50,
  columns.p95,
  columns.p99,
  columns.ttft50,
  columns.ttft95,
  columns.speed,
  columns.errors,
];
const answers = [columns.calls, columns.length50, columns.length95, columns.schema, columns.cacheHits, columns.perCall];

/** How fast and how good answers are, by whatever is chosen: variants side by side are a breakdown by variant. */
export function PerformanceScreen() {
  const app = useApp();
  const by = app.location.params.get('by') ?? 'model';
  return (
    <>
      <h1 class="hidden">Performance and quality</h1>
      <Toolbar>
        <BreakdownPicker by={by} choose={next => go(hereWith(app, params => params.set('by', next)))} />
        <ComparePicker by={by} />
      </Toolbar>
      <SideBySide figures={speedFigures} by={by} groupFigure={p95} ask={ask} topBy="calls" />
      <LatencyOverTime />
      <Spread />
      <OverTimeBy by={by} />
      <Breakdown by={by} title="Speed" columns={speed} ask={ask} topBy="calls" top={20} />
      <Breakdown by={by} title="Answers" columns={answers} ask={ask} topBy="calls" top={20} />
      <WhenSeen>
        <ToolTable />
      </WhenSeen>
      <div class="cards">
        <Breakdown by="finish_reason" title="Finish reasons" columns={[columns.calls, columns.tokens]} />
        <Breakdown
          by="error_type"
          title="Error types"
          columns={[columns.calls, columns.meanTime]}
          only={[present('error_type')]}
        />
        <TotalCounts
          field="schema_validated"
          title="Answers held against a schema"
          parts={total => [
            ['true', (total.schema_checked ?? 0) - (total.schema_failures ?? 0)],
            ['false', total.schema_failures],
            [null, total.calls - (total.schema_checked ?? 0)],
          ]}
        />
        <TotalCounts
          field="streaming"
          title="Streamed"
          parts={total => [
            ['true', total.streaming],
            ['false', total.calls - (total.streaming ?? 0)],
          ]}
        />
      </div>
    </>
  );
}
