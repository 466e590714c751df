//! Invented people and times that the samples of all pages share. Nobody in them exists.

use crate::base::Timestamp;
use crate::base::Zone;

use super::parts::Frame;
use super::parts::Nav;
use super::parts::Viewer;
use super::parts::When;

/// Friday 20 November 2026, 12:00 UTC: now, in every sample.
pub(super) const NOW: Timestamp = Timestamp::from_ms(1_795_176_000_000);
const HOUR: i64 = crate::base::time::HOUR;
const MINUTE: i64 = crate::base::time::MINUTE;

/// The zone of the samples' reader.
pub(super) fn paris() -> Zone {
    Zone::parse("Europe/Paris").unwrap_or(Zone::UTC)
}

/// A span `days` from now, from `hour`:`minute` UTC on, `length` minutes long.
pub(super) fn span(days: i64, hour: i64, minute: i64, length: i64) -> When {
    let start = NOW.plus(24 * HOUR * days + (hour - 12) * HOUR + minute * MINUTE);
    When::span(paris(), start, start.plus(length * MINUTE))
}

/// The time the sample meeting has: Tuesday 24 November, 15:00 in Paris.
pub(super) fn old_time() -> When {
    span(4, 14, 0, 45)
}

/// The time that is asked for: Wednesday 25 November, 11:30 in Paris.
pub(super) fn new_time() -> When {
    span(5, 10, 30, 45)
}

/// The frame of a member, signed in.
pub(super) fn frame(title: &str, path: &str, current: Nav) -> Frame {
    Frame {
        current,
        viewer: Some(Viewer { name: "Alex".to_owned(), is_admin: false }),
        csrf: "sample-form-token".to_owned(),
        ..Frame::new(title, path, paris(), NOW)
    }
}

/// The frame of an administrator, with the mailroom mounted.
pub(super) fn admin_frame(title: &str, path: &str, current: Nav) -> Frame {
    Frame {
        viewer: Some(Viewer { name: "Alex".to_owned(), is_admin: true }),
        mailroom: true,
        ..frame(title, path, current)
    }
}

/// The frame of somebody who only has a link.
pub(super) fn bare(title: &str, path: &str) -> Frame {
    Frame::new(title, path, paris(), NOW)
}
