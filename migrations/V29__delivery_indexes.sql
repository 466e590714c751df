-- A delivery was in two indexes by each of its sides, one of those under way and one of all: one serves both, and says how much of one sender waits for another agent. What is under way
-- at all is found by its id, which rises: adding to that index costs little.
DROP INDEX deliveries_to;
DROP INDEX deliveries_from;
DROP INDEX deliveries_of_sender;
DROP INDEX deliveries_of_recipient;
CREATE INDEX deliveries_to ON deliveries (to_id, ended_at, from_id);
CREATE INDEX deliveries_from ON deliveries (from_id, ended_at);
CREATE INDEX deliveries_under_way ON deliveries (id) WHERE ended_at IS NULL;
