-- Rollups: sums over many calls, kept longer than the calls. A batch appends its deltas in its own transaction; a background
-- step takes them, adds them up and appends rows of whole minutes, hours and days. Several rows may stand for one bucket and
-- key, so a reader groups, and adds the deltas that are not folded yet. NULL stands for 0.

CREATE TABLE rollup_deltas (
  bucket timestamptz NOT NULL,
  rollup text COLLATE "C" NOT NULL,
  environment text COLLATE "C",
  service text COLLATE "C",
  service_version text COLLATE "C",
  operation text COLLATE "C",
  provider text COLLATE "C",
  model text COLLATE "C",
  route text COLLATE "C",
  tenant text COLLATE "C",
  feature text COLLATE "C",
  config text COLLATE "C",
  variant text COLLATE "C",
  error_type text COLLATE "C",
  finish_reason text COLLATE "C",
  calls bigint,
  completed bigint,
  failed bigint,
  cancelled bigint,
  abandoned bigint,
  streaming bigint,
  cached bigint,
  usage_reported bigint,
  usage_estimated bigint,
  usage_missing bigint,
  priced bigint,
  attempts bigint,
  tool_calls bigint,
  schema_checked bigint,
  schema_failures bigint,
  input_tokens bigint,
  output_tokens bigint,
  uncached_input_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  visible_output_tokens bigint,
  reasoning_tokens bigint,
  cost_input_nanos bigint,
  cost_cached_input_nanos bigint,
  cost_output_nanos bigint,
  cost_fees_nanos bigint,
  duration_us_sum bigint,
  duration_us_min bigint,
  duration_us_max bigint,
  duration_us_histogram bytea,
  time_to_first_token_us_count bigint,
  time_to_first_token_us_sum bigint,
  time_to_first_token_us_min bigint,
  time_to_first_token_us_max bigint,
  time_to_first_token_us_histogram bytea,
  output_tokens_min bigint,
  output_tokens_max bigint,
  output_tokens_histogram bytea,
  output_tokens_per_second_count bigint,
  output_tokens_per_second_sum double precision,
  output_tokens_per_second_min double precision,
  output_tokens_per_second_max double precision,
  output_tokens_per_second_histogram bytea
);

CREATE TABLE rollup_minutes (LIKE rollup_deltas) PARTITION BY RANGE (bucket);
CREATE INDEX rollup_minutes_bucket ON rollup_minutes (rollup, bucket);
CREATE TABLE rollup_hours (LIKE rollup_deltas) PARTITION BY RANGE (bucket);
CREATE INDEX rollup_hours_bucket ON rollup_hours (rollup, bucket);
CREATE TABLE rollup_days (LIKE rollup_deltas);
CREATE INDEX rollup_days_bucket ON rollup_days (rollup, bucket);

-- What each user, and each value of a tag that the application allows, spent. By the hour: nobody asks by the minute.
CREATE TABLE rollup_value_deltas (
  bucket timestamptz NOT NULL,
  field text COLLATE "C" NOT NULL,
  value text COLLATE "C",
  calls bigint,
  priced bigint,
  input_tokens bigint,
  output_tokens bigint,
  cost_input_nanos bigint,
  cost_cached_input_nanos bigint,
  cost_output_nanos bigint,
  cost_fees_nanos bigint
);

CREATE TABLE rollup_value_hours (LIKE rollup_value_deltas) PARTITION BY RANGE (bucket);
CREATE INDEX rollup_value_hours_bucket ON rollup_value_hours (field, bucket);
CREATE TABLE rollup_value_days (LIKE rollup_value_deltas);
CREATE INDEX rollup_value_days_bucket ON rollup_value_days (field, bucket);

