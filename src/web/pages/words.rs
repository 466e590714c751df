//! Words that several pages share: moments near the reader, and who is who without an address.

use crate::base::id::ParticipantId;
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::meetings::{Meeting, Role};
use crate::post::letter;

/// `today 11:20`, `yesterday 20:10`, `18 Nov, 09:14`, `18 Nov 2024, 09:14`.
pub(super) fn near(zone: Zone, at: Timestamp, now: Timestamp) -> String {
    let (local, today) = (zone.local(at), zone.date(now));
    if local.date() == today {
        local.format("today %H:%M").to_string()
    } else if Some(local.date()) == today.pred_opt() {
        local.format("yesterday %H:%M").to_string()
    } else if now.since(at).abs() < 180 * DAY {
        local.format("%-d %b, %H:%M").to_string()
    } else {
        local.format("%-d %b %Y, %H:%M").to_string()
    }
}

/// `today`, `yesterday`, `18 Nov 2026`: a day on which something was.
pub(super) fn day(zone: Zone, at: Timestamp, now: Timestamp) -> String {
    let (date, today) = (zone.date(at), zone.date(now));
    if date == today {
        "today".to_owned()
    } else if Some(date) == today.pred_opt() {
        "yesterday".to_owned()
    } else {
        date.format("%-d %b %Y").to_string()
    }
}

/// `Today 15:40` and `Tomorrow 09:00`; empty for any other day, where a date reads better.
pub(super) fn soon(zone: Zone, at: Timestamp, now: Timestamp) -> String {
    let (local, today) = (zone.local(at), zone.date(now));
    if local.date() == today {
        local.format("Today %H:%M").to_string()
    } else if Some(local.date()) == today.succ_opt() {
        local.format("Tomorrow %H:%M").to_string()
    } else {
        String::new()
    }
}

/// `40 minutes`, `3 hours`, `2 days`: how long something takes or took. To what lies ahead it is [`ahead`].
pub(super) fn span(ms: i64) -> String {
    let minutes = (ms / MINUTE).max(0);
    match minutes {
        0..=90 => many(minutes, "minute"),
        91..=2_880 => many((minutes + 30) / 60, "hour"),
        _ => many((minutes + 720) / 1_440, "day"),
    }
}

/// `in a moment`, `in 40 minutes`, `in 3 hours`, `tomorrow`, `in 3 days`: how far ahead something lies. Hours and minutes are
/// rounded; days are those of the reader's calendar, on which 2 days and 23 hours are three days as often as not.
pub(super) fn ahead(zone: Zone, at: Timestamp, now: Timestamp) -> String {
    let left = at.since(now);
    let days = zone.date(at).signed_duration_since(zone.date(now)).num_days();
    let minutes = (left + MINUTE / 2) / MINUTE;
    match days {
        _ if left < MINUTE => "in a moment".to_owned(),
        _ if minutes <= 90 => format!("in {}", many(minutes, "minute")),
        // Nobody calls "tomorrow" what is still this evening's.
        ..=0 => format!("in {}", many((minutes + 30) / 60, "hour")),
        1 if left <= 6 * HOUR => format!("in {}", many((minutes + 30) / 60, "hour")),
        1 => "tomorrow".to_owned(),
        days => format!("in {}", many(days, "day")),
    }
}

