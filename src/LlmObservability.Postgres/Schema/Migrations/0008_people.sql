-- For people: views in dollars and seconds, a comment on every column, and what a repricing keeps of itself.

-- The effective cost of a call is that of its newest repricing, if there is one: few have any, and those are found here.
CREATE INDEX amendments_repricing ON amendments (call_started_at, call_id) WHERE kind = 'repricing';

CREATE TABLE repricing_jobs (
  id uuid PRIMARY KEY,
  from_time timestamptz NOT NULL,
  to_time timestamptz NOT NULL,
  catalog_date date NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  cursor_started_at timestamptz,
  cursor_id uuid,
  report jsonb NOT NULL
);

COMMENT ON TABLE repricing_jobs IS 'Runs of repricing: how far each came, so that one that was cut off goes on there, and what it did.';
COMMENT ON COLUMN repricing_jobs.id IS 'The run''s id, from whoever began it.';
COMMENT ON COLUMN repricing_jobs.from_time IS 'Calls that began then or later are priced anew.';
COMMENT ON COLUMN repricing_jobs.to_time IS 'Calls that began before are priced anew.';
COMMENT ON COLUMN repricing_jobs.catalog_date IS 'Date of the catalog by which they are.';
COMMENT ON COLUMN repricing_jobs.begun_at IS 'When the run began.';
COMMENT ON COLUMN repricing_jobs.updated_at IS 'When its last batch was committed.';
COMMENT ON COLUMN repricing_jobs.finished_at IS 'When it came to its end; NULL while it has not.';
COMMENT ON COLUMN repricing_jobs.cursor_started_at IS 'started_at of the last call that it looked at; NULL before the first batch.';
COMMENT ON COLUMN repricing_jobs.cursor_id IS 'Id of the last call that it looked at.';
COMMENT ON COLUMN repricing_jobs.report IS 'What was counted so far: calls, changes, cost before and after in nano-dollars.';

COMMENT ON TABLE schema_migrations IS 'The migrations that were applied.';
COMMENT ON COLUMN schema_migrations.version IS 'The migration''s number.';
COMMENT ON COLUMN schema_migrations.name IS 'The migration''s name.';
COMMENT ON COLUMN schema_migrations.checksum IS 'SHA-256 of its text: one that was applied never changes.';
COMMENT ON COLUMN schema_migrations.applied_at IS 'When it was applied.';

