-- Calls of which nobody knows the price are few, and are counted with each report: they have an index of their own,
-- which costs the others nothing.
create index usage_unpriced on usage (admitted_at, id) where not priced;
