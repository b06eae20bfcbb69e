import type { CallsLink } from '../filters/links';
import { ToCalls } from './ToCalls';

export interface Part {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly exact?: string;
  /** A colour of the palette, 1 to 8. */
  readonly color: number;
  /** Where the part's calls are, or why they cannot be told. */
  readonly to?: CallsLink;
}

/** How a whole divides: a bar, and each part by name. */
export function Split({ parts }: { parts: readonly Part[] }) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  return (
    <div class="split">
      <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {offsets(parts).map(({ part, start }) => (
          <rect
            key={part.label}
            class={`c${part.color}`}
            x={whole === 0 ? 0 : (start / whole) * 100}
            width={whole === 0 ? 0 : (part.value / whole) * 100}
            y="0"
            height="1"
          />
        ))}
      </svg>
      <ul>
        {parts.map(part => (
          <li key={part.label}>
            <i class={`dot c${part.color}`} /> {part.label}{' '}
            <ToCalls to={part.to} title={part.exact}>
              <b>{part.text}</b>
            </ToCalls>
          </li>
        ))}
      </ul>
    </div>
  );
}

function offsets(parts: readonly Part[]): { part: Part; start: number }[] {
  let start = 0;
  return parts.map(part => {
    const placed = { part, start };
    start += part.value;
    return placed;
  });
}
