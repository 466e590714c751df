-- A lane: what one agent sends another one in one session. How much of it is under way is counted, and need not be counted again for each message;
-- whose deliveries they are is known by their lane, so that they stand in one index of places that are far apart and no more in four.
CREATE TABLE lanes (
    session_id TEXT NOT NULL,
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    under_way BIGINT NOT NULL,
    is_live BOOLEAN NOT NULL,
    PRIMARY KEY (session_id, from_id, to_id)
);
INSERT INTO lanes (session_id, from_id, to_id, under_way, is_live)
    SELECT session_id, COALESCE(from_id, 'house'), to_id, SUM(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END),
        SUM(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END) > 0
    FROM deliveries GROUP BY session_id, COALESCE(from_id, 'house'), to_id;
CREATE INDEX lanes_to ON lanes (to_id, is_live);
CREATE INDEX lanes_from ON lanes (from_id, is_live);
CREATE INDEX lanes_live ON lanes (session_id) WHERE is_live = TRUE;

DROP INDEX deliveries_by_session;
DROP INDEX deliveries_to;
DROP INDEX deliveries_from;
DROP INDEX deliveries_under_way;
CREATE INDEX deliveries_of_session ON deliveries (session_id, ended_at);
