import type { Problem } from './types';

/** What the API said was wrong, or that it could not be asked. */
export class ApiError extends Error {
  /** After how many seconds the server wants to be asked again, where it said so. */
  readonly retryAfter: number | null;

  constructor(
    readonly problem: Problem,
    retryAfter: string | null = null,
  ) {
    super(problem.detail);
    this.retryAfter = retryAfter !== null && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** The address of a route: relative to the page, so that it holds below any path and behind any proxy. */
export function apiUrl(path: string, params?: URLSearchParams): string {
  const query = params?.toString() ?? '';
  return new URL(`api/v1/${path}${query === '' ? '' : `?${query}`}`, document.baseURI).href;
}

export async function getJson<T>(url: string, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: 'same-origin', headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) {
      throw error;
    }
    throw new ApiError({ title: 'No answer', status: 0, detail: 'The server cannot be reached.', code: 'unreachable' });
  }
  if (response.ok && (response.headers.get('content-type') ?? '').includes('json')) {
    return (await response.json()) as T;
  }
  throw new ApiError(await problemOf(response), response.headers.get('retry-after'));
}

async function problemOf(response: Response): Promise<Problem> {
  const usual: Problem = {
    title: response.statusText,
    status: response.status,
    detail:
      response.status === 401 || response.status === 403
        ? 'You may not read this; sign in again, or ask for access.'
        : response.ok || response.redirected
          ? 'The answer is not the API’s: the session may have ended. Reload the page.'
          : `The server answered ${response.status}.`,
    code: 'unexpected',
  };
  try {
    const problem = (await response.json()) as Partial<Problem>;
    return typeof problem.detail === 'string' ? { ...usual, ...problem } : usual;
  } catch {
    return usual;
  }
}
