import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { CallsLink } from '../filters/links';
import { type Bucket, bucketSpans } from '../filters/range';
import { count } from '../format/number';
import { bucketLabel } from '../format/time';
import { ToCalls } from '../parts/ToCalls';
import { Value } from '../parts/Value';
import { chartOptions } from './options';
import { layerAt, nearestAt, stacked } from './stack';
import { useOneTable } from './useOneTable';

export interface Series {
  readonly label: string;
  /** One value a bucket; null where it is not known, which leaves a gap. */
  readonly values: readonly (number | null)[];
  /** A colour of the palette, 1 to 8, or 9 for what went wrong and 0 for the rest. */
  readonly color: number;
}

export interface TimeChartProps {
  readonly title: string;
  readonly note?: string | undefined;
  readonly times: readonly number[];
  readonly bucket: Bucket;
  readonly series: readonly Series[];
  readonly kind: 'bars' | 'lines';
  readonly format: (value: number) => string;
  /** Where a bucket, or a series of it, leads. */
  readonly href?: (index: number, series: number | null) => string | CallsLink;
  /** What is said of a bucket besides. */
  readonly remark?: (index: number) => string | null;
}

/** Values over time, each bucket by itself: nothing is drawn where nothing is known. A table says the same to whoever cannot see it. */
export function TimeChart(props: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [asTable, toggleTable] = useOneTable();
  const isEmpty = !props.series.some(series =>
    series.values.some(value => value !== null && (props.kind === 'lines' || value !== 0)),
  );
  const shape = `${isEmpty} ${props.kind} ${props.bucket} ${props.series.map(series => series.color).join()}`;

  // A new plot for another shape or theme; new values only are handed to the one that is there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for what of the properties a plot is made with.
  useEffect(() => {
    const element = host.current;
    if (element === null || asTable) {
      return;
    }
    const make = () => {
      plot.current?.destroy();
      const current = latest.current;
      // The plot outlives what it was made for: its axis asks for the format of what is drawn now.
      const drawn = { ...current, format: (value: number) => latest.current.format(value) };
      const chart = new uPlot(chartOptions(drawn, element.clientWidth, setHovered), chartData(current), element);
      chart.over.addEventListener('click', () => followBucket(chart, latest.current));
      plot.current = chart;
    };
    make();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: 170 }));
    resized.observe(element);
    addEventListener('themechange', make);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      removeEventListener('themechange', make);
      scheme.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, asTable]);
  useEffect(() => {
    plot.current?.setData(chartData(props));
    // The same heights may have other labels now.
    plot.current?.redraw(false, true);
  }, [props]);

  const time = hovered === null ? undefined : props.times[hovered];
  return (
    <figure class="chart" data-chart={props.title}>
      <figcaption>
        <h3>{props.title}</h3>
        <span class="at">
          {time === undefined
            ? props.note
            : [bucketLabel(time, props.bucket), hovered === null ? null : props.remark?.(hovered)].filter(Boolean).join(' · ')}
        </span>
        <button type="button" class="quiet" aria-pressed={asTable} onClick={toggleTable}>
          {asTable ? 'Chart' : 'Table'}
        </button>
      </figcaption>
      <ul class="legend">
        {props.series.map((series, at) => (
          <li key={`${at} ${series.label}`}>
            <i class={`dot c${series.color}`} /> <Value text={series.label} most={40} />
            {hovered === null ? null : <b>{text(series.values[hovered], props.format)}</b>}
          </li>
        ))}
      </ul>
      {isEmpty ? (
        <p class="plot nothing">Nothing to draw in this time</p>
      ) : asTable ? (
        <ChartTable {...props} />
      ) : (
        <div class={props.href === undefined ? 'plot' : 'plot clickable'} ref={host} />
      )}
    </figure>
  );
}

const most = 100;

/** The buckets of which something is known, newest first; at most as many as a reader gets through. */
function ChartTable(props: TimeChartProps) {
  const known = props.times
    .map((_, index) => index)
    .filter(index => props.series.some(series => series.values[index] != null))
    .reverse();
  const indexes = known.slice(0, most);
  return (
    <div class="scroll plot-table">
      {known.length > most ? (
        <p class="note">
          The newest {most} of {count(known.length)}
        </p>
      ) : null}
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {props.series.map((series, at) => (
              <th scope="col" class="num" key={`${at} ${series.label}`}>
                <Value text={series.label} most={40} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {indexes.map(index => (
            <tr key={index}>
              <th scope="row">{bucketLabel(props.times[index] ?? 0, props.bucket)}</th>
              {props.series.map((series, at) => (
                <td class="num" key={`${at} ${series.label}`}>
                  {series.values[index] == null ? (
                    '–'
                  ) : (
                    <ToCalls to={linkAt(props, index, at)}>{text(series.values[index], props.format)}</ToCalls>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function text(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? '–' : format(value);
}

function chartData(props: TimeChartProps): uPlot.AlignedData {
  const values = props.series.map(series => series.values);
  // The tallest layer is drawn first, so that the lower ones stand before it.
  const layers = props.kind === 'bars' ? stacked(values).reverse() : values.map(series => [...series]);
  // Lines stand in the middle of their bucket, bars fill it.
  const shift = props.kind === 'bars' ? 0 : bucketSpans[props.bucket] / 2;
  return [props.times.map(time => (time + shift) / 1_000), ...layers];
}

function linkAt(props: TimeChartProps, index: number, series: number | null): CallsLink {
  const link = props.href?.(index, series);
  return typeof link === 'string' ? { href: link } : (link ?? {});
}

function followBucket(chart: uPlot, props: TimeChartProps): void {
  const index = chart.cursor.idx;
  if (index == null || props.href === undefined) {
    return;
  }
  const height = chart.posToVal(chart.cursor.top ?? 0, 'y');
  const values = props.series.map(series => series.values);
  const to = linkAt(props, index, props.kind === 'bars' ? layerAt(values, index, height) : nearestAt(values, index, height));
  // A part that calls cannot be filtered by leads to all of the bucket.
  location.hash = to.href ?? linkAt(props, index, null).href ?? location.hash;
}
