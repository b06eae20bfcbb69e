import { useState } from 'preact/hooks';
import type { Distribution } from '../api/types';
import { count, percent, unknown } from '../format/number';
import { Empty } from '../parts/States';
import { type ComparedBin, compared, labelled } from './bins';
import { useOneTable } from './useOneTable';

export interface HistogramProps {
  readonly title: string;
  readonly now: Distribution | undefined;
  readonly before: Distribution | undefined;
  readonly format: (value: number) => string;
  /** Where the calls of a bin are. */
  readonly href: (bin: ComparedBin) => string;
}

/** How values are spread, as shares of all of them, and how they were in the period before: a shift is seen, whatever the traffic. */
export function Histogram(props: HistogramProps) {
  const { title, now, before, format } = props;
  const [hovered, setHovered] = useState<ComparedBin | null>(null);
  const [asTable, toggleTable] = useOneTable();
  const bins = compared(now?.histogram ?? [], before?.histogram ?? []);
  const median = (of: Distribution | undefined) => (of?.p50 === undefined ? unknown : format(of.p50));
  return (
    <figure class="chart histogram" data-chart={title}>
      <figcaption>
        <h3>{title}</h3>
        <span class="at">
          {hovered === null
            ? `median ${median(now)}, before ${median(before)}`
            : `${rangeText(hovered, format)} · ${countText(hovered.count, hovered.share)}, before ${countText(hovered.before, hovered.shareBefore)}`}
        </span>
        <button type="button" class="quiet" aria-pressed={asTable} onClick={toggleTable}>
          {asTable ? 'Chart' : 'Table'}
        </button>
      </figcaption>
      <ul class="legend">
        <li>
          <i class="dot c1" /> this period <b>{count(now?.count)}</b>
        </li>
        <li>
          <i class="dot outlined" /> the period before <b>{count(before?.count)}</b>
        </li>
      </ul>
      {bins.length === 0 ? (
        <Empty title="No values" />
      ) : asTable ? (
        <BinTable {...props} bins={bins} />
      ) : (
        <Bars {...props} bins={bins} hover={setHovered} />
      )}
    </figure>
  );
}

function Bars({
  bins,
  format,
  href,
  hover,
}: HistogramProps & { bins: readonly ComparedBin[]; hover: (bin: ComparedBin | null) => void }) {
  const most = Math.max(...bins.map(bin => Math.max(bin.share ?? 0, bin.shareBefore ?? 0)));
  const width = 100 / bins.length;
  // What there is of a bin is seen, however little it is.
  const height = (share: number | null) => (share ? Math.max(1.5, (share / most) * 94) : 0);
  const at = (place: number) => `${place * width}%`;
  return (
    <>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: its parts are links with names of their own. */}
      <svg class="bins" onMouseLeave={() => hover(null)}>
        <line class="base" x1="0" x2="100%" y1="100%" y2="100%" />
        {bins.map((bin, place) => (
          <a
            key={bin.from}
            href={href(bin)}
            aria-label={`${rangeText(bin, format)}: ${countText(bin.count, bin.share)}`}
            onMouseEnter={() => hover(bin)}
            onFocus={() => hover(bin)}
            onBlur={() => hover(null)}
          >
            <rect class="reach" x={at(place)} width={`${width}%`} y="0" height="100%" />
            <rect
              class="c1"
              x={at(place + 0.08)}
              width={`${width * 0.84}%`}
              y={`${100 - height(bin.share)}%`}
              height={`${height(bin.share)}%`}
            />
          </a>
        ))}
        {bins.map((bin, place) => {
          const [own, last] = [100 - height(bin.shareBefore), 100 - height(bins[place - 1]?.shareBefore ?? null)];
          return bin.shareBefore === null ? null : (
            <g class="outline" key={bin.from}>
              {own === last ? null : <line x1={at(place)} x2={at(place)} y1={`${last}%`} y2={`${own}%`} />}
              <line x1={at(place)} x2={at(place + 1)} y1={`${own}%`} y2={`${own}%`} />
              {place === bins.length - 1 ? <line x1="100%" x2="100%" y1={`${own}%`} y2="100%" /> : null}
            </g>
          );
        })}
        <text class="most" x="2" y="10">
          {percent(most)}
        </text>
      </svg>
      <svg class="bin-axis" aria-hidden="true">
        {labelled(bins.length).map(place => (
          <text key={place} x={at(place)} y="13" class={place === 0 ? 'first' : place === bins.length ? 'last' : ''}>
            {format(bins[place]?.from ?? bins.at(-1)?.to ?? 0)}
          </text>
        ))}
      </svg>
    </>
  );
}

function BinTable({ bins, format, href }: HistogramProps & { bins: readonly ComparedBin[] }) {
  return (
    <div class="scroll plot-table">
      <table>
        <thead>
          <tr>
            <th scope="col">From, below</th>
            <th scope="col" class="num">
              Calls
            </th>
            <th scope="col" class="num">
              Share
            </th>
            <th scope="col" class="num">
              Before
            </th>
            <th scope="col" class="num">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {bins.slice(0, 100).map(bin => (
            <tr key={bin.from} data-from={bin.from}>
              <th scope="row">{rangeText(bin, format)}</th>
              <td class="num">
                <a href={href(bin)}>{count(bin.count)}</a>
              </td>
              <td class="num">{percent(bin.share)}</td>
              <td class="num">{count(bin.before)}</td>
              <td class="num">{percent(bin.shareBefore)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rangeText(bin: ComparedBin, format: (value: number) => string): string {
  return `${format(bin.from)} – ${format(bin.to)}`;
}

function countText(value: number, share: number | null): string {
  return share === null ? unknown : `${count(value)} (${percent(share)})`;
}
