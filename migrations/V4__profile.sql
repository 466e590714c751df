-- Working hours as JSON, seven lists of windows from Monday on; null: nobody has said any.
ALTER TABLE users ADD COLUMN week TEXT;
-- When the account and all that belongs to it is erased, if that was asked for.
ALTER TABLE users ADD COLUMN deletion_due_at BIGINT;
CREATE INDEX users_by_deletion ON users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;

-- Dates with windows of their own in place of their weekday's; none: a day off.
CREATE TABLE hour_exceptions (
    user_id TEXT NOT NULL REFERENCES users (id),
    date TEXT NOT NULL,
    windows TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (user_id, date)
);
CREATE INDEX hour_exceptions_by_date ON hour_exceptions (date);