COMMENT ON COLUMN calls.time_to_first_token_us IS 'Microseconds of the provider''s time up to the first update with content; NULL when not streamed or none came.';
COMMENT ON COLUMN calls.queue_wait_us IS 'Microseconds that the request waited before the call, where the application says so.';
COMMENT ON COLUMN calls.uncached_input_tokens IS 'Input tokens neither read from nor written to a cache, without those of token_detail.';
COMMENT ON COLUMN calls.cache_read_tokens IS 'Input tokens read from the provider''s prompt cache.';
COMMENT ON COLUMN calls.cache_write_5m_tokens IS 'Input tokens written to the prompt cache for 5 minutes, or for the provider''s only lifetime.';
COMMENT ON COLUMN calls.cache_write_1h_tokens IS 'Input tokens written to the prompt cache for 1 hour.';
COMMENT ON COLUMN calls.visible_output_tokens IS 'Output tokens that are not reasoning, without those of token_detail.';
COMMENT ON COLUMN calls.reasoning_tokens IS 'Output tokens spent on reasoning.';
COMMENT ON COLUMN calls.output_tokens_per_second IS 'Output tokens per second of provider_time_us; NULL without usage, output or time.';
COMMENT ON COLUMN calls.cost_input_nanos IS 'The part of cost_nanos for input that was not read from a cache, cache writes included.';
COMMENT ON COLUMN calls.cost_cached_input_nanos IS 'The part of cost_nanos for input read from a cache.';
COMMENT ON COLUMN calls.cost_output_nanos IS 'The part of cost_nanos for output, reasoning included.';
COMMENT ON COLUMN calls.cost_fees_nanos IS 'The part of cost_nanos for fees of requests and searches.';
COMMENT ON COLUMN calls.attempt_count IS 'How many attempts the call is known to have made; 0 where no model was called.';
COMMENT ON COLUMN calls.tool_call_count IS 'How many functions the model asked for, invoked or not.';
COMMENT ON COLUMN calls.http_status IS 'HTTP status of a failure, where it is known.';
COMMENT ON COLUMN calls.server_port IS 'Port of the provider.';
COMMENT ON COLUMN calls.catalog_date IS 'Date of the catalog that held price_entry.';
COMMENT ON COLUMN calls.streaming IS 'Whether the response was streamed.';
COMMENT ON COLUMN calls.cached IS 'Whether the answer is known to come from the application''s cache, with no provider called.';
COMMENT ON COLUMN calls.operation IS 'chat, embeddings, generate_content or execute_tool.';
COMMENT ON COLUMN calls.output_type IS 'text, json, image or speech.';
COMMENT ON COLUMN calls.provider IS 'The provider that was asked, by its name in the GenAI conventions.';
COMMENT ON COLUMN calls.request_model IS 'The model that was asked for.';
COMMENT ON COLUMN calls.response_model IS 'The model that answered, as the response names it.';
COMMENT ON COLUMN calls.response_id IS 'The provider''s id of the response.';
COMMENT ON COLUMN calls.server_address IS 'Host of the provider.';
COMMENT ON COLUMN calls.service_tier IS 'The service tier that served the call; NULL for the standard one.';
COMMENT ON COLUMN calls.error_type IS 'Full name of the exception''s type; NULL unless it failed.';
COMMENT ON COLUMN calls.finish_reason IS 'Why the model stopped.';
COMMENT ON COLUMN calls.price_entry IS 'The price entry that matched, as provider/model or override/model.';
COMMENT ON COLUMN calls.trace_id IS 'Trace of the call''s span, in hex; NULL when nobody traced it.';
COMMENT ON COLUMN calls.span_id IS 'The call''s span, in hex; NULL when nobody traced it.';
COMMENT ON COLUMN calls.tenant IS 'Tag: the customer for whom the call was made.';
COMMENT ON COLUMN calls.session IS 'Tag: the user''s session.';
COMMENT ON COLUMN calls.conversation IS 'Tag: the conversation that the call belongs to.';
COMMENT ON COLUMN calls.episode IS 'Tag: the run of an agent, or another unit of work, that the call belongs to.';
COMMENT ON COLUMN calls.route IS 'Tag: the route of the request that made the call.';
COMMENT ON COLUMN calls.feature IS 'Tag: the feature of the application.';
COMMENT ON COLUMN calls.config IS 'Tag: the configuration or experiment.';
COMMENT ON COLUMN calls.variant IS 'Tag: the variant within config.';
COMMENT ON COLUMN calls.environment IS 'Tag: where the application ran, such as production.';
COMMENT ON COLUMN calls.service IS 'Tag: the service that made the call.';
COMMENT ON COLUMN calls.service_version IS 'Tag: the version of the service.';

COMMENT ON COLUMN attempts.call_id IS 'The call''s id.';
COMMENT ON COLUMN attempts.started_at IS 'When the attempt began, in whole microseconds.';
COMMENT ON COLUMN attempts.duration_us IS 'Microseconds from the attempt''s start to its end.';
COMMENT ON COLUMN attempts.ordinal IS '1, 2, 3 … in the order in which the attempts began.';

COMMENT ON COLUMN tool_calls.call_id IS 'Id of the call whose model asked for the tool.';
COMMENT ON COLUMN tool_calls.started_at IS 'When the invocation began, in whole microseconds.';
COMMENT ON COLUMN tool_calls.duration_us IS 'Microseconds from the invocation''s start to its end.';
COMMENT ON COLUMN tool_calls.ordinal IS '1, 2, 3 … within the call.';
COMMENT ON COLUMN tool_calls.name IS 'The tool''s name.';
COMMENT ON COLUMN tool_calls.type IS 'function, mcp, a2a, code_interpreter, web_search, image_generation, or an application''s own word.';
COMMENT ON COLUMN tool_calls.tool_call_id IS 'The id by which the model asked for it.';