fn many(number: i64, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// The same words as a sentence begins.
pub(super) fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A participant within a sentence: a name, `your host`, `your guest`; `you`, to themselves.
pub(super) fn face(meeting: &Meeting, reader: Option<ParticipantId>, one: ParticipantId) -> String {
    let Ok(participant) = meeting.participant(one) else { return "somebody".to_owned() };
    if reader.is_some_and(|me| me == one || participant.same_as == Some(me)) {
        return "you".to_owned();
    }
    match (reader, participant.name.is_empty(), participant.role) {
        (None, true, Role::Host) => "the host".to_owned(),
        (None, true, Role::Guest) => "the guest".to_owned(),
        _ => participant.face().words().to_owned(),
    }
}

/// The other side within a sentence: one by their face, several as `the others`.
pub(super) fn other(meeting: &Meeting, reader: Option<ParticipantId>) -> String {
    let others: Vec<_> = meeting.participants.iter().filter(|one| Some(one.id) != reader).collect();
    match others.as_slice() {
        [] => "nobody yet".to_owned(),
        [one] => face(meeting, reader, one.id),
        _ => "the others".to_owned(),
    }
}

/// `with Robin`, `with Kim and 2 others`, `no guest yet`; empty where the title names them.
pub(super) fn with(meeting: &Meeting, reader: Option<ParticipantId>) -> String {
    let others: Vec<_> = meeting.participants.iter().filter(|one| Some(one.id) != reader).collect();
    let faces: Vec<_> = others.iter().map(|one| one.face()).collect();
    let is_said = !faces.is_empty() && letter::with(&meeting.title, &faces).is_empty();
    match others.as_slice() {
        [] => "no guest yet".to_owned(),
        [one] if meeting.participants.len() == 1 => {
            format!("of {}, no guest yet", face(meeting, reader, one.id))
        }
        _ if is_said => String::new(),
        [one] => format!("with {}", face(meeting, reader, one.id)),
        [one, two] => {
            format!("with {} and {}", face(meeting, reader, one.id), face(meeting, reader, two.id))
        }
        [one, rest @ ..] => format!("with {} and {} others", face(meeting, reader, one.id), rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ahead, near, sentence, soon, span};
    use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};

    #[test]
    fn moments_near_the_reader_are_said_as_people_say_them() {
        let paris = Zone::parse("Europe/Paris").expect("a zone");
        let now = Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").expect("a time");
        assert_eq!(near(paris, now.plus(-MINUTE), now), "today 12:59");
        assert_eq!(near(paris, now.plus(-20 * HOUR), now), "yesterday 17:00");
        assert_eq!(near(paris, now.plus(-3 * DAY), now), "17 Nov, 13:00");
        assert_eq!(near(paris, now.plus(-400 * DAY), now), "16 Oct 2025, 14:00");
        assert_eq!(soon(paris, now.plus(HOUR), now), "Today 14:00");
        assert_eq!(soon(paris, now.plus(DAY), now), "Tomorrow 13:00");
        assert_eq!(soon(paris, now.plus(3 * DAY), now), "");
        assert_eq!(
            (span(40 * MINUTE), span(2 * HOUR), span(3 * DAY)),
            ("40 minutes".into(), "2 hours".into(), "3 days".into())
        );
        assert_eq!(span(3 * DAY - HOUR), "3 days");
        assert_eq!(sentence("your guest"), "Your guest");
    }

    #[test]
    fn how_far_ahead_something_lies_is_rounded_and_counted_in_days_of_the_readers_calendar() {
        let [paris, tokyo] = ["Europe/Paris", "Asia/Tokyo"].map(|zone| Zone::parse(zone).expect("a zone"));
        // One in the afternoon in Paris, nine in the evening in Tokyo.
        let now = Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").expect("a time");
        for (left, in_paris, in_tokyo) in [
            (MINUTE - 1, "in a moment", "in a moment"),
            (MINUTE, "in 1 minute", "in 1 minute"),
            (40 * MINUTE - 1_000, "in 40 minutes", "in 40 minutes"),
            (2 * HOUR - 1, "in 2 hours", "in 2 hours"),
            (4 * HOUR, "in 4 hours", "in 4 hours"),
            (8 * HOUR, "in 8 hours", "tomorrow"),
            (12 * HOUR, "tomorrow", "tomorrow"),
            (34 * HOUR, "tomorrow", "in 2 days"),
            (2 * DAY + 23 * HOUR, "in 3 days", "in 3 days"),
            (3 * DAY, "in 3 days", "in 3 days"),
            (3 * DAY + 4 * HOUR, "in 3 days", "in 4 days"),
        ] {
            let at = now.plus(left);
            assert_eq!(
                (ahead(paris, at, now).as_str(), ahead(tokyo, at, now).as_str()),
                (in_paris, in_tokyo)
            );
        }
        // The longer day on which clocks go back is one day.
        let saturday = Timestamp::parse_rfc3339("2026-10-24T10:00:00Z").expect("a time");
        assert_eq!(ahead(paris, saturday.plus(DAY + 12 * HOUR), saturday), "tomorrow");
    }
}
