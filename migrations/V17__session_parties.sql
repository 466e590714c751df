-- Whether somebody named or refused times themselves: from then on their agent asks them instead of agreeing.
ALTER TABLE session_parties ADD COLUMN has_stepped_in BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX session_parties_deciding ON session_parties (user_id, session_id) WHERE standing = 'decides';
