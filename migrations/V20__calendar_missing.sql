-- Since when an event that the house wrote is not where it was: it is sought in its holder's other calendars before that is a no.
ALTER TABLE calendar_writes ADD COLUMN missing_at BIGINT;

-- When the reading began that a source was last read by.
ALTER TABLE sources ADD COLUMN begun_at BIGINT;
