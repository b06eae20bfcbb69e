-- What a writer may do beyond INSERT. Each function runs with its owner's rights, so its search_path is fixed to the
-- schema that it was created in, and PUBLIC may not call it.

CREATE FUNCTION schema_versions()
RETURNS TABLE (version integer, name text, checksum text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  SELECT m.version, m.name, m.checksum FROM schema_migrations m ORDER BY m.version
$$;

-- Claims a writer's range of sequence numbers for the current transaction. Returns what is committed of it already;
-- the rest goes into the ledger. Waits for an earlier transaction of the same writer whose end is not known.
CREATE FUNCTION claim_batch(claimed_by uuid, claimed_first bigint, claimed_last bigint)
RETURNS TABLE (committed_first bigint, committed_last bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  next_sequence bigint := claimed_first;
  committed record;
BEGIN
  IF claimed_first < 1 OR claimed_last < claimed_first THEN
    RAISE EXCEPTION 'A batch has at least one sequence number, and they begin at 1.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('llm_observability.writer.' || current_schema() || '.' || claimed_by, 0));

  FOR committed IN
    SELECT greatest(l.first_sequence, claimed_first) AS first_sequence, least(l.last_sequence, claimed_last) AS last_sequence
    FROM ledger l
    -- A writer's ranges are disjoint: of those that begin before the claim only the last one can reach into it.
    WHERE l.writer_id = claimed_by AND l.first_sequence <= claimed_last AND l.last_sequence >= claimed_first
      AND l.first_sequence >= coalesce(
        (SELECT max(p.first_sequence) FROM ledger p WHERE p.writer_id = claimed_by AND p.first_sequence < claimed_first),
        claimed_first)
    ORDER BY l.first_sequence
  LOOP
    IF committed.first_sequence > next_sequence THEN
      INSERT INTO ledger (writer_id, first_sequence, last_sequence)
      VALUES (claimed_by, next_sequence, committed.first_sequence - 1);
    END IF;

    next_sequence := greatest(next_sequence, committed.last_sequence + 1);
    committed_first := committed.first_sequence;
    committed_last := committed.last_sequence;
    RETURN NEXT;
  END LOOP;

  IF next_sequence <= claimed_last THEN
    -- Mostly the range grows: one row a writer, not one a batch.
    UPDATE ledger l SET last_sequence = claimed_last, committed_at = now()
    WHERE l.writer_id = claimed_by AND l.last_sequence = next_sequence - 1;
    IF NOT FOUND THEN
      INSERT INTO ledger (writer_id, first_sequence, last_sequence) VALUES (claimed_by, next_sequence, claimed_last);
    END IF;
  END IF;
END
$$;

-- Makes the partitions of UTC days, as 'YYYY-MM-DD,YYYY-MM-DD'. Attaching, unlike CREATE TABLE … PARTITION OF, lets
-- others read and write the table meanwhile. Returns how many days were missing.
CREATE FUNCTION ensure_partitions(days text)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  parents constant text[] := ARRAY['calls', 'attempts', 'tool_calls', 'amendments'];
  wanted date[] := string_to_array(days, ',')::date[];
  day date;
  parent text;
  partition text;
  existing oid;
  created integer := 0;
  missing boolean;
BEGIN
  IF cardinality(wanted) > 50 THEN
    RAISE EXCEPTION 'At most 50 days at a time.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- A role that may only write must not be able to fill the catalog.
  IF EXISTS (
    SELECT FROM unnest(wanted) AS w(day)
    WHERE w.day IS NULL OR w.day NOT BETWEEN current_date - 3661 AND current_date + 2)
  THEN
    RAISE EXCEPTION 'A day is within ten years before and two days after today.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- Mostly all are there, and nobody needs to wait for the lock.
  IF NOT EXISTS (
    SELECT FROM unnest(wanted) AS w(day) CROSS JOIN unnest(parents) AS p(name)
    WHERE NOT EXISTS (
      SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = to_regclass(p.name) AND c.relname = p.name || '_' || to_char(w.day, 'YYYYMMDD')))
  THEN
    RETURN 0;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('llm_observability.partitions.' || current_schema(), 0));

  FOREACH day IN ARRAY wanted LOOP
    missing := false;
    FOREACH parent IN ARRAY parents LOOP
      partition := parent || '_' || to_char(day, 'YYYYMMDD');
      -- From the table itself: to_regclass may remember, from before the wait, that there was none.
      existing := (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname = partition);
      IF existing IS NULL THEN
        missing := true;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING COMMENTS)', partition, parent);
        EXECUTE format(
          'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
          parent, partition,
          to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
      ELSIF NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = to_regclass(parent) AND i.inhrelid = existing) THEN
        RAISE EXCEPTION 'Table % is there, but is no partition of %: attach it again, or move it away.', partition, parent
          USING ERRCODE = 'object_not_in_prerequisite_state';
      END IF;
    END LOOP;

    created := created + missing::integer;
  END LOOP;

  RETURN created;
END
$$;

-- Moves what a writer staged in this transaction into the tables, leaving out what is there already. Children go with
-- their call or not at all. Returns how many envelopes were new.
CREATE FUNCTION merge_staged(staged_by uuid)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  target text;
  columns text;
  merged bigint := 0;
  affected bigint;
BEGIN
  -- Of equal rows inside the batch the first counts; then those that the tables hold already go.
  DELETE FROM staging_calls s
  WHERE s.writer_id = staged_by AND (
    EXISTS (SELECT FROM staging_calls e WHERE e.writer_id = staged_by AND e.id = s.id AND e.started_at = s.started_at AND e.sequence < s.sequence)
    OR EXISTS (SELECT FROM calls c WHERE c.id = s.id AND c.started_at = s.started_at));
  DELETE FROM staging_attempts s
  WHERE s.writer_id = staged_by
    AND NOT EXISTS (SELECT FROM staging_calls c WHERE c.writer_id = staged_by AND c.sequence = s.sequence);
  DELETE FROM staging_tool_calls s
  WHERE s.writer_id = staged_by
    AND NOT EXISTS (SELECT FROM staging_calls c WHERE c.writer_id = staged_by AND c.sequence = s.sequence);

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

REVOKE ALL ON FUNCTION schema_versions() FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_batch(uuid, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION ensure_partitions(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION merge_staged(uuid) FROM PUBLIC;
