-- How long requests waited before their calls, in the sums too. What was summed before has none: CheckRollupsAsync tells days on which
-- calls have a wait that their sums do not, and a rebuild of those days brings it.

ALTER TABLE rollup_deltas
  ADD COLUMN queue_wait_us_count bigint,
  ADD COLUMN queue_wait_us_sum bigint,
  ADD COLUMN queue_wait_us_min bigint,
  ADD COLUMN queue_wait_us_max bigint,
  ADD COLUMN queue_wait_us_histogram bytea;

-- In the same order: rows of these are handed out as rows of that.
ALTER TABLE rollup_minutes
  ADD COLUMN queue_wait_us_count bigint,
  ADD COLUMN queue_wait_us_sum bigint,
  ADD COLUMN queue_wait_us_min bigint,
  ADD COLUMN queue_wait_us_max bigint,
  ADD COLUMN queue_wait_us_histogram bytea;
ALTER TABLE rollup_hours
  ADD COLUMN queue_wait_us_count bigint,
  ADD COLUMN queue_wait_us_sum bigint,
  ADD COLUMN queue_wait_us_min bigint,
  ADD COLUMN queue_wait_us_max bigint,
  ADD COLUMN queue_wait_us_histogram bytea;
ALTER TABLE rollup_days
  ADD COLUMN queue_wait_us_count bigint,
  ADD COLUMN queue_wait_us_sum bigint,
  ADD COLUMN queue_wait_us_min bigint,
  ADD COLUMN queue_wait_us_max bigint,
  ADD COLUMN queue_wait_us_histogram bytea;

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['rollup_deltas', 'rollup_minutes', 'rollup_hours', 'rollup_days'] LOOP
    EXECUTE format('COMMENT ON COLUMN %I.queue_wait_us_count IS %L', target, 'How many calls have a value; none of those that were summed before this column was there.');
    EXECUTE format('COMMENT ON COLUMN %I.queue_wait_us_sum IS %L', target, 'The sum of the calls'' values.');
    EXECUTE format('COMMENT ON COLUMN %I.queue_wait_us_min IS %L', target, 'The least of the calls'' values.');
    EXECUTE format('COMMENT ON COLUMN %I.queue_wait_us_max IS %L', target, 'The greatest of the calls'' values.');
    EXECUTE format(
      'COMMENT ON COLUMN %I.queue_wait_us_histogram IS %L', target,
      'How many calls by size: a list of buckets and counts, each bucket within 1.6 % of its values.');
  END LOOP;
END
$$;
