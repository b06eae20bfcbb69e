import type { CallDetail } from '../api/types';

export interface Bar {
  readonly kind: 'call' | 'attempt' | 'tool';
  readonly label: string;
  readonly outcome: string;
  readonly note: string | undefined;
  /** Microseconds since the call began. */
  readonly start: number;
  readonly length: number;
  /** Where the first token came, since the call began. */
  readonly firstToken: number | undefined;
}

/** What happened in a call, in the order in which it began: attempts and tool calls between its start and its end. */
export function timelineBars({ call, attempts, tool_calls }: CallDetail): { bars: Bar[]; span: number } {
  const begin = micros(call.started_at);
  const inner: Bar[] = [
    ...attempts.map(attempt => ({
      kind: 'attempt' as const,
      label: `${attempt.ordinal}. ${attempt.response_model ?? attempt.request_model ?? attempt.provider ?? 'attempt'}`,
      outcome: attempt.outcome,
      note: attempt.error_type ?? attempt.finish_reason,
      start: micros(attempt.started_at) - begin,
      length: attempt.duration_us,
      firstToken:
        attempt.time_to_first_token_us === undefined
          ? undefined
          : micros(attempt.started_at) - begin + attempt.time_to_first_token_us,
    })),
    ...tool_calls.map(tool => ({
      kind: 'tool' as const,
      label: tool.name,
      outcome: tool.outcome,
      note: tool.error_type ?? tool.type,
      start: micros(tool.started_at) - begin,
      length: tool.duration_us,
      firstToken: undefined,
    })),
  ].sort((one, other) => one.start - other.start);
  const whole: Bar = {
    kind: 'call',
    label: 'Call',
    outcome: call.outcome,
    note: call.finish_reason ?? call.error_type,
    start: 0,
    length: call.duration_us,
    firstToken: call.time_to_first_token_us,
  };
  const bars = [whole, ...inner];
  return { bars, span: Math.max(1, ...bars.map(bar => bar.start + bar.length)) };
}

/** Microseconds of a time with six decimals, which a Date would cut to three. */
function micros(iso: string): number {
  const fraction = /\.(\d{1,6})/.exec(iso)?.[1] ?? '0';
  return Math.floor(Date.parse(iso) / 1_000) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}
