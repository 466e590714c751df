-- What has expired is looked for whenever a topic is claimed: by its topic, not through all that waits there.
DROP INDEX queue_expiry;
CREATE INDEX queue_expiry ON queue (topic, expires_at) WHERE expires_at IS NOT NULL;