-- What was appended to a period since its rows were last merged, and how far a merge under way has come: all rows of sets (or
-- fields) before merging, and of that one those whose key's hash is less than merging_from.
CREATE TABLE rollup_periods (
  level text COLLATE "C" NOT NULL CHECK (level IN ('minutes', 'hours', 'days', 'value_hours', 'value_days')),
  bucket timestamptz NOT NULL,
  folds integer NOT NULL,
  appended bigint NOT NULL,
  merged bigint NOT NULL DEFAULT 0,
  merged_at timestamptz,
  merging text COLLATE "C",
  merging_from bigint,
  PRIMARY KEY (level, bucket)
);

-- Short-lived rows: cleaned up early, or reading them costs more than folding them.
ALTER TABLE rollup_deltas SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE rollup_value_deltas SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Takes deltas away, the oldest first, for whoever folds them: the sums go back as rows in the same transaction. One folds at
-- a time; nobody waits for it.
CREATE FUNCTION take_deltas(most integer)
RETURNS SETOF rollup_deltas
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
  IF pg_try_advisory_xact_lock(hashtextextended('llm_observability.fold.' || current_schema(), 0)) THEN
    RETURN QUERY
      DELETE FROM rollup_deltas d
      WHERE d.ctid = ANY (ARRAY(SELECT o.ctid FROM rollup_deltas o LIMIT most))
      RETURNING d.*;
  END IF;
END
$$;

CREATE FUNCTION take_value_deltas(most integer)
RETURNS SETOF rollup_value_deltas
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
  IF pg_try_advisory_xact_lock(hashtextextended('llm_observability.fold.' || current_schema(), 0)) THEN
    RETURN QUERY
      DELETE FROM rollup_value_deltas d
      WHERE d.ctid = ANY (ARRAY(SELECT o.ctid FROM rollup_value_deltas o LIMIT most))
      RETURNING d.*;
  END IF;
END
$$;

