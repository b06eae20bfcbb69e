-- Which span a call was made in, and the spans of attempts and tool calls. Rows from before have none.

ALTER TABLE calls ADD COLUMN parent_span_id text COLLATE "C";
ALTER TABLE staging_calls ADD COLUMN parent_span_id text COLLATE "C";

ALTER TABLE attempts
  ADD COLUMN span_id text COLLATE "C",
  ADD COLUMN parent_span_id text COLLATE "C";
ALTER TABLE staging_attempts
  ADD COLUMN span_id text COLLATE "C",
  ADD COLUMN parent_span_id text COLLATE "C";

ALTER TABLE tool_calls
  ADD COLUMN trace_id text COLLATE "C",
  ADD COLUMN span_id text COLLATE "C",
  ADD COLUMN parent_span_id text COLLATE "C";
ALTER TABLE staging_tool_calls
  ADD COLUMN trace_id text COLLATE "C",
  ADD COLUMN span_id text COLLATE "C",
  ADD COLUMN parent_span_id text COLLATE "C";

-- The views show them behind what they show. Each keeps its options, its grants, and its condition on PostgreSQL 14; one that was
-- dropped stays so.
DO $$
DECLARE
  shown record;
  definition text;
BEGIN
  FOR shown IN
    SELECT v.oid::regclass AS view, v.reloptions AS options, added.source, added.columns
    FROM (VALUES
      ('calls_readable', 'calls c', 'c.parent_span_id'),
      ('attempts_readable', 'attempts a', 'a.span_id, a.parent_span_id'),
      ('tool_calls_readable', 'tool_calls t', 't.trace_id, t.span_id, t.parent_span_id')) AS added (name, source, columns)
    JOIN pg_class v ON v.oid = to_regclass(added.name)
  LOOP
    definition := pg_get_viewdef(shown.view);
    EXECUTE format(
      'CREATE OR REPLACE VIEW %s %s AS %s', shown.view, 'WITH (' || array_to_string(shown.options, ', ') || ')',
      regexp_replace(definition, '\s+FROM ' || shown.source, ', ' || shown.columns || ' FROM ' || shown.source));
  END LOOP;
END
$$;

COMMENT ON COLUMN calls.trace_id IS 'Trace of the call''s span, else of the activity in which it was made, in hex; NULL when nobody traced it.';
COMMENT ON COLUMN calls.span_id IS
  'The call''s span, in hex; NULL when it had none. Of calls from before parent_span_id was there, the activity around it in that case.';
COMMENT ON COLUMN calls.parent_span_id IS 'The span in which the call was made, in hex; NULL at a trace''s root.';
COMMENT ON COLUMN attempts.span_id IS 'The attempt''s span, in the trace of its call, in hex; NULL when it had none.';
COMMENT ON COLUMN attempts.parent_span_id IS 'The span in which the attempt''s own began, in hex; NULL when it had none.';
COMMENT ON COLUMN tool_calls.trace_id IS 'Trace of the invocation''s span, else of the activity in which it ran, in hex; NULL when nobody traced it.';
COMMENT ON COLUMN tool_calls.span_id IS 'The invocation''s span, in hex; NULL when it had none.';
COMMENT ON COLUMN tool_calls.parent_span_id IS 'The span in which the tool was invoked, in hex; NULL at a trace''s root.';

-- The same on the views and the staging tables.
DO $$
DECLARE
  pair text[];
  found record;
BEGIN
  FOREACH pair SLICE 1 IN ARRAY ARRAY[
    ['calls_readable', 'calls'], ['attempts_readable', 'attempts'], ['tool_calls_readable', 'tool_calls'],
    ['staging_calls', 'calls'], ['staging_attempts', 'attempts'], ['staging_tool_calls', 'tool_calls']]
  LOOP
    FOR found IN
      SELECT t.attname AS name, col_description(s.attrelid, s.attnum) AS meaning
      FROM pg_attribute t JOIN pg_attribute s ON s.attname = t.attname AND s.attnum > 0
      WHERE t.attrelid = to_regclass(pair[1]) AND s.attrelid = to_regclass(pair[2]) AND t.attnum > 0
        AND t.attname IN ('trace_id', 'span_id', 'parent_span_id')
    LOOP
      EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', pair[1], found.name, found.meaning);
    END LOOP;
  END LOOP;
END
$$;
