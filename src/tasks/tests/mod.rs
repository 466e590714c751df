//! How the room's rules hold.
