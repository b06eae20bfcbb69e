import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './client';
import { holdPending } from './pending';
import { retryDelay } from './retry';
import { getShared } from './shared';

/** An answer under way, there, or failed. While a newer one is asked for, the last stays. */
export interface Answer<T> {
  readonly data: T | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
  /** Asks again at once. */
  retry(): void;
}

/**
 * Asks the API whenever the address changes, and forgets what is asked for no more.
 * @param url The question; null asks nothing.
 * @param keeps What the last answer must share with the question to stay on screen meanwhile; by default everything does.
 */
export function useApi<T>(url: string | null, keeps = ''): Answer<T> {
  const [state, setState] = useState<{ url: string | null; keeps: string; data: T | null; error: ApiError | null }>({
    url: null,
    keeps,
    data: null,
    error: null,
  });
  const [attempt, setAttempt] = useState(0);
  const failures = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is the same question asked again.
  useEffect(() => {
    if (url === null) {
      return;
    }
    let timer = 0;
    const abort = new AbortController();
    const release = holdPending();
    getShared<T>(url, abort.signal).then(
      data => {
        release();
        failures.current = 0;
        setState({ url, keeps, data, error: null });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) {
          const known =
            error instanceof ApiError
              ? error
              : new ApiError({ title: 'Error', status: 0, detail: String(error), code: 'unexpected' });
          setState(last => ({ url, keeps, data: last.keeps === keeps ? last.data : null, error: known }));
          const wait = retryDelay(known, failures.current++);
          if (wait === null) {
            release();
          } else {
            timer = setTimeout(() => setAttempt(last => last + 1), wait);
          }
        }
      },
    );
    return () => {
      clearTimeout(timer);
      release();
      abort.abort();
    };
  }, [url, keeps, attempt]);
  const isCurrent = state.keeps === keeps;
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent && state.url === url ? state.error : null,
    loading: url !== null && state.url !== url,
    retry: () => setAttempt(last => last + 1),
  };
}
