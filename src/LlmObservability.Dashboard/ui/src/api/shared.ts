import { getJson } from './client';

interface UnderWay {
  readonly answer: Promise<unknown>;
  readonly abort: AbortController;
  readers: number;
}

const underWay = new Map<string, UnderWay>();

/** Asks once for all parts of a screen that ask the same at the same time; given up when the last of them does. */
export function getShared<T>(url: string, signal: AbortSignal): Promise<T> {
  const shared = underWay.get(url) ?? begin(url);
  shared.readers++;
  return new Promise<T>((resolve, reject) => {
    const leave = () => {
      shared.readers--;
      if (shared.readers === 0) {
        forget(url, shared);
        shared.abort.abort();
      }
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    shared.answer.then(
      answer => {
        signal.removeEventListener('abort', leave);
        resolve(answer as T);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', leave);
        reject(error);
      },
    );
  });
}

function begin(url: string): UnderWay {
  const abort = new AbortController();
  const begun: UnderWay = { abort, readers: 0, answer: getJson<unknown>(url, abort.signal) };
  begun.answer.then(
    () => forget(url, begun),
    () => forget(url, begun),
  );
  underWay.set(url, begun);
  return begun;
}

function forget(url: string, shared: UnderWay): void {
  if (underWay.get(url) === shared) {
    underWay.delete(url);
  }
}
