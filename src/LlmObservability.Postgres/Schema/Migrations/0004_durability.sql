-- What a store forgets, and what it then refuses; and more of what is put aside.

-- One row. Whatever was given its number before the horizon may have been committed by an entry that is gone.
CREATE TABLE ledger_horizon (
  one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
  horizon timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO ledger_horizon DEFAULT VALUES;

COMMENT ON TABLE ledger_horizon IS 'Up to when the ledger was pruned, with a day of margin for clocks. Never goes back.';

ALTER TABLE rejected ADD COLUMN detail text COLLATE "C";

COMMENT ON TABLE rejected IS 'Envelopes put aside: outside of what is kept, contradicting themselves, or refused by the server.';
COMMENT ON COLUMN rejected.detail IS 'What was wrong with it, in a sentence without any of its data.';
COMMENT ON COLUMN rejected.record IS 'Its serialised form; of a record over 1 MiB what could be kept, with "cut": true.';

-- As claim_batch of three, for numbers that were given a while ago. Those that no entry knows, from before the horizon,
-- are not claimed: a last row says so by the horizon, and nothing is written.
CREATE FUNCTION claim_batch(claimed_by uuid, claimed_first bigint, claimed_last bigint, numbered_at timestamptz)
RETURNS TABLE (committed_first bigint, committed_last bigint, forgotten_before timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  known bigint;
BEGIN
  forgotten_before := (SELECT h.horizon FROM ledger_horizon h WHERE numbered_at < h.horizon);
  IF forgotten_before IS NOT NULL THEN
    -- An earlier transaction of the writer, whose end is not known, may be committing them.
    PERFORM pg_advisory_xact_lock(hashtextextended('llm_observability.writer.' || current_schema() || '.' || claimed_by, 0));
    known := (
      SELECT coalesce(sum(least(l.last_sequence, claimed_last) - greatest(l.first_sequence, claimed_first) + 1), 0)
      FROM ledger l
      WHERE l.writer_id = claimed_by AND l.first_sequence <= claimed_last AND l.last_sequence >= claimed_first);
    RETURN QUERY
      SELECT greatest(l.first_sequence, claimed_first), least(l.last_sequence, claimed_last), NULL::timestamptz
      FROM ledger l
      WHERE l.writer_id = claimed_by AND l.first_sequence <= claimed_last AND l.last_sequence >= claimed_first
      ORDER BY l.first_sequence;
    IF known < claimed_last - claimed_first + 1 THEN
      RETURN NEXT;
    END IF;

    RETURN;
  END IF;

  RETURN QUERY SELECT c.committed_first, c.committed_last, NULL::timestamptz FROM claim_batch(claimed_by, claimed_first, claimed_last) c;

  -- Pruned between the first look and the claim, which then did not see the entry.
  IF EXISTS (SELECT FROM ledger_horizon h WHERE numbered_at < h.horizon) THEN
    RAISE EXCEPTION 'The ledger was pruned meanwhile.' USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- Deletes, a bounded number at a time, entries of writers that committed nothing for that long and a day, and envelopes put
-- aside longer ago than that. Waits for nobody: what is locked is left for the next time, and one prunes at a time. Returns
-- whether there may be more.
CREATE FUNCTION prune(ledger_seconds bigint, rejected_seconds bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  most constant integer := 10000;
  margin constant interval := '1 day';
  ledger_before timestamptz := now() - make_interval(secs => ledger_seconds) - margin;
  rejected_before timestamptz := now() - make_interval(secs => rejected_seconds);
  entries integer;
  envelopes integer;
  newest timestamptz;
BEGIN
  -- A role that may only write must not be able to make the store forget.
  IF (ledger_seconds BETWEEN 8 * 86400 AND 366 * 86400 AND rejected_seconds BETWEEN 86400 AND 3660 * 86400) IS NOT TRUE THEN
    RAISE EXCEPTION 'The ledger is kept for 8 to 366 days, and what was put aside for 1 to 3660.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF NOT pg_try_advisory_xact_lock(hashtextextended('llm_observability.prune.' || current_schema(), 0)) THEN
    RETURN false;
  END IF;

  WITH old AS (
    SELECT l.writer_id, l.first_sequence
    FROM ledger l
    WHERE l.committed_at < ledger_before
      AND NOT EXISTS (SELECT FROM ledger n WHERE n.writer_id = l.writer_id AND n.committed_at >= ledger_before)
    LIMIT most
    FOR UPDATE OF l SKIP LOCKED),
  gone AS (
    DELETE FROM ledger l USING old o
    WHERE l.writer_id = o.writer_id AND l.first_sequence = o.first_sequence
    RETURNING l.committed_at)
  SELECT count(*), max(g.committed_at) INTO entries, newest FROM gone g;

  IF entries > 0 THEN
    INSERT INTO ledger_horizon AS h (horizon) VALUES (newest + margin)
    ON CONFLICT (one_row) DO UPDATE SET horizon = greatest(h.horizon, excluded.horizon);
  END IF;

  -- Ids rise with time, so the oldest come first, and no more of them than that are looked at.
  WITH old AS (
    SELECT o.id FROM (SELECT r.id, r.rejected_at FROM rejected r ORDER BY r.id LIMIT most) o WHERE o.rejected_at < rejected_before)
  DELETE FROM rejected r USING old o WHERE r.id = o.id;
  GET DIAGNOSTICS envelopes = ROW_COUNT;

  RETURN entries = most OR envelopes = most;
END
$$;

-- As before; but a row that only an index of the database's owner refuses is an error, and no longer left out unsaid.
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
      'INSERT INTO %I (%s) SELECT %s FROM %I WHERE writer_id = $1 ORDER BY sequence ON CONFLICT (%s) DO NOTHING',
      target, columns, columns, 'staging_' || target,
      CASE target WHEN 'calls' THEN 'id, started_at' WHEN 'amendments' THEN 'call_id, id, call_started_at'
        ELSE 'call_id, ordinal, call_started_at' END) USING staged_by;
    GET DIAGNOSTICS affected = ROW_COUNT;
    IF target IN ('calls', 'amendments') THEN
      merged := merged + affected;
    END IF;

    EXECUTE format('DELETE FROM %I WHERE writer_id = $1', 'staging_' || target) USING staged_by;
  END LOOP;

  RETURN merged;
END
$$;

REVOKE ALL ON FUNCTION claim_batch(uuid, bigint, bigint, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION prune(bigint, bigint) FROM PUBLIC;

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
    EXECUTE format('GRANT EXECUTE ON FUNCTION claim_batch(uuid, bigint, bigint, timestamptz), prune(bigint, bigint) TO %s', writer);
  END LOOP;
END
$$;
