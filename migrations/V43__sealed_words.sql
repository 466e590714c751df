-- What a letter says, what is said in a scheduling session and what any session is for lie sealed, as what agents say elsewhere
-- does. `seal` is the program's: it seals a text for a place, as the rooms do.
ALTER TABLE letters ADD COLUMN sealed_letter BYTEA;
UPDATE letters SET sealed_letter = seal('letters.letter', letter);
ALTER TABLE letters DROP COLUMN letter;
UPDATE session_messages SET content = seal('session_messages.content', '{"body":' || body || '}')
    WHERE content IS NULL AND body <> '{}';
ALTER TABLE session_messages DROP COLUMN body;
ALTER TABLE sessions ADD COLUMN sealed_purpose BYTEA;
UPDATE sessions SET sealed_purpose = seal('sessions.purpose', purpose) WHERE purpose <> '';
ALTER TABLE sessions DROP COLUMN purpose;
