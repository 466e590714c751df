-- Ids of entries rise with time: what happened since an instant is found by them.
DROP INDEX journal_by_at;
