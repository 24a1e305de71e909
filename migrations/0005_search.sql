-- Indexes that only search needs.

-- What changed since, and the order of the last update. Rows come in this order, so it stays cheap.
create index change_at on change (type, at, rid);

-- Periods and ranges wider than a day (than a point), by their end: all others are found by their
-- start. "hi - lo" would overflow for periods that are open at both ends.
create index dat_wide on dat (k, hi, lo, rid) where hi >= lo + 86400000000;
create index num_wide on num (k, hi, lo, rid) where hi <> lo;
