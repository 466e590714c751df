-- Since when a task is for a person to do by hand that was put before their program, or that it had taken on; null: it never fell back.
ALTER TABLE tasks ADD COLUMN fell_at BIGINT;
