import { change } from '../format/number';

/** What a figure was in the period before, and how it moved since; nothing where that is not known. */
export function against(
  now: number | null | undefined,
  before: number | null | undefined,
  format: (value: number) => string,
): string | undefined {
  if (before == null) {
    return undefined;
  }
  const moved = change(now, before);
  return `Before: ${format(before)}${moved === null ? '' : ` (${moved})`}`;
}
