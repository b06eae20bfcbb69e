-- The tables. Names are unqualified: the migrator points search_path at the configured schema.
-- Text compares by code point everywhere, whatever the database's locale: the read contract says so.

CREATE TABLE calls (
  id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  duration_us bigint NOT NULL,
  provider_time_us bigint NOT NULL,
  time_to_first_token_us bigint,
  queue_wait_us bigint,
  input_tokens bigint,
  uncached_input_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  output_tokens bigint,
  visible_output_tokens bigint,
  reasoning_tokens bigint,
  output_tokens_per_second double precision,
  cost_nanos bigint,
  cost_input_nanos bigint,
  cost_cached_input_nanos bigint,
  cost_output_nanos bigint,
  cost_fees_nanos bigint,
  attempt_count integer NOT NULL,
  tool_call_count integer NOT NULL,
  http_status integer,
  server_port integer,
  catalog_date date,
  streaming boolean NOT NULL,
  cached boolean NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  operation text COLLATE "C" NOT NULL,
  output_type text COLLATE "C" NOT NULL,
  usage_source text COLLATE "C" NOT NULL,
  cost_reason text COLLATE "C" NOT NULL,
  provider text COLLATE "C",
  model text COLLATE "C",
  request_model text COLLATE "C",
  response_model text COLLATE "C",
  response_id text COLLATE "C",
  server_address text COLLATE "C",
  service_tier text COLLATE "C",
  error_type text COLLATE "C",
  finish_reason text COLLATE "C",
  price_entry text COLLATE "C",
  trace_id text COLLATE "C",
  span_id text COLLATE "C",
  "user" text COLLATE "C",
  tenant text COLLATE "C",
  session text COLLATE "C",
  conversation text COLLATE "C",
  episode text COLLATE "C",
  route text COLLATE "C",
  feature text COLLATE "C",
  config text COLLATE "C",
  variant text COLLATE "C",
  environment text COLLATE "C",
  service text COLLATE "C",
  service_version text COLLATE "C",
  tags jsonb,
  token_detail jsonb,
  PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX calls_started_at ON calls (started_at, id);

COMMENT ON TABLE calls IS 'One row for each LLM call; partitioned by UTC day of started_at.';
COMMENT ON COLUMN calls.id IS 'UUID version 7: its first 48 bits are the milliseconds of started_at.';
COMMENT ON COLUMN calls.started_at IS 'When the call began, in whole microseconds.';
COMMENT ON COLUMN calls.duration_us IS 'Microseconds from the call to its end as the caller saw it.';
COMMENT ON COLUMN calls.provider_time_us IS 'The part of duration_us spent waiting for the provider.';
COMMENT ON COLUMN calls.input_tokens IS 'All input tokens, cached ones included; NULL when no usage is known.';
COMMENT ON COLUMN calls.output_tokens IS 'All output tokens, reasoning included; NULL when no usage is known.';
COMMENT ON COLUMN calls.cost_nanos IS 'Cost in nano-dollars (1 USD = 1,000,000,000), the sum of its four parts; NULL when not known, never 0 for that.';
COMMENT ON COLUMN calls.cost_reason IS 'Why the cost is what it is: priced, or the reason it is not known.';
COMMENT ON COLUMN calls.outcome IS 'completed, failed, cancelled or abandoned.';
COMMENT ON COLUMN calls.usage_source IS 'reported, estimated or missing.';
COMMENT ON COLUMN calls.model IS 'The model that answered, else the one asked for.';
COMMENT ON COLUMN calls."user" IS 'A keyed hash of the user''s id, or the id where the application chose so.';
COMMENT ON COLUMN calls.tags IS 'The application''s own tags, text by key; NULL when there are none.';
COMMENT ON COLUMN calls.token_detail IS 'Rare token classes (audio, image, video, citation); NULL when there are none.';

CREATE TABLE attempts (
  call_id uuid NOT NULL,
  call_started_at timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  duration_us bigint NOT NULL,
  time_to_first_token_us bigint,
  input_tokens bigint,
  uncached_input_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  output_tokens bigint,
  visible_output_tokens bigint,
  reasoning_tokens bigint,
  cost_nanos bigint,
  cost_input_nanos bigint,
  cost_cached_input_nanos bigint,
  cost_output_nanos bigint,
  cost_fees_nanos bigint,
  ordinal integer NOT NULL,
  http_status integer,
  catalog_date date,
  outcome text COLLATE "C" NOT NULL,
  usage_source text COLLATE "C" NOT NULL,
  cost_reason text COLLATE "C" NOT NULL,
  provider text COLLATE "C",
  request_model text COLLATE "C",
  response_model text COLLATE "C",
  response_id text COLLATE "C",
  provider_request_id text COLLATE "C",
  server_address text COLLATE "C",
  error_type text COLLATE "C",
  finish_reason text COLLATE "C",
  price_entry text COLLATE "C",
  token_detail jsonb,
  PRIMARY KEY (call_id, ordinal, call_started_at)
) PARTITION BY RANGE (call_started_at);

COMMENT ON TABLE attempts IS 'Attempts of wrapped clients inside a call; partitioned like their call.';
COMMENT ON COLUMN attempts.call_started_at IS 'started_at of the call.';
COMMENT ON COLUMN attempts.provider_request_id IS 'The provider''s id of the request, from its response headers.';

CREATE TABLE tool_calls (
  call_id uuid NOT NULL,
  call_started_at timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  duration_us bigint NOT NULL,
  ordinal integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  tool_call_id text COLLATE "C",
  error_type text COLLATE "C",
  PRIMARY KEY (call_id, ordinal, call_started_at)
) PARTITION BY RANGE (call_started_at);

COMMENT ON TABLE tool_calls IS 'Invocations of tools inside a call; partitioned like their call.';
COMMENT ON COLUMN tool_calls.call_started_at IS 'started_at of the call.';

CREATE TABLE amendments (
  id uuid NOT NULL,
  call_id uuid NOT NULL,
  call_started_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  score double precision,
  cost_nanos bigint,
  cost_input_nanos bigint,
  cost_cached_input_nanos bigint,
  cost_output_nanos bigint,
  cost_fees_nanos bigint,
  catalog_date date,
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  label text COLLATE "C",
  cost_reason text COLLATE "C",
  price_entry text COLLATE "C",
  PRIMARY KEY (call_id, id, call_started_at)
) PARTITION BY RANGE (call_started_at);

COMMENT ON TABLE amendments IS 'What was learned about a call later: verdicts, feedback, repricings. The call itself never changes.';
COMMENT ON COLUMN amendments.call_started_at IS 'started_at of the call.';

-- What was committed, by the numbers that a writer gives its envelopes: a batch that comes again is recognised by it.
CREATE TABLE ledger (
  writer_id uuid NOT NULL,
  first_sequence bigint NOT NULL,
  last_sequence bigint NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (writer_id, first_sequence),
  CHECK (first_sequence <= last_sequence)
);

COMMENT ON TABLE ledger IS 'Ranges of sequence numbers that are committed, by writer; written in the transaction of their rows.';

-- Envelopes that are not kept as rows.
CREATE TABLE rejected (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rejected_at timestamptz NOT NULL DEFAULT now(),
  writer_id uuid NOT NULL,
  sequence bigint NOT NULL,
  reason text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  call_id uuid NOT NULL,
  call_started_at timestamptz NOT NULL,
  record jsonb NOT NULL
);

COMMENT ON TABLE rejected IS 'Envelopes put aside: their time is outside what is kept, or they contradict themselves.';

-- Rows of a batch that collided, on their way to the function that merges them. Empty outside of a transaction, so
-- there is nothing to lose in a crash.
CREATE UNLOGGED TABLE staging_calls (LIKE calls, writer_id uuid NOT NULL, sequence bigint NOT NULL);
CREATE UNLOGGED TABLE staging_attempts (LIKE attempts, writer_id uuid NOT NULL, sequence bigint NOT NULL);
CREATE UNLOGGED TABLE staging_tool_calls (LIKE tool_calls, writer_id uuid NOT NULL, sequence bigint NOT NULL);
CREATE UNLOGGED TABLE staging_amendments (LIKE amendments, writer_id uuid NOT NULL, sequence bigint NOT NULL);