-- Notes that rows of these periods were appended, as times and how many, like 2026-03-01 00:00:00Z=12, with commas between, so that
-- they are merged in time. Called by who holds the lock.
CREATE FUNCTION note_folds(noted_level text, noted text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  INSERT INTO rollup_periods AS p (level, bucket, folds, appended)
  -- A period that is long over may have lost its note, and has rows already.
  SELECT noted_level, n.bucket, CASE WHEN n.bucket < now() - interval '2 minutes' THEN 2 ELSE 1 END, n.appended
  FROM (
    SELECT split_part(l.line, '=', 1)::timestamptz AS bucket, split_part(l.line, '=', 2)::bigint AS appended
    FROM unnest(string_to_array(noted, ',')) AS l(line)) AS n
  ON CONFLICT (level, bucket) DO UPDATE SET folds = p.folds + 1, appended = p.appended + EXCLUDED.appended
$$;

-- The next rows to merge of a level, at most so many: of the period whose merge is under way, else of the one that is to be merged first.
-- By set (or field) and the hash of the key, so that rows of one key come together: should they be cut, the next call begins
-- with the same key. That is noted here, as is the end of a merge. Nothing when none is due. Under the lock of who calls it.
--
-- A period that is not over is merged when it was folded 32 times and at least as much was appended as the last merge left; one
-- that is over when a fourth of that was, or an hour after the last merge. So a row that is appended makes at most
-- four others be written again, but for one merge an hour of what comes late.
CREATE FUNCTION due_rows(wanted_level text, set_column text, key_columns text, most integer, OUT due timestamptz, OUT chosen tid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  source constant text := 'rollup_' || wanted_level;
  key constant text := format('hash_record_extended(ROW(%s), 0)', key_columns);
  least_key constant bigint := -9223372036854775808;
  lasts constant interval := CASE
    WHEN wanted_level = 'minutes' THEN interval '1 minute'
    WHEN wanted_level LIKE '%hours' THEN interval '1 hour'
    ELSE interval '1 day' END;
  period rollup_periods;
  next_set text;
  found_rows tid[];
  keys bigint;
  last_key bigint;
BEGIN
  -- Two, or a key that is cut would never be done.
  IF (most >= 2) IS NOT TRUE THEN
    RAISE EXCEPTION 'At least two rows at a time.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  DELETE FROM rollup_periods p
  WHERE p.level = wanted_level AND p.merging IS NULL AND p.folds <= 1 AND p.bucket + 2 * lasts < now()
    AND (p.merged_at + interval '1 hour' < now()) IS NOT FALSE;

  -- More than once where all rows of a period were dropped.
  WHILE coalesce(cardinality(chosen), 0) = 0 LOOP
    SELECT p.* INTO period
    FROM rollup_periods p
    WHERE p.level = wanted_level AND (
      p.merging IS NOT NULL
      OR p.folds >= 32 AND p.appended >= p.merged
      OR p.folds > 1 AND p.bucket + lasts + interval '1 minute' < now()
        AND (4 * p.appended >= p.merged OR (p.merged_at + interval '1 hour' < now()) IS NOT FALSE))
    ORDER BY p.merging IS NULL, p.folds DESC, p.bucket
    LIMIT 1;
    EXIT WHEN NOT FOUND;

    IF period.merging IS NULL THEN
      period.merging := '';
      period.merging_from := least_key;
      period.folds := 1;
      period.appended := 0;
      period.merged := 0;
    END IF;

    due := period.bucket;
    chosen := '{}';
    EXECUTE format('SELECT min(%I) FROM %I WHERE %1$I >= $1', set_column, source) INTO next_set USING period.merging;
    WHILE next_set IS NOT NULL AND cardinality(chosen) < most LOOP
      IF next_set <> period.merging THEN
        period.merging := next_set;
        period.merging_from := least_key;
      END IF;

      EXECUTE format(
        'SELECT coalesce(array_agg(n.ctid), ''{}''), count(DISTINCT n.key), max(n.key) FROM ('
        'SELECT r.ctid, %1$s AS key FROM %2$I r WHERE bucket = $1 AND %3$I = $2 AND %1$s >= $3 ORDER BY 2 LIMIT $4) n', key, source, set_column)
      INTO found_rows, keys, last_key USING due, period.merging, period.merging_from, most - cardinality(chosen);
      chosen := chosen || found_rows;
      period.merged := period.merged + keys;
      period.merging_from := coalesce(last_key, period.merging_from);
      IF cardinality(chosen) < most THEN
        EXECUTE format('SELECT min(%I) FROM %I WHERE %1$I > $1', set_column, source) INTO next_set USING period.merging;
      END IF;
    END LOOP;

    IF next_set IS NULL THEN
      period.merging := NULL;
      period.merging_from := NULL;
      period.merged_at := now();
    END IF;

    UPDATE rollup_periods p
    SET folds = period.folds, appended = period.appended, merged = period.merged, merged_at = period.merged_at,
      merging = period.merging, merging_from = period.merging_from
    WHERE p.level = wanted_level AND p.bucket = due;
  END LOOP;
END
$$;

-- Takes away rows that are to be merged, of this level, at most so many, for whoever puts their sums back in the same transaction;
-- nothing when none are or another instance is at it.
CREATE FUNCTION take_period(wanted_level text, most integer)
RETURNS SETOF rollup_deltas
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  wanted record;
BEGIN
  IF wanted_level IN ('minutes', 'hours', 'days') IS NOT TRUE THEN
    RAISE EXCEPTION 'A level is minutes, hours or days.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF pg_try_advisory_xact_lock(hashtextextended('llm_observability.fold.' || current_schema(), 0)) THEN
    SELECT r.* INTO wanted FROM due_rows(
      wanted_level, 'rollup',
      'environment, service, service_version, operation, provider, model, route, tenant, feature, config, variant, error_type, finish_reason',
      most) r;
    RETURN QUERY EXECUTE format('DELETE FROM %I r WHERE r.bucket = $1 AND r.ctid = ANY ($2) RETURNING r.*', 'rollup_' || wanted_level)
      USING wanted.due, wanted.chosen;
  END IF;
END
$$;

CREATE FUNCTION take_value_period(wanted_level text, most integer)
RETURNS SETOF rollup_value_deltas
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  wanted record;
BEGIN
  IF wanted_level IN ('value_hours', 'value_days') IS NOT TRUE THEN
    RAISE EXCEPTION 'A level is value_hours or value_days.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF pg_try_advisory_xact_lock(hashtextextended('llm_observability.fold.' || current_schema(), 0)) THEN
    SELECT r.* INTO wanted FROM due_rows(wanted_level, 'field', 'value', most) r;
    RETURN QUERY EXECUTE format('DELETE FROM %I r WHERE r.bucket = $1 AND r.ctid = ANY ($2) RETURNING r.*', 'rollup_' || wanted_level)
      USING wanted.due, wanted.chosen;
  END IF;
END
$$;

-- As merge_staged did; and tells by their numbers, with commas between, which calls were new, so that only those add to the sums.
CREATE FUNCTION merge_batch(staged_by uuid, OUT merged bigint, OUT call_sequences text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  target text;
  columns text;
  kept_already bigint[];
  new_calls bigint[];
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

    IF target = 'calls' THEN
      -- Another transaction may have brought one of them since.
      EXECUTE format(
        'WITH new AS (INSERT INTO calls (%s) SELECT %s FROM staging_calls WHERE writer_id = $1 ORDER BY sequence '
        'ON CONFLICT (id, started_at) DO NOTHING RETURNING id, started_at) '
        'SELECT coalesce(array_agg(s.sequence), ''{}'') FROM new n JOIN staging_calls s '
        'ON s.writer_id = $1 AND s.id = n.id AND s.started_at = n.started_at', columns, columns)
      INTO new_calls USING staged_by;
      merged := merged + cardinality(new_calls);
      call_sequences := array_to_string(new_calls, ',');
    ELSE
      EXECUTE format(
        'INSERT INTO %I (%s) SELECT %s FROM %I WHERE writer_id = $1 ORDER BY sequence ON CONFLICT (%s) DO NOTHING',
        target, columns, columns, 'staging_' || target,
        CASE target WHEN 'amendments' THEN 'call_id, id, call_started_at' ELSE 'call_id, ordinal, call_started_at' END) USING staged_by;
      GET DIAGNOSTICS affected = ROW_COUNT;
      IF target = 'amendments' THEN
        merged := merged + affected;
      END IF;
    END IF;

    EXECUTE format('DELETE FROM %I WHERE writer_id = $1', 'staging_' || target) USING staged_by;
  END LOOP;
END
$$;

-- For processes from before the rollups: of what they write there are no sums.
CREATE OR REPLACE FUNCTION merge_staged(staged_by uuid)
RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  SELECT merged FROM merge_batch(staged_by)
$$;

REVOKE ALL ON FUNCTION merge_batch(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION take_deltas(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION take_value_deltas(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION note_folds(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION due_rows(text, text, text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION take_period(text, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION take_value_period(text, integer) FROM PUBLIC;

-- Whoever may write so far goes on doing so without a further grant.
DO $$
DECLARE
  writer text;
BEGIN
  FOR writer IN
    SELECT DISTINCT a.grantee::regrole::text
    FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
    WHERE p.oid = to_regprocedure('claim_batch(uuid, bigint, bigint)')
      AND a.privilege_type = 'EXECUTE' AND a.grantee NOT IN (0, p.proowner)
  LOOP
    EXECUTE format('GRANT INSERT ON rollup_deltas, rollup_minutes, rollup_hours, rollup_days TO %s', writer);
    EXECUTE format('GRANT INSERT ON rollup_value_deltas, rollup_value_hours, rollup_value_days TO %s', writer);
    EXECUTE format(
      'GRANT EXECUTE ON FUNCTION merge_batch(uuid), take_deltas(integer), take_value_deltas(integer), note_folds(text, text), '
      'take_period(text, integer), take_value_period(text, integer) TO %s', writer);
  END LOOP;
END
$$;
