import type { Nanos } from '../format/money';

/** A cost; what is not known is left out. */
export interface Cost {
  cost_nanos?: Nanos;
  cost_input_nanos?: Nanos;
  cost_cached_input_nanos?: Nanos;
  cost_output_nanos?: Nanos;
  cost_fees_nanos?: Nanos;
}

/** A bin of a histogram: from, inclusive, to, exclusive. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

export interface Distribution {
  count: number;
  sum: number;
  min?: number;
  max?: number;
  mean?: number;
  p50?: number;
  p95?: number;
  p99?: number;
  histogram?: Bin[];
}

export interface Measures extends Cost {
  calls: number;
  priced: number;
  cost_coverage?: number;
  input_tokens: number;
  output_tokens: number;
  completed?: number;
  failed?: number;
  cancelled?: number;
  abandoned?: number;
  streaming?: number;
  cached?: number;
  usage_reported?: number;
  usage_estimated?: number;
  usage_missing?: number;
  attempts?: number;
  tool_calls?: number;
  schema_checked?: number;
  schema_failures?: number;
  uncached_input_tokens?: number;
  cache_read_tokens?: number;
  cache_write_5m_tokens?: number;
  cache_write_1h_tokens?: number;
  visible_output_tokens?: number;
  reasoning_tokens?: number;
  duration_us?: Distribution;
  time_to_first_token_us?: Distribution;
  output_length_tokens?: Distribution;
  output_tokens_per_second?: Distribution;
  queue_wait_us?: Distribution;
}

export interface AggregateRow {
  bucket?: string;
  keys: (string | null)[];
  is_other: boolean;
  measures: Measures;
  previous?: Measures;
}

export interface Aggregate {
  rows: AggregateRow[];
  total: Measures;
  previous?: Measures;
  capped_from?: string;
}

/** What a call and an attempt have in common. */
export interface Exchange extends Cost {
  started_at: string;
  provider?: string;
  request_model?: string;
  response_model?: string;
  response_id?: string;
  server_address?: string;
  http_status?: number;
  outcome: string;
  error_type?: string;
  finish_reason?: string;
  usage_source: string;
  input_tokens?: number;
  uncached_input_tokens?: number;
  cache_read_tokens?: number;
  cache_write_5m_tokens?: number;
  cache_write_1h_tokens?: number;
  output_tokens?: number;
  visible_output_tokens?: number;
  reasoning_tokens?: number;
  token_detail?: Record<string, number>;
  duration_us: number;
  time_to_first_token_us?: number;
  cost_reason?: string;
  price_entry?: string;
  catalog_date?: string;
}

export interface Call extends Exchange {
  id: string;
  trace_id?: string;
  span_id?: string;
  parent_span_id?: string;
  tags?: Record<string, string>;
  model?: string;
  operation: string;
  streaming: boolean;
  cached: boolean;
  attempt_count: number;
  tool_call_count: number;
  provider_time_us: number;
  session?: string;
  conversation?: string;
}

export interface CallPage {
  calls: Call[];
  next?: string;
  capped_from?: string;
}

export interface Attempt extends Exchange {
  ordinal: number;
  span_id?: string;
  parent_span_id?: string;
}

export interface ToolCall {
  ordinal: number;
  started_at: string;
  trace_id?: string;
  span_id?: string;
  parent_span_id?: string;
  name: string;
  type: string;
  tool_call_id?: string;
  outcome: string;
  error_type?: string;
  duration_us: number;
}

export interface Amendment extends Cost {
  id: string;
  created_at: string;
  amendment_kind: string;
  name?: string;
  score?: number;
  label?: string;
  cost_reason?: string;
  price_entry?: string;
}

export interface CostLine {
  class: string;
  billed_as: string;
  quantity: number;
  rate_usd: string;
  rate_unit: number;
  amount_nanos: string;
}

export interface CostExplanation extends Cost {
  attempt?: number;
  price_entry?: string;
  price_set?: string;
  catalog_date?: string;
  service_tier?: string;
  over?: number;
  geo?: string;
  geo_multiplier: string;
  speed?: string;
  speed_multiplier: string;
  exact_nanos?: string;
  cost_reason?: string;
  lines: CostLine[];
  agrees_with_record: boolean;
}

export interface CallDetail {
  call: Call;
  attempts: Attempt[];
  tool_calls: ToolCall[];
  amendments: Amendment[];
  cost_explanations: CostExplanation[];
}

export interface Values {
  values: { value: string; calls: number }[];
  has_more: boolean;
  capped_from?: string;
}

export interface Tool {
  name: string;
  type: string;
  tool_calls: number;
  completed: number;
  failed: number;
  cancelled: number;
  abandoned: number;
  duration_us: Distribution;
}

export interface Tools {
  tools: Tool[];
  has_more: boolean;
  capped_from?: string;
}

export interface Spool {
  records: number;
  bytes: number;
  fullness: number;
  lag_us: number;
  logged: number;
  recovered: number;
  read_back: number;
  quarantined: number;
  quarantined_bytes: number;
  put_aside: number;
  failing_since?: string;
}

export interface Sink {
  name: string;
  enabled: boolean;
  state: string;
  failing_since?: string;
  accepted: number;
  written: number;
  already_written: number;
  batches: number;
  retries: number;
  last_flush_us?: number;
  mean_flush_us?: number;
  queued_items: number;
  queued_bytes: number;
  queue_fullness: number;
  oldest_age_us: number;
  last_drop_at?: string;
  dropped: Record<string, number>;
  spool?: Spool;
}

export interface Pipeline {
  enabled: boolean;
  health: string;
  calls: number;
  in_progress: number;
  open_streams: number;
  streams_never_disposed: number;
  commit_timeouts: number;
  recorder_errors: number;
  calls_lost: number;
  last_call_lost_at?: string;
  dropped: number;
  tags: Record<string, number>;
  sinks: Sink[];
}

export interface StoreTable {
  name: string;
  partitions?: number;
  size_bytes?: number;
  rows?: number;
  from?: string;
  to?: string;
}

export interface Store {
  store: string;
  schema_version?: number;
  size_bytes?: number;
  tables: StoreTable[];
  rollup_lag_us?: number;
  waiting_deltas?: number;
  oldest_call_at?: string;
  newest_call_at?: string;
}

export interface WhatIf {
  calls: number;
  compared: number;
  actual_nanos?: Nanos;
  what_if_nanos?: Nanos;
  difference_nanos?: Nanos;
  searches_without_price: number;
  not_compared: { reason: string; calls: number }[];
  cache_savings_nanos?: Nanos;
  cache_savings_unknown: number;
  oldest_started_at?: string;
  is_cut: boolean;
  capped_from?: string;
}

export interface PricedModel {
  provider?: string;
  model: string;
}

export interface Models {
  models: PricedModel[];
  has_more: boolean;
}

export interface Settings {
  trace_url?: string;
  /** Whether the answers are of one tenant alone. */
  restricted?: boolean;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  parameter?: string;
  id?: string;
}
