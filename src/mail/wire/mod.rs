//! The wire: sockets and MIME, and nothing of what a message is for.
