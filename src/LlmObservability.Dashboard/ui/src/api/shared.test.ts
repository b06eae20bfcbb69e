import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getShared } from './shared';

let answers: ((body: string) => void)[] = [];

beforeEach(() => {
  answers = [];
  vi.stubGlobal(
    'fetch',
    vi.fn(
      (_: string, { signal }: { signal: AbortSignal }) =>
        new Promise<Response>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          answers.push(body => resolve(new Response(body, { headers: { 'content-type': 'application/json' } })));
        }),
    ),
  );
});
afterEach(() => vi.unstubAllGlobals());

test('who asks the same meanwhile gets the same answer, and who asks later a new one', async () => {
  const signal = new AbortController().signal;
  const both = [getShared('/a', signal), getShared('/a', signal), getShared('/b', signal)];
  expect(answers.length).toBe(2);
  answers[0]?.('{"n":1}');
  answers[1]?.('{"n":2}');
  expect(await Promise.all(both)).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }]);

  const later = getShared('/a', signal);
  expect(answers.length).toBe(3);
  answers[2]?.('{"n":3}');
  expect(await later).toEqual({ n: 3 });
});

test('one that gives up leaves the others their answer, and the last ends the question', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const [gone, stays] = [getShared('/a', first.signal), getShared('/a', second.signal)];
  first.abort();
  await expect(gone).rejects.toThrow();
  answers[0]?.('{"n":1}');
  expect(await stays).toEqual({ n: 1 });

  const [third, fourth] = [new AbortController(), new AbortController()];
  const all = [getShared('/a', third.signal), getShared('/a', fourth.signal)];
  third.abort();
  fourth.abort();
  await Promise.all(all.map(answer => expect(answer).rejects.toThrow()));
  void getShared('/a', second.signal).catch(() => undefined);
  expect(answers.length).toBe(3);
});
