-- The few calls whose cost is not known, with what a list of them is asked for: why, and of which models. They are counted from the
-- index alone.
CREATE INDEX calls_unpriced ON calls (started_at, id, cost_reason, model) WHERE cost_nanos IS NULL;