COMMENT ON COLUMN amendments.id IS 'UUID version 7 of created_at.';
COMMENT ON COLUMN amendments.call_id IS 'The call''s id.';
COMMENT ON COLUMN amendments.created_at IS 'When it was made, in whole microseconds.';
COMMENT ON COLUMN amendments.score IS 'A score, as of a verdict or a similarity.';
COMMENT ON COLUMN amendments.kind IS 'feedback, verdict, similarity, an application''s own word, or repricing, which only a repricing writes.';
COMMENT ON COLUMN amendments.name IS 'Which one of its kind: the feedback''s or the evaluator''s name.';
COMMENT ON COLUMN amendments.label IS 'A label or short text.';
COMMENT ON COLUMN amendments.cost_nanos IS 'A new cost in nano-dollars; of a repricing NULL when it is not known any more.';

COMMENT ON COLUMN ledger.writer_id IS 'Who gave the numbers.';
COMMENT ON COLUMN ledger.first_sequence IS 'The first number of the range.';
COMMENT ON COLUMN ledger.last_sequence IS 'The last number of the range.';
COMMENT ON COLUMN ledger.committed_at IS 'When the range was last added to.';
COMMENT ON COLUMN ledger_horizon.one_row IS 'Always true: there is one row.';
COMMENT ON COLUMN ledger_horizon.horizon IS 'Whatever was numbered before may have been committed by an entry that is gone.';

COMMENT ON COLUMN rejected.id IS 'Rises with time.';
COMMENT ON COLUMN rejected.rejected_at IS 'When it was put aside.';
COMMENT ON COLUMN rejected.writer_id IS 'Who gave it its number.';
COMMENT ON COLUMN rejected.sequence IS 'Its number.';
COMMENT ON COLUMN rejected.reason IS 'outside_window or poison.';
COMMENT ON COLUMN rejected.kind IS 'call, tool_call or amendment.';
COMMENT ON COLUMN rejected.call_id IS 'Id of the call that it is or is about.';
COMMENT ON COLUMN rejected.call_started_at IS 'started_at of that call.';

