import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Answer } from '../api/useApi';
import { minute } from '../format/time';
import { Boundary } from './Boundary';

/** What stands where an answer will. */
export function Loading({ height = 8 }: { height?: number }) {
  return <div class={`loading h${height}`} role="status" aria-label="Loading" />;
}

// What a status means to a reader, and what to do about it.
const meanings: Record<number, readonly [title: string, advice: string]> = {
  0: ['No answer', 'The page asks again by itself.'],
  401: ['You may not see this', ''],
  403: ['You may not see this', ''],
  404: ['Not found', 'It may belong to somebody else, or be older than what is kept.'],
  429: ['Too many questions at once', 'The page asks again by itself.'],
  503: ['The store is away', 'The page asks again by itself.'],
  504: ['It took too long', 'Choose a shorter time, or fewer values.'],
};

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }) {
  const { detail, status, id, parameter } = error.problem;
  const [title, advice] = meanings[status] ?? [`Not available (${status})`, ''];
  return (
    <div class="failure" role="alert" data-status={status}>
      <strong>{title}</strong>
      <span>
        {detail} {advice}
      </span>
      {id === undefined && parameter === undefined ? null : <code>{id ?? parameter?.slice(0, 200)}</code>}
      {retry === undefined ? null : (
        <button type="button" class="again" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** An answer in whichever state it is; an older one stays under the message when a newer one fails. */
export function Answered<T>({
  answer,
  height,
  children,
}: {
  answer: Answer<T>;
  height?: number;
  children: (data: T) => ComponentChildren;
}) {
  return (
    <>
      {answer.error === null ? null : <Failure error={answer.error} retry={answer.retry} />}
      {answer.data !== null ? (
        <Boundary>
          <Shown data={answer.data} show={children} />
        </Boundary>
      ) : answer.error === null ? (
        <Loading {...(height === undefined ? {} : { height })} />
      ) : null}
    </>
  );
}

// A component of its own, so that what goes wrong in it is caught around it.
function Shown<T>({ data, show }: { data: T; show: (data: T) => ComponentChildren }) {
  return <>{show(data)}</>;
}

/** Says that a store looked at the newest part of the time only. */
export function Capped({ from }: { from: string | undefined }) {
  return from === undefined ? null : (
    <p class="note" role="note">
      This filter is answered from single calls, and so for the newest part of the time only: since {minute(from)}. What is older
      is not in these figures; a shorter time, or fewer conditions, is answered whole.
    </p>
  );
}
