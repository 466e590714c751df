//! The mailroom's buttons: each makes the real message that a calendar program would send.