-- The rollups, as far as they are there.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT c.oid::regclass AS relation, NULL::name AS name, known.meaning
    FROM (VALUES
      ('rollup_deltas', 'Sums of the batches whose calls are not folded yet; the bucket is a minute.'),
      ('rollup_minutes', 'Sums by the minute. Several rows may stand for one bucket and key: group, and add rollup_deltas.'),
      ('rollup_hours', 'Sums by the hour. Several rows may stand for one bucket and key: group, and add rollup_deltas.'),
      ('rollup_days', 'Sums by the UTC day. Several rows may stand for one bucket and key: group, and add rollup_deltas.'),
      ('rollup_value_deltas', 'What values spent in batches that are not folded yet; the bucket is an hour.'),
      ('rollup_value_hours', 'What each value spent by the hour. Several rows may stand for one bucket and value.'),
      ('rollup_value_days', 'What each value spent by the UTC day. Several rows may stand for one bucket and value.'),
      ('rollup_periods', 'What was appended to a period since its rows were last merged, and how far a merge under way has come.')) AS known (name, meaning)
    JOIN pg_class c ON c.oid = to_regclass(known.name)
    WHERE obj_description(c.oid, 'pg_class') IS NULL
    UNION ALL
    SELECT c.oid::regclass, a.attname, CASE
      WHEN a.attname = 'bucket' THEN 'Where the minute, hour or UTC day begins.'
      WHEN a.attname = 'rollup' THEN 'The set of dimensions: total, model, tenant, service, tenant_model, experiment or ending; the columns of others are NULL.'
      WHEN a.attname = 'field' THEN 'What the value is one of: user, or a tag as tag.KEY.'
      WHEN a.attname = 'value' THEN 'The value; NULL for all beyond the most that are told apart.'
      WHEN a.attname = 'level' THEN 'Which rollup: minutes, hours, days, value_hours or value_days.'
      WHEN a.attname = 'folds' THEN 'How often it was appended to, the last merge counted too.'
      WHEN a.attname = 'appended' THEN 'How many rows were appended since.'
      WHEN a.attname = 'merged' THEN 'How many rows the last merge left.'
      WHEN a.attname = 'merged_at' THEN 'When the last merge ended; NULL before.'
      WHEN a.attname = 'merging' THEN 'The set or field that is being merged, those before it being done; NULL while none is.'
      WHEN a.attname = 'merging_from' THEN 'The least hash of a key of it that is not merged yet.'
      WHEN a.attname = 'one' THEN 'Always true: there is one row.'
      WHEN a.attname = 'since' THEN 'Since when.'
      WHEN a.attname IN ('environment', 'service', 'service_version', 'operation', 'provider', 'model', 'route', 'tenant', 'feature', 'config',
        'variant', 'error_type', 'finish_reason') THEN 'As in calls; NULL too where the set is not by it.'
      WHEN a.attname = 'calls' THEN 'How many calls. NULL stands for 0 here and in all that follows.'
      WHEN a.attname IN ('completed', 'failed', 'cancelled', 'abandoned') THEN 'How many calls ended so.'
      WHEN a.attname = 'streaming' THEN 'How many calls were streamed.'
      WHEN a.attname = 'cached' THEN 'How many calls were answered from the application''s cache.'
      WHEN a.attname LIKE 'usage\_%' THEN 'How many calls have usage of this kind.'
      WHEN a.attname = 'priced' THEN 'How many calls have a known cost.'
      WHEN a.attname = 'attempts' THEN 'The sum of attempt_count.'
      WHEN a.attname = 'tool_calls' THEN 'The sum of tool_call_count.'
      WHEN a.attname = 'schema_checked' THEN 'How many answers were checked against their schema.'
      WHEN a.attname = 'schema_failures' THEN 'How many of them did not match.'
      WHEN a.attname LIKE '%\_nanos' THEN 'The sum of this part of the cost, in nano-dollars; repricings included.'
      WHEN a.attname LIKE '%\_histogram' THEN 'How many calls by size: a list of buckets and counts, each bucket within 1.6 % of its values.'
      WHEN a.attname LIKE '%\_sum' THEN 'The sum of the calls'' values.'
      WHEN a.attname LIKE '%\_count' THEN 'How many calls have a value.'
      WHEN a.attname LIKE '%\_min' THEN 'The least of the calls'' values.'
      WHEN a.attname LIKE '%\_max' THEN 'The greatest of the calls'' values.'
      WHEN a.attname LIKE '%\_tokens' THEN 'The sum of the calls'' tokens of this class.'
    END
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema()) AND c.relname LIKE 'rollup\_%' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND col_description(c.oid, a.attnum) IS NULL
  LOOP
    IF found.name IS NULL THEN
      EXECUTE format('COMMENT ON TABLE %s IS %L', found.relation, found.meaning);
    ELSIF found.meaning IS NOT NULL THEN
      EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', found.relation, found.name, found.meaning);
    END IF;
  END LOOP;
END
$$;

-- Money is exact (numeric, nine places); times are seconds. A cost here is the one that the row was recorded with.
CREATE VIEW calls_readable AS
SELECT
  c.id, c.started_at, c.outcome, c.operation, c.output_type, c.provider, c.model, c.request_model, c.response_model,
  c."user", c.tenant, c.session, c.conversation, c.episode, c.route, c.feature, c.config, c.variant, c.environment,
  c.service, c.service_version, c.tags,
  c.duration_us / 1000000::double precision AS duration_seconds,
  c.provider_time_us / 1000000::double precision AS provider_seconds,
  c.time_to_first_token_us / 1000000::double precision AS time_to_first_token_seconds,
  c.longest_stall_us / 1000000::double precision AS longest_stall_seconds,
  c.queue_wait_us / 1000000::double precision AS queue_wait_seconds,
  c.output_tokens_per_second, c.chunk_count,
  c.usage_source, c.input_tokens, c.uncached_input_tokens, c.cache_read_tokens, c.cache_write_5m_tokens,
  c.cache_write_1h_tokens, c.output_tokens, c.visible_output_tokens, c.reasoning_tokens, c.token_detail,
  c.cost_nanos * 0.000000001 AS recorded_cost_usd,
  c.cost_input_nanos * 0.000000001 AS recorded_input_usd,
  c.cost_cached_input_nanos * 0.000000001 AS recorded_cached_input_usd,
  c.cost_output_nanos * 0.000000001 AS recorded_output_usd,
  c.cost_fees_nanos * 0.000000001 AS recorded_fees_usd,
  c.cost_reason AS recorded_cost_reason, c.price_entry AS recorded_price_entry, c.catalog_date AS recorded_catalog_date,
  c.attempt_count, c.tool_call_count, c.streaming, c.cached, c.similarity, c.error_type, c.http_status, c.finish_reason,
  c.schema_validated, c.schema_errors, c.service_tier, c.geo, c.speed, c.web_search_count, c.input_count, c.dimensions,
  c.server_address, c.server_port, c.response_id, c.provider_request_id, c.http_send_count,
  c.retry_after_us / 1000000::double precision AS retry_after_seconds,
  c.remaining_requests, c.remaining_tokens, c.trace_id, c.span_id
