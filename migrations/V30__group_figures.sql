-- An agent's part in decisions that several take together: how often it was asked, answered in time, and answered too late.
ALTER TABLE figures ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE figures ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE figures ADD COLUMN late BIGINT NOT NULL DEFAULT 0;

-- When the house last handed a mail over, for whoever looks after it.
CREATE INDEX letters_by_sent ON letters (sent_at) WHERE sent_at IS NOT NULL;
