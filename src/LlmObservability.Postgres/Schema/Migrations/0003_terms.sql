-- The terms on which a call was served, which multiply its prices or add fees.

ALTER TABLE calls
  ADD COLUMN geo text COLLATE "C",
  ADD COLUMN speed text COLLATE "C",
  ADD COLUMN web_search_count integer NOT NULL DEFAULT 0;

ALTER TABLE staging_calls
  ADD COLUMN geo text COLLATE "C",
  ADD COLUMN speed text COLLATE "C",
  ADD COLUMN web_search_count integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN calls.geo IS 'Where the call was served, where that has a price of its own; NULL for anywhere.';
COMMENT ON COLUMN calls.speed IS 'The speed that was bought; NULL for the standard one.';
COMMENT ON COLUMN calls.web_search_count IS 'Web searches that the provider made for the call and bills.';