FROM calls c;

CREATE VIEW attempts_readable AS
SELECT
  a.call_id, a.call_started_at, a.ordinal, a.started_at, a.outcome, a.provider, a.request_model, a.response_model,
  a.duration_us / 1000000::double precision AS duration_seconds,
  a.time_to_first_token_us / 1000000::double precision AS time_to_first_token_seconds,
  a.usage_source, a.input_tokens, a.uncached_input_tokens, a.cache_read_tokens, a.cache_write_5m_tokens,
  a.cache_write_1h_tokens, a.output_tokens, a.visible_output_tokens, a.reasoning_tokens, a.token_detail,
  a.cost_nanos * 0.000000001 AS recorded_cost_usd,
  a.cost_input_nanos * 0.000000001 AS recorded_input_usd,
  a.cost_cached_input_nanos * 0.000000001 AS recorded_cached_input_usd,
  a.cost_output_nanos * 0.000000001 AS recorded_output_usd,
  a.cost_fees_nanos * 0.000000001 AS recorded_fees_usd,
  a.cost_reason AS recorded_cost_reason, a.price_entry AS recorded_price_entry, a.catalog_date AS recorded_catalog_date,
  a.error_type, a.http_status, a.finish_reason, a.server_address, a.response_id, a.provider_request_id, a.http_send_count,
  a.retry_after_us / 1000000::double precision AS retry_after_seconds,
  a.remaining_requests, a.remaining_tokens
FROM attempts a;

CREATE VIEW tool_calls_readable AS
SELECT
  t.call_id, t.call_started_at, t.ordinal, t.started_at, t.name, t.type, t.outcome,
  t.duration_us / 1000000::double precision AS duration_seconds,
  t.error_type, t.tool_call_id
FROM tool_calls t;

CREATE VIEW amendments_readable AS
SELECT
  a.id, a.call_id, a.call_started_at, a.created_at, a.kind, a.name, a.score, a.label,
  a.cost_nanos * 0.000000001 AS cost_usd,
  a.cost_input_nanos * 0.000000001 AS input_usd,
  a.cost_cached_input_nanos * 0.000000001 AS cached_input_usd,
  a.cost_output_nanos * 0.000000001 AS output_usd,
  a.cost_fees_nanos * 0.000000001 AS fees_usd,
  a.cost_reason, a.price_entry, a.catalog_date
FROM amendments a;

