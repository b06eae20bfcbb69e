import type { ComponentChildren } from 'preact';
import type { CallsLink } from '../filters/links';
import { change, unknown } from '../format/number';
import { ToCalls } from './ToCalls';

export interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly exact?: string | undefined;
  readonly now?: number | null | undefined;
  readonly before?: number | null | undefined;
  /** Whether more is better, worse, or neither. */
  readonly more?: 'good' | 'bad';
  /** Where the figure's calls are. */
  readonly to?: CallsLink | undefined;
  readonly note?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** One figure with how it moved against the period before, and a way to the calls behind it. */
export function Tile({ title, value, exact, now, before, more, to, note, children }: TileProps) {
  const moved = change(now, before);
  const tone =
    moved === null || more === undefined || moved === '±0%'
      ? ''
      : (now ?? 0) > (before ?? 0) === (more === 'good')
        ? 'good'
        : 'bad';
  return (
    <section class="tile" data-tile={title}>
      <h3>{title}</h3>
      <p class={value === unknown ? 'figure none' : 'figure'} title={exact}>
        <ToCalls to={to}>{value}</ToCalls>
        {moved === null ? null : (
          <span class={`moved ${tone}`} title="Against the period of equal length before">
            {moved}
          </span>
        )}
      </p>
      {note === undefined ? null : <p class="under">{note}</p>}
      {children}
    </section>
  );
}
