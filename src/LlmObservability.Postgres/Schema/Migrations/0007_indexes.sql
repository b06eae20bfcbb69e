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
INSERT INTO rollup_since (since)
SELECT CASE WHEN EXISTS (SELECT FROM calls) THEN now() ELSE '-infinity' END;

COMMENT ON TABLE rollup_since IS 'One row: since when the rollups hold every call. Earlier times are answered from the calls.';

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
      'GRANT SELECT ON rollup_since, rollup_deltas, rollup_minutes, rollup_hours, rollup_days, '
      'rollup_value_deltas, rollup_value_hours, rollup_value_days TO %s', reader);
  END LOOP;
END
$$;