-- What calls cost by the newest that is known of them. Joined, and not looked up row by row, so that the planner may hash a
-- month and still look up an hour.
CREATE VIEW call_costs AS
SELECT
  c.id, c.started_at, c.outcome, c.operation, c.provider, c.model, c.request_model, c.response_model,
  c."user", c.tenant, c.session, c.conversation, c.episode, c.route, c.feature, c.config, c.variant, c.environment,
  c.service, c.service_version, c.tags, c.streaming, c.cached, c.duration_seconds,
  c.usage_source, c.input_tokens, c.uncached_input_tokens, c.cache_read_tokens, c.cache_write_5m_tokens,
  c.cache_write_1h_tokens, c.output_tokens, c.visible_output_tokens, c.reasoning_tokens,
  CASE WHEN r.id IS NULL THEN c.recorded_cost_usd ELSE r.cost_nanos * 0.000000001 END AS cost_usd,
  CASE WHEN r.id IS NULL THEN c.recorded_input_usd ELSE r.cost_input_nanos * 0.000000001 END AS input_usd,
  CASE WHEN r.id IS NULL THEN c.recorded_cached_input_usd ELSE r.cost_cached_input_nanos * 0.000000001 END AS cached_input_usd,
  CASE WHEN r.id IS NULL THEN c.recorded_output_usd ELSE r.cost_output_nanos * 0.000000001 END AS output_usd,
  CASE WHEN r.id IS NULL THEN c.recorded_fees_usd ELSE r.cost_fees_nanos * 0.000000001 END AS fees_usd,
  CASE WHEN r.id IS NULL THEN c.recorded_cost_reason ELSE r.cost_reason END AS cost_reason,
  CASE WHEN r.id IS NULL THEN c.recorded_price_entry ELSE r.price_entry END AS price_entry,
  CASE WHEN r.id IS NULL THEN c.recorded_catalog_date ELSE r.catalog_date END AS catalog_date,
  r.created_at AS repriced_at, c.recorded_cost_usd
FROM calls_readable c
LEFT JOIN (
  SELECT n.*
  FROM amendments n
  WHERE n.kind = 'repricing' AND NOT EXISTS (
    SELECT FROM amendments later
    WHERE later.kind = 'repricing' AND later.call_id = n.call_id AND later.call_started_at = n.call_started_at
      AND (later.created_at, later.id) > (n.created_at, n.id))) r
  ON r.call_id = c.id AND r.call_started_at = c.started_at;

COMMENT ON VIEW calls_readable IS 'calls in dollars and seconds, with the cost that each was recorded with; call_costs has the newest.';
COMMENT ON VIEW attempts_readable IS 'attempts in dollars and seconds.';
COMMENT ON VIEW tool_calls_readable IS 'tool_calls in seconds.';
COMMENT ON VIEW amendments_readable IS 'amendments in dollars.';
COMMENT ON VIEW call_costs IS 'What calls cost in dollars by the newest repricing of each, else as recorded.';
COMMENT ON COLUMN calls_readable.duration_seconds IS 'From the call to its end as the caller saw it.';
COMMENT ON COLUMN calls_readable.provider_seconds IS 'The part of duration_seconds spent waiting for the provider.';
COMMENT ON COLUMN attempts_readable.duration_seconds IS 'From the attempt''s start to its end.';
COMMENT ON COLUMN tool_calls_readable.duration_seconds IS 'From the invocation''s start to its end.';
COMMENT ON COLUMN amendments_readable.cost_usd IS 'A new cost in US dollars; of a repricing NULL when it is not known any more.';
COMMENT ON COLUMN call_costs.cost_usd IS 'The effective cost in US dollars, the sum of its four parts; NULL when not known.';
COMMENT ON COLUMN call_costs.cost_reason IS 'Why cost_usd is what it is: priced, or the reason it is not known.';
COMMENT ON COLUMN call_costs.price_entry IS 'The price entry of cost_usd.';
COMMENT ON COLUMN call_costs.catalog_date IS 'Date of the catalog that held price_entry.';
COMMENT ON COLUMN call_costs.repriced_at IS 'When the newest repricing was made; NULL when cost_usd is the recorded one.';

-- What a column is called elsewhere by the same name it is here, unless it has a comment of its own.
DO $$
DECLARE
  pair text[];
  found record;
