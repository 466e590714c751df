-- What a notice is about is gone: those that nobody took note of are found by it.
CREATE INDEX notices_unread_of ON notices (subject) WHERE read_at IS NULL;
