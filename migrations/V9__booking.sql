-- Pages where guests pick a slot. A name is one link's while the link is not removed.
CREATE TABLE booking_links (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    lengths TEXT NOT NULL,
    place TEXT NOT NULL,
    place_words TEXT NOT NULL,
    questions TEXT NOT NULL,
    week TEXT,
    notice_minutes BIGINT NOT NULL,
    horizon_days BIGINT NOT NULL,
    buffer_before_minutes BIGINT NOT NULL,
    buffer_after_minutes BIGINT NOT NULL,
    step_minutes BIGINT NOT NULL,
    per_day BIGINT,
    per_week BIGINT,
    confirmation TEXT NOT NULL,
    access TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX booking_links_by_name ON booking_links (name) WHERE state <> 'removed';
CREATE INDEX booking_links_by_user ON booking_links (user_id, id);

-- Single-use addresses of a link: the secret is known to whoever was given it, and here by a keyed hash.
CREATE TABLE booking_passes (
    id TEXT NOT NULL PRIMARY KEY,
    booking_link_id TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    words TEXT NOT NULL,
    used_by TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX booking_passes_by_link ON booking_passes (booking_link_id, id);
CREATE INDEX booking_passes_by_expiry ON booking_passes (expires_at);

-- What guests asked for.
CREATE TABLE bookings (
    id TEXT NOT NULL PRIMARY KEY,
    booking_link_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    guest_name TEXT NOT NULL,
    guest_address TEXT NOT NULL,
    guest_hash TEXT NOT NULL,
    guest_zone TEXT NOT NULL,
    answers TEXT NOT NULL,
    state TEXT NOT NULL,
    meeting_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX bookings_by_link ON bookings (booking_link_id, starts_at);
CREATE INDEX bookings_by_user ON bookings (user_id, state, starts_at);
CREATE INDEX bookings_by_guest ON bookings (guest_hash);
CREATE INDEX bookings_by_meeting ON bookings (meeting_id) WHERE meeting_id IS NOT NULL;
CREATE INDEX bookings_open ON bookings (expires_at) WHERE state IN ('unconfirmed', 'waiting');
CREATE INDEX bookings_by_end ON bookings (ends_at);