BEGIN
  FOREACH pair SLICE 1 IN ARRAY ARRAY[
    ['attempts', 'calls'], ['tool_calls', 'attempts'], ['amendments', 'calls'],
    ['calls_readable', 'calls'], ['attempts_readable', 'attempts'], ['tool_calls_readable', 'tool_calls'],
    ['amendments_readable', 'amendments'], ['call_costs', 'calls_readable'], ['call_costs', 'calls'],
    ['staging_calls', 'calls'], ['staging_attempts', 'attempts'], ['staging_tool_calls', 'tool_calls'],
    ['staging_amendments', 'amendments'], ['staging_calls', 'rejected'], ['staging_attempts', 'rejected'],
    ['staging_tool_calls', 'rejected'], ['staging_amendments', 'rejected']]
  LOOP
    FOR found IN
      SELECT t.attname AS name, col_description(s.attrelid, s.attnum) AS meaning
      FROM pg_attribute t JOIN pg_attribute s ON s.attname = t.attname AND s.attnum > 0
      WHERE t.attrelid = to_regclass(pair[1]) AND s.attrelid = to_regclass(pair[2]) AND t.attnum > 0
        AND col_description(t.attrelid, t.attnum) IS NULL AND col_description(s.attrelid, s.attnum) IS NOT NULL
    LOOP
      EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', pair[1], found.name, found.meaning);
    END LOOP;
  END LOOP;

  -- And the columns that are another's in dollars or seconds.
  FOR found IN
    SELECT c.relname AS relation, a.attname AS name, known.meaning
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    JOIN (VALUES
      ('time_to_first_token_seconds', 'The provider''s time up to the first update with content; NULL when not streamed or none came.'),
      ('longest_stall_seconds', 'The longest that the provider took from one chunk with content to the next.'),
      ('queue_wait_seconds', 'How long the request waited before the call, where the application says so.'),
      ('retry_after_seconds', 'How long the provider asks to wait before the next request.'),
      ('recorded_cost_usd', 'The cost in US dollars that it was recorded with; NULL when not known, never 0 for that.'),
      ('recorded_input_usd', 'The part of recorded_cost_usd for input that was not read from a cache, cache writes included.'),
      ('recorded_cached_input_usd', 'The part of recorded_cost_usd for input read from a cache.'),
      ('recorded_output_usd', 'The part of recorded_cost_usd for output, reasoning included.'),
      ('recorded_fees_usd', 'The part of recorded_cost_usd for fees of requests and searches.'),
      ('recorded_cost_reason', 'Why the recorded cost is what it is: priced, or the reason it is not known.'),
      ('recorded_price_entry', 'The price entry of the recorded cost.'),
      ('recorded_catalog_date', 'Date of the catalog that held recorded_price_entry.'),
      ('input_usd', 'The part of cost_usd for input that was not read from a cache, cache writes included.'),
      ('cached_input_usd', 'The part of cost_usd for input read from a cache.'),
      ('output_usd', 'The part of cost_usd for output, reasoning included.'),
      ('fees_usd', 'The part of cost_usd for fees of requests and searches.')) AS known (name, meaning) ON known.name = a.attname
    WHERE c.oid IN (SELECT to_regclass(v) FROM unnest(ARRAY['calls_readable', 'attempts_readable', 'amendments_readable', 'call_costs']) AS v)
      AND col_description(a.attrelid, a.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', found.relation, found.name, found.meaning);
  END LOOP;
END
$$;

-- A view reads with the rights of whoever asks, and so by their row-level security, from PostgreSQL 15 on. On 14 it reads as
-- its owner, whom no policy binds: there it shows nothing to a role that a restrictive policy on calls binds. Such a
-- role reads the tables.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['calls_readable', 'attempts_readable', 'tool_calls_readable', 'amendments_readable', 'call_costs'] LOOP
    IF current_setting('server_version_num')::integer >= 150000 THEN
      EXECUTE format('ALTER VIEW %I SET (security_invoker = true)', name);
    ELSE
      EXECUTE format(
        'CREATE OR REPLACE VIEW %I AS %s WHERE (SELECT NOT row_security_active(%L::regclass) OR NOT EXISTS ('
        'SELECT FROM pg_policy p CROSS JOIN unnest(p.polroles) AS bound(role) '
        'WHERE p.polrelid = %3$L::regclass AND NOT p.polpermissive AND (bound.role = 0 OR pg_has_role(bound.role, ''USAGE''))))',
        name, rtrim(pg_get_viewdef(to_regclass(name)), '; '), 'calls');
    END IF;
  END LOOP;
END
$$;
