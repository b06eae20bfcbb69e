-- What reading needs besides the keys. Each index costs every write, so there is one only where a list could otherwise not find
-- few calls among millions; sums come from the rollups, and everything else reads a bounded part of the calls.

-- Own tags, whatever their keys: equality only, which keeps it small. Without the list of pending entries, reading costs the
-- same whenever the last clean-up was.
CREATE INDEX calls_tags ON calls USING gin (tags jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX calls_user ON calls ("user") WHERE "user" IS NOT NULL;
CREATE INDEX calls_session ON calls (session) WHERE session IS NOT NULL;
CREATE INDEX calls_conversation ON calls (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX calls_trace_id ON calls (trace_id) WHERE trace_id IS NOT NULL;
-- The few that did not complete, in the order in which they are listed.
CREATE INDEX calls_not_completed ON calls (started_at, id) WHERE outcome <> 'completed';

-- Since when the rollups hold every call: from the beginning, or from this migration where there were calls before it. A
-- rebuild of earlier days moves it back.
CREATE TABLE rollup_since (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  since timestamptz NOT NULL
);
-- A clock that is ahead may have made calls of times to come.
INSERT INTO rollup_since (since)
SELECT CASE WHEN count(newest) = 0 THEN '-infinity' ELSE greatest(now(), max(newest) + interval '1 microsecond') END
FROM (SELECT max(started_at) AS newest FROM calls) AS c;

COMMENT ON TABLE rollup_since IS 'One row: since when the rollups hold every call. Earlier times are answered from the calls.';

-- The same of each tag whose values are summed: those that were allowed after there were calls lack the earlier ones. Not to be told from
-- the sums, since late calls, repricings and rebuilt days add to any of them.
CREATE TABLE rollup_tags (
  field text COLLATE "C" PRIMARY KEY,
  since timestamptz NOT NULL
);

COMMENT ON TABLE rollup_tags IS 'Since when the sums by value hold every call, for each tag of RollupTags.';
COMMENT ON COLUMN rollup_tags.field IS 'The tag, as tag.KEY.';
COMMENT ON COLUMN rollup_tags.since IS 'Since when; -infinity where it was allowed before there was any call.';

-- Notes tags, as a JSON array of fields, that are summed from now on, and tells all that are. Others write meanwhile, and look every ten
-- minutes of writing: an hour is left to them.
CREATE FUNCTION note_tags(fields text)
RETURNS SETOF text
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
  INSERT INTO rollup_tags (field, since)
  SELECT f.field, CASE WHEN EXISTS (SELECT FROM calls) THEN now() + interval '1 hour' ELSE '-infinity' END
  FROM jsonb_array_elements_text(fields::jsonb) AS f(field)
  ON CONFLICT (field) DO NOTHING;
  SELECT t.field FROM rollup_tags t
$$;

REVOKE ALL ON FUNCTION note_tags(text) FROM PUBLIC;

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
    EXECUTE format('GRANT EXECUTE ON FUNCTION note_tags(text) TO %s', writer);
  END LOOP;
END
$$;

-- Whoever may read the calls may read their sums.
DO $$
DECLARE
  reader text;
BEGIN
  FOR reader IN
    SELECT DISTINCT a.grantee::regrole::text
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = to_regclass('calls') AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format(
      'GRANT SELECT ON rollup_since, rollup_tags, rollup_deltas, rollup_minutes, rollup_hours, rollup_days, '
      'rollup_value_deltas, rollup_value_hours, rollup_value_days TO %s', reader);
  END LOOP;
END
$$;
