-- Addresses that accounts are to have, until somebody shows by a mailed link that they are theirs. Without a link nobody
-- was written to.
CREATE TABLE address_changes (
    user_id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    link_id TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX address_changes_by_expiry ON address_changes (expires_at);

-- Addresses that accounts had: what was written to them is to be taken away and erased with the rest.
CREATE TABLE former_addresses (
    user_id TEXT NOT NULL,
    address_key TEXT NOT NULL,
    address TEXT NOT NULL,
    left_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address_key)
);
