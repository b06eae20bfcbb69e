import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Answer } from '../api/useApi';

/** What stands where an answer will. */
export function Loading({ height = 8 }: { height?: number }) {
  return <div class={`loading h${height}`} role="status" aria-label="Loading" />;
}

export function Failure({ error }: { error: ApiError }) {
  const { detail, status, id } = error.problem;
  return (
    <div class="failure" role="alert">
      <strong>{status === 0 ? 'No answer' : `Not available (${status})`}</strong>
      <span>{detail}</span>
      {id === undefined ? null : <code>{id}</code>}
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
      {answer.error === null ? null : <Failure error={answer.error} />}
      {answer.data !== null ? (
        children(answer.data)
      ) : answer.error === null ? (
        <Loading {...(height === undefined ? {} : { height })} />
      ) : null}
    </>
  );
}

/** Says that a store looked at the newest part of the time only. */
export function Capped({ from }: { from: string | undefined }) {
  return from === undefined ? null : (
    <p class="note" role="note">
      This filter is answered from single calls, and so for the newest part of the time only: since{' '}
      {new Date(from).toLocaleString()}.
    </p>
  );
}
