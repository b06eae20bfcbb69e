-- What happens inside a call: the terms on which it was served, its HTTP exchange, its stream, its answer's shape. And tool
-- calls that travel by themselves, since they ran after the call that asked for them.

ALTER TABLE calls
  ADD COLUMN geo text COLLATE "C",
  ADD COLUMN speed text COLLATE "C",
  ADD COLUMN web_search_count integer NOT NULL DEFAULT 0,
  ADD COLUMN input_count integer,
  ADD COLUMN dimensions integer,
  ADD COLUMN similarity double precision,
  ADD COLUMN schema_validated boolean,
  ADD COLUMN schema_errors text COLLATE "C",
  ADD COLUMN chunk_count integer NOT NULL DEFAULT 0,
  ADD COLUMN longest_stall_us bigint,
  ADD COLUMN provider_request_id text COLLATE "C",
  ADD COLUMN http_send_count integer,
  ADD COLUMN retry_after_us bigint,
  ADD COLUMN remaining_requests bigint,
  ADD COLUMN remaining_tokens bigint;

ALTER TABLE staging_calls
  ADD COLUMN geo text COLLATE "C",
  ADD COLUMN speed text COLLATE "C",
  ADD COLUMN web_search_count integer NOT NULL DEFAULT 0,
  ADD COLUMN input_count integer,
  ADD COLUMN dimensions integer,
  ADD COLUMN similarity double precision,
  ADD COLUMN schema_validated boolean,
  ADD COLUMN schema_errors text COLLATE "C",
  ADD COLUMN chunk_count integer NOT NULL DEFAULT 0,
  ADD COLUMN longest_stall_us bigint,
  ADD COLUMN provider_request_id text COLLATE "C",
  ADD COLUMN http_send_count integer,
  ADD COLUMN retry_after_us bigint,
  ADD COLUMN remaining_requests bigint,
  ADD COLUMN remaining_tokens bigint;

ALTER TABLE attempts
  ADD COLUMN http_send_count integer,
  ADD COLUMN retry_after_us bigint,
  ADD COLUMN remaining_requests bigint,
  ADD COLUMN remaining_tokens bigint;

ALTER TABLE staging_attempts
  ADD COLUMN http_send_count integer,
  ADD COLUMN retry_after_us bigint,
  ADD COLUMN remaining_requests bigint,
  ADD COLUMN remaining_tokens bigint;

COMMENT ON COLUMN calls.geo IS 'Where the call was served, where that has a price of its own; NULL for anywhere.';
COMMENT ON COLUMN calls.speed IS 'The speed that was bought; NULL for the standard one.';
COMMENT ON COLUMN calls.web_search_count IS 'Web searches that the provider made for the call and bills.';
COMMENT ON COLUMN calls.input_count IS 'How many inputs were embedded; NULL for other operations.';
COMMENT ON COLUMN calls.dimensions IS 'The dimensions of an embedding; NULL for other operations.';
COMMENT ON COLUMN calls.similarity IS 'How similar the question was to the one whose answer a cache gave, as the application says.';
COMMENT ON COLUMN calls.schema_validated IS 'Whether an answer asked for as JSON parsed and matched its schema; NULL where that was not checked.';
COMMENT ON COLUMN calls.schema_errors IS 'The first mismatches, one a line, without anything of the answer.';
COMMENT ON COLUMN calls.chunk_count IS 'How many chunks with content a stream came in.';
COMMENT ON COLUMN calls.longest_stall_us IS 'The longest that the provider took from one chunk with content to the next.';
COMMENT ON COLUMN calls.provider_request_id IS 'The provider''s id of the request, from its response headers.';
COMMENT ON COLUMN calls.http_send_count IS 'How many HTTP requests were sent, those that the provider''s SDK repeated among them; NULL where nobody looked.';
COMMENT ON COLUMN calls.retry_after_us IS 'How long the provider asks to wait before the next request.';
COMMENT ON COLUMN calls.remaining_requests IS 'How many requests the provider''s rate limit leaves.';
COMMENT ON COLUMN calls.remaining_tokens IS 'How many tokens the provider''s rate limit leaves.';

-- Moves what a writer staged in this transaction into the tables, leaving out what is there already. Children go with
-- their call or not at all. Returns how many envelopes were new.
CREATE OR REPLACE FUNCTION merge_staged(staged_by uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  target text;
  columns text;
  kept_already bigint[];
  merged bigint := 0;
  affected bigint;
BEGIN
  -- Of equal rows inside the batch the first counts; then those that the tables hold already go.
  WITH gone AS (
    DELETE FROM staging_calls s
    WHERE s.writer_id = staged_by AND (
      EXISTS (SELECT FROM staging_calls e WHERE e.writer_id = staged_by AND e.id = s.id AND e.started_at = s.started_at AND e.sequence < s.sequence)
      OR EXISTS (SELECT FROM calls c WHERE c.id = s.id AND c.started_at = s.started_at))
    RETURNING s.sequence)
  SELECT array_agg(gone.sequence) INTO kept_already FROM gone;
  DELETE FROM staging_attempts s WHERE s.writer_id = staged_by AND s.sequence = ANY (kept_already);
  DELETE FROM staging_tool_calls s WHERE s.writer_id = staged_by AND s.sequence = ANY (kept_already);

  -- Tool calls that travel by themselves are envelopes too.
  SELECT count(DISTINCT (s.call_id, s.ordinal, s.call_started_at)) INTO merged
  FROM staging_tool_calls s
  WHERE s.writer_id = staged_by
    AND NOT EXISTS (SELECT FROM staging_calls c WHERE c.writer_id = staged_by AND c.sequence = s.sequence)
    AND NOT EXISTS (
      SELECT FROM tool_calls t
      WHERE t.call_id = s.call_id AND t.ordinal = s.ordinal AND t.call_started_at = s.call_started_at);

  FOREACH target IN ARRAY ARRAY['calls', 'attempts', 'tool_calls', 'amendments'] LOOP
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_attribute a
    WHERE a.attrelid = to_regclass(target) AND a.attnum > 0 AND NOT a.attisdropped;

    EXECUTE format(
      'INSERT INTO %I (%s) SELECT %s FROM %I WHERE writer_id = $1 ORDER BY sequence ON CONFLICT DO NOTHING',
      target, columns, columns, 'staging_' || target) USING staged_by;
    GET DIAGNOSTICS affected = ROW_COUNT;
    IF target IN ('calls', 'amendments') THEN
      merged := merged + affected;
    END IF;

    EXECUTE format('DELETE FROM %I WHERE writer_id = $1', 'staging_' || target) USING staged_by;
  END LOOP;

  RETURN merged;
END
$$;
