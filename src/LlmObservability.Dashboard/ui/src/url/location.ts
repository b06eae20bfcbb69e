/** Where the reader is: all state of a page stands behind the # of its address. */
export interface Location {
  /** The screen: overview, calls, call, costs, … */
  readonly page: string;
  /** What stands behind the screen's name: a call's id. */
  readonly id: string | null;
  readonly params: URLSearchParams;
}

export function parseHash(hash: string): Location {
  const text = hash.startsWith('#') ? hash.slice(1) : hash;
  const mark = text.indexOf('?');
  const path = (mark < 0 ? text : text.slice(0, mark)).split('/').filter(part => part !== '');
  return {
    page: path[0] ?? 'overview',
    id: path[1] === undefined ? null : decoded(path[1]),
    params: new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1)),
  };
}

export function toHash(page: string, params: URLSearchParams, id?: string): string {
  const query = params.toString();
  return `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${query === '' ? '' : `?${query}`}`;
}

/** What an address says; as it stands where it cannot be decoded. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
