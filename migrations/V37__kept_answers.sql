-- A kept answer is sealed bytes, and was written as their hexadecimal digits: twice as long.
ALTER TABLE idempotency ADD COLUMN sealed_answer BYTEA;
UPDATE idempotency SET sealed_answer = unhex(answer);
ALTER TABLE idempotency DROP COLUMN answer;
