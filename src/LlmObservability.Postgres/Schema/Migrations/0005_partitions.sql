-- Partitions of a day, a week or a month, made ahead; and how those are removed that are older than what is kept.

-- The partitions of a table with their ranges, from the catalog and whatever they are called; NULL is without bound. A default
-- partition has no range. What the catalog prints depends on the session, so that is fixed here.
CREATE FUNCTION partition_ranges(parent regclass)
RETURNS TABLE (relation oid, from_time timestamptz, to_time timestamptz, detaching boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
SET timezone = 'UTC'
SET datestyle = 'ISO'
AS $$
  SELECT i.inhrelid,
    (regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz,
    (regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz,
    i.inhdetachpending
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS b(bound)
  WHERE i.inhparent = parent AND b.bound <> 'DEFAULT'
$$;

-- The range that a partition of this name is made for; NULL for any other name. Only of a table that is no partition (any more)
-- is that all there is to know.
CREATE FUNCTION partition_range(parent text, relation text)
RETURNS tstzrange
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  named text := substr(relation, length(parent) + 2);
  from_day date;
  to_day date;
BEGIN
  CASE
    WHEN NOT starts_with(relation, parent || '_') THEN RETURN NULL;
    WHEN named ~ '^\d{8}$' THEN
      from_day := to_date(named, 'YYYYMMDD');
      to_day := from_day + 1;
    WHEN named ~ '^\d{4}w\d{2}$' THEN
      from_day := to_date(named, 'IYYY"w"IW');
      to_day := from_day + 7;
    WHEN named ~ '^\d{6}$' THEN
      from_day := to_date(named, 'YYYYMM');
      to_day := from_day + interval '1 month';
    WHEN named ~ '^\d{8}_\d{8}$' THEN
      from_day := to_date(left(named, 8), 'YYYYMMDD');
      to_day := to_date(right(named, 8), 'YYYYMMDD');
    ELSE RETURN NULL;
  END CASE;

  RETURN tstzrange(from_day::timestamp AT TIME ZONE 'UTC', to_day::timestamp AT TIME ZONE 'UTC');
EXCEPTION
  -- No such day; or it ends before it begins.
  WHEN datetime_field_overflow OR invalid_datetime_format OR data_exception THEN RETURN NULL;
END
$$;

-- The name for a partition of this range; the range of a whole unit has the unit's.
CREATE FUNCTION partition_name(parent text, unit text, made tstzrange)
RETURNS text
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  from_time timestamp := lower(made) AT TIME ZONE 'UTC';
  to_time timestamp := upper(made) AT TIME ZONE 'UTC';
BEGIN
  IF from_time = date_trunc(unit, from_time) AND to_time = from_time + ('1 ' || unit)::interval THEN
    RETURN parent || to_char(from_time, CASE unit WHEN 'day' THEN '_YYYYMMDD' WHEN 'week' THEN '_IYYY"w"IW' ELSE '_YYYYMM' END);
  ELSIF from_time = date_trunc('day', from_time) AND to_time = date_trunc('day', to_time) THEN
    RETURN parent || to_char(from_time, '_YYYYMMDD') || to_char(to_time, '_YYYYMMDD');
  END IF;

  RETURN parent || to_char(from_time, '_YYYYMMDD"t"HH24MISS') || to_char(to_time, '_YYYYMMDD"t"HH24MISS');
END
$$;

-- Which tables have partitions, and of what unit: as units says ('calls=day,attempts=week,tool_calls=month'), else days.
-- Amendments are as calls; those of rollups are not chosen, and there once rollups are.
CREATE FUNCTION partitioned_tables(units text)
RETURNS TABLE (parent text, parent_table regclass, unit text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
  IF (units ~ '^((calls|attempts|tool_calls)=(day|week|month)(,(?!$)|$))*$') IS NOT TRUE THEN
    RAISE EXCEPTION 'Units are like calls=day,attempts=week,tool_calls=month.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  RETURN QUERY
    SELECT t.name, t.name::regclass, coalesce(t.fixed, (regexp_match(units, '(?:^|,)' || t.chosen || '=(\w+)'))[1], 'day')
    FROM (VALUES
      ('calls', 'calls', NULL), ('attempts', 'attempts', NULL), ('tool_calls', 'tool_calls', NULL), ('amendments', 'calls', NULL),
      ('rollup_minutes', NULL, 'day'), ('rollup_hours', NULL, 'month'), ('rollup_value_hours', NULL, 'month')) AS t(name, chosen, fixed)
    WHERE t.fixed IS NULL OR EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(t.name) AND c.relkind = 'p');
END
$$;

-- Makes what is missing for rows of UTC days, as 'YYYY-MM-DD,YYYY-MM-DD': a partition of the unit that the day lies in, cut so that it
-- overlaps no other, since units change and processes disagree. Attaching, unlike CREATE TABLE … PARTITION OF, lets others read
-- and write the table meanwhile. Returns how many were made.
CREATE FUNCTION ensure_partitions(days text, units text)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  wanted date[] := string_to_array(days, ',')::date[];
  today constant date := (now() AT TIME ZONE 'UTC')::date;
  day date;
  whole tstzrange;
  part tstzrange;
  target record;
  usable tstzmultirange;
  taken tstzmultirange;
  free tstzmultirange;
  new_table text;
  created integer := 0;
BEGIN
  -- A role that may only write must not be able to fill the catalog.
  IF cardinality(wanted) > 50 THEN
    RAISE EXCEPTION 'At most 50 days at a time.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF EXISTS (SELECT FROM unnest(wanted) AS w(day) WHERE (w.day BETWEEN today - 3661 AND today + 3) IS NOT TRUE) THEN
    RAISE EXCEPTION 'A day is within ten years before and three days after today.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- Mostly all are there, and nobody needs to wait for the lock.
  IF NOT EXISTS (
    SELECT FROM partitioned_tables(units) t
    CROSS JOIN LATERAL (
      SELECT coalesce(range_agg(tstzrange(r.from_time, r.to_time)), '{}') AS ranges FROM partition_ranges(t.parent_table) r WHERE NOT r.detaching) u
    CROSS JOIN unnest(wanted) AS w(day)
    WHERE (t.parent <> 'rollup_minutes' OR w.day >= today - 2)
      AND NOT u.ranges @> tstzrange(w.day::timestamp AT TIME ZONE 'UTC', (w.day + 1)::timestamp AT TIME ZONE 'UTC'))
  THEN
    RETURN 0;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('llm_observability.partitions.' || current_schema(), 0));

  FOR target IN SELECT * FROM partitioned_tables(units) LOOP
    FOREACH day IN ARRAY wanted LOOP
      -- Older minutes are not kept.
      CONTINUE WHEN target.parent = 'rollup_minutes' AND day < today - 2;
      whole := tstzrange(day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
      usable := (
        SELECT coalesce(range_agg(tstzrange(r.from_time, r.to_time)), '{}') FROM partition_ranges(target.parent_table) r WHERE NOT r.detaching);
      CONTINUE WHEN usable @> whole;

      -- Nor where a table stands that somebody detached: its rows would be missed, and it could not be attached again.
      taken := (
        SELECT coalesce(range_agg(o.range), '{}')
        FROM (
          SELECT tstzrange(r.from_time, r.to_time) AS range FROM partition_ranges(target.parent_table) r
          UNION ALL
          SELECT partition_range(target.parent, c.relname)
          FROM pg_class c
          WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
            AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND i.inhparent = target.parent_table)) o
        WHERE o.range IS NOT NULL);
      free := tstzmultirange(tstzrange(
        date_trunc(target.unit, day::timestamp) AT TIME ZONE 'UTC',
        (date_trunc(target.unit, day::timestamp) + ('1 ' || target.unit)::interval) AT TIME ZONE 'UTC')) - taken;
      IF NOT (usable + free) @> whole THEN
        RAISE EXCEPTION 'A table of % is there for %, but is no partition of it (any more): attach it again, or move it away.', target.parent, day
          USING ERRCODE = 'object_not_in_prerequisite_state';
      END IF;

      FOR part IN SELECT f.part FROM unnest(free) AS f(part) WHERE f.part && whole LOOP
        new_table := partition_name(target.parent, target.unit, part);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING COMMENTS)', new_table, target.parent);
        EXECUTE format(
          'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', target.parent, new_table,
          to_char(lower(part) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00',
          to_char(upper(part) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00');
        created := created + 1;
      END LOOP;
    END LOOP;
  END LOOP;

  RETURN created;
END
$$;

-- As before, for processes that know no units.
CREATE OR REPLACE FUNCTION ensure_partitions(days text)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  SELECT ensure_partitions(days, '')
$$;

-- Partitions whose whole range is older than what is kept, oldest first: attached, detaching, or detached. Of detached ones only
-- those that the library marked before, by a comment: what somebody detached by hand is theirs.
CREATE FUNCTION expired_partitions(raw_seconds bigint, rollup_seconds bigint)
RETURNS TABLE (parent text, table_schema text, table_name text, to_time timestamptz, state text, marked boolean, overdue boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
  mark constant text := 'Expired: LlmObservability removes this table.';
BEGIN
  -- A role that may only write must not be able to make the store forget.
  IF (raw_seconds BETWEEN 86400 AND 3660 * 86400 AND rollup_seconds BETWEEN 31 * 86400 AND 3660 * 86400) IS NOT TRUE THEN
    RAISE EXCEPTION 'Rows are kept for 1 to 3660 days, and rollups for 31 to 3660.' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  RETURN QUERY
    SELECT p.parent, p.nspname, p.relname, p.to_time, CASE WHEN p.detaching THEN 'detaching' ELSE 'attached' END,
      coalesce(obj_description(p.oid, 'pg_class') = mark, false), p.to_time < p.kept_from - interval '1 day'
    FROM (
      SELECT t.parent, n.nspname::text, c.relname::text, r.to_time, r.detaching, c.oid,
        now() - CASE t.parent
          WHEN 'rollup_minutes' THEN interval '48 hours'
          WHEN 'rollup_hours' THEN make_interval(secs => rollup_seconds)
          WHEN 'rollup_value_hours' THEN make_interval(secs => rollup_seconds)
          ELSE make_interval(secs => raw_seconds) END AS kept_from
      FROM partitioned_tables('') t
      CROSS JOIN LATERAL partition_ranges(t.parent_table) r
      JOIN pg_class c ON c.oid = r.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace) p
    WHERE p.to_time <= p.kept_from
    UNION ALL
    SELECT NULL, n.nspname::text, c.relname::text, NULL, 'detached', true, false
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND obj_description(c.oid, 'pg_class') = mark
    ORDER BY 4, 3;
END
$$;

-- Removes expired partitions of one table, and those that are detached, without anybody waiting for longer than a tenth of a second:
-- what is in use is left for the next time. Dropping a partition takes its table's lock for an instant. Where somebody holds
-- that, rows are freed all the same, by TRUNCATE, which takes the partition's alone. Returns what became of each: dropped, emptied, busy,
-- or needed by an object that somebody made.
CREATE FUNCTION expire_partitions(expired_parent text, raw_seconds bigint, rollup_seconds bigint)
RETURNS TABLE (table_name text, outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
  most constant integer := 50;
  expired record;
  holders text[];
  locked boolean := false;
  droppable boolean;
  filled boolean;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('llm_observability.expire.' || current_schema(), 0)) THEN
    RETURN;
  END IF;

  FOR expired IN
    SELECT e.* FROM expired_partitions(raw_seconds, rollup_seconds) e
    -- One that somebody detaches by hand is theirs, too.
    WHERE e.state = 'detached' OR (e.parent = expired_parent AND (e.state = 'attached' OR e.marked))
    -- Those first for which no lock of the parent is held meanwhile.
    ORDER BY e.state <> 'detached', e.to_time
    LIMIT most
  LOOP
    table_name := expired.table_name;
    droppable := expired.state = 'detached';
    IF NOT droppable AND holders IS NULL THEN
      -- Once: at this instant, and else when everybody who holds it now is gone a moment later, so that a wait would be short.
      FOR try IN 1..3 LOOP
        BEGIN
          EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE %s', expired_parent, CASE WHEN try < 3 THEN 'NOWAIT' END);
          locked := true;
          EXIT;
        EXCEPTION
          WHEN lock_not_available THEN NULL;
        END;

        IF try = 1 THEN
          holders := table_users(expired_parent);
          PERFORM pg_sleep(0.3);
        ELSE
          EXIT WHEN holders && table_users(expired_parent);
        END IF;
      END LOOP;

      holders := coalesce(holders, '{}');
    END IF;

    BEGIN
      EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE NOWAIT', expired.table_schema, table_name);
      IF droppable OR locked THEN
        EXECUTE format('DROP TABLE %I.%I', expired.table_schema, table_name);
        outcome := 'dropped';
      ELSE
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', expired.table_schema, table_name) INTO filled;
        outcome := 'busy';
        IF filled AND expired.state = 'attached' THEN
          EXECUTE format('TRUNCATE %I.%I', expired.table_schema, table_name);
          outcome := 'emptied';
        END IF;
      END IF;
    EXCEPTION
      WHEN lock_not_available THEN outcome := 'busy';
      WHEN dependent_objects_still_exist OR feature_not_supported THEN outcome := 'needed';
      WHEN undefined_table THEN CONTINUE;
    END;

    RETURN NEXT;
  END LOOP;
END
$$;

-- The transactions that hold a lock on a table, but for the own.
CREATE FUNCTION table_users(used text)
RETURNS text[]
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  SELECT coalesce(array_agg(l.virtualtransaction), '{}')
  FROM pg_locks l
  WHERE l.locktype = 'relation' AND l.relation = to_regclass(used) AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
$$;

REVOKE ALL ON FUNCTION partition_ranges(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION partition_range(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION partition_name(text, text, tstzrange) FROM PUBLIC;
REVOKE ALL ON FUNCTION partitioned_tables(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION table_users(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ensure_partitions(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION expired_partitions(bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION expire_partitions(text, bigint, bigint) FROM PUBLIC;

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
    EXECUTE format(
      'GRANT EXECUTE ON FUNCTION ensure_partitions(text, text), expired_partitions(bigint, bigint), expire_partitions(text, bigint, bigint) TO %s',
      writer);
  END LOOP;
END
$$;

COMMENT ON TABLE calls IS 'One row for each LLM call; partitioned by started_at, in UTC.';
