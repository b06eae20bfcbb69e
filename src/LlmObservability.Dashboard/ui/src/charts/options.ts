import uPlot from 'uplot';
import { bucketSpans } from '../filters/range';
import { readerLocale } from '../format/locale';
import { isolated } from './isolated';
import { cssColor } from './palette';
import type { TimeChartProps } from './TimeChart';

/** How a chart is drawn, in the colours of the page. */
export function chartOptions(props: TimeChartProps, width: number, onHover: (index: number | null) => void): uPlot.Options {
  const ink = cssColor('muted');
  const line = cssColor('line');
  const font = '11px system-ui, sans-serif';
  const bars = uPlot.paths.bars;
  const span = bucketSpans[props.bucket] / 1_000;
  const colors = props.series.map(series => cssColor(`c${series.color}`));
  const drawn = props.kind === 'bars' ? [...colors].reverse() : colors;
  return {
    width,
    height: 170,
    padding: [10, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: props.kind === 'lines' }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, min, max) => [min, max + (props.kind === 'bars' ? span : span / 2)] },
      y: { range: (_, __, max) => [0, max == null || max <= 0 ? 1 : max * 1.08] },
    },
    axes: [
      {
        stroke: ink,
        font,
        size: 26,
        space: 70,
        grid: { show: false },
        ticks: { stroke: line, size: 4 },
        values: (_, splits) => timeLabels(splits, props.bucket),
      },
      {
        stroke: ink,
        font,
        size: 58,
        space: 34,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map(split => axisLabel(split, props.format)),
      },
    ],
    series: [
      {},
      ...drawn.map(color =>
        props.kind === 'bars' && bars !== undefined
          ? { stroke: color, fill: color, width: 0, points: { show: false }, paths: bars({ size: [0.82, 46], align: 1 }) }
          : {
              stroke: color,
              width: 1.75,
              spanGaps: false,
              points: {
                show: false,
                filter: (chart: uPlot, index: number) => isolated(chart.data[index] ?? []),
                size: 5,
                fill: color,
                width: 0,
              },
            },
      ),
    ],
    hooks: { setCursor: [chart => onHover(chart.cursor.idx ?? null)] },
  };
}

// A zero needs no unit of its own size: 0, and not 0 µs below 10 s.
function axisLabel(value: number, format: (value: number) => string): string {
  return value === 0 ? format(0).replace(/ µs$/, '') : format(value);
}

function timeLabels(splits: number[], bucket: TimeChartProps['bucket']): string[] {
  const day = new Intl.DateTimeFormat(readerLocale, {
    month: 'short',
    day: 'numeric',
    ...(bucket === 'day' ? { timeZone: 'UTC' } : {}),
  });
  const clock = new Intl.DateTimeFormat(readerLocale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const wide = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 2 * 86_400;
  return splits.map(split => (bucket === 'day' || wide ? day : clock).format(split * 1_000));
}
