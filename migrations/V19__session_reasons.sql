-- Why a time was named in a session: a stable word, where it is when whoever began it would rather meet.

ALTER TABLE session_proposals ADD COLUMN reason TEXT;
