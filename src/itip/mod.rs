//! iCalendar and iTIP: bytes in, values out, and back. Pure: no clock, no store, no mail.
