//! How the database and the mail of the house are, in words for its administrators: a name and a value each.

use super::words;
use crate::base::time::{Timestamp, Zone};
use crate::mail::inbound::poll::PollState;
use crate::web::upkeep::{Known, Letters, Size, Verified};

type Facts = Vec<(String, String)>;

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// The database: how large it is, when it was last copied, and whether its journal held.
pub(super) fn database(known: &Known, size: Size, zone: Zone, now: Timestamp) -> Facts {
    let near = |at| words::near(zone, at, now);
    let journal = match known.verified {
        None => "nobody has looked yet: “entente audit verify” does".to_owned(),
        Some((at, Verified::Holds(number))) => format!("held up to entry {number}, {}", near(at)),
        Some((at, Verified::Broken(number))) => format!("is broken at entry {number}: found {}", near(at)),
    };
    let copy = match known.backup_at {
        Some(at) => format!("{}, by “entente backup”", near(at)),
        None => "never by “entente backup”".to_owned(),
    };
    vec![
        fact("The file", bytes(size.file)),
        fact("The log beside it", bytes(size.log)),
        fact("Last copied", copy),
        fact("The journal", journal),
    ]
}

/// Mail: what went out and came in last, what waits, and what goes wrong since when.
pub(super) fn mail(known: &Known, mailbox: Option<&PollState>, zone: Zone, now: Timestamp) -> Facts {
    let near = |at| words::near(zone, at, now);
    let last = |at: Option<Timestamp>| at.map_or_else(|| "nothing yet".to_owned(), near);
    let Letters { waiting, oldest_ms, retrying, failing_since, held } = &known.letters;
    let oldest = match oldest_ms {
        ..1_000 => String::new(),
        ms => format!(", the oldest for {}", super::admin::seconds(*ms)),
    };
    let mut facts =
        vec![fact("Last sent", last(known.sent_at)), fact("Waiting", format!("{waiting}{oldest}"))];
    if let (1.., Some(since)) = (*retrying, failing_since) {
        let many = if *retrying == 1 { "1 could".to_owned() } else { format!("{retrying} could") };
        facts.push(fact("Failing", format!("{many} not be sent so far, since {}", near(*since))));
    }
    if let Some(why) = held {
        facts.push(fact("Held", why.clone()));
    }
    facts.push(fact("Last came in", last(known.received_at)));
    facts.push(fact("The mailbox", read(mailbox, near)));
    facts
}

fn read(mailbox: Option<&PollState>, near: impl Fn(Timestamp) -> String) -> String {
    let Some(state) = mailbox else { return "none is read: messages are pushed, or come by hand".to_owned() };
    match (state.failing_since, &state.last_error, state.last_success) {
        (Some(since), Some((_, error)), _) => format!("cannot be read since {}: {error}", near(since)),
        (_, _, Some(at)) => format!("read {}", near(at)),
        _ => "is being read for the first time since the start".to_owned(),
    }
}

/// A size, as people say it: `412 KiB`, `12.4 MiB`.
fn bytes(many: u64) -> String {
    const KIB: u64 = 1_024;
    let tenths = |unit: u64| format!("{}.{}", many / unit, many % unit * 10 / unit);
    match many {
        0..KIB => format!("{many} bytes"),
        KIB..0x10_0000 => format!("{} KiB", many / KIB),
        0x10_0000..0x4000_0000 => format!("{} MiB", tenths(KIB * KIB)),
        _ => format!("{} GiB", tenths(KIB * KIB * KIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::MINUTE;

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn known() -> Known {
        Known {
            backup_at: None,
            verified: None,
            sent_at: None,
            received_at: None,
            letters: Letters::default(),
        }
    }

    #[test]
    fn sizes_are_told_as_people_say_them() {
        let told = [0, 1_023, 421_888, 13_002_343, 1_288_490_189].map(bytes);
        assert_eq!(told, ["0 bytes", "1023 bytes", "412 KiB", "12.4 MiB", "1.2 GiB"]);
    }

    #[test]
    fn what_goes_wrong_with_mail_is_told_with_since_when() {
        let mut known = known();
        known.letters = Letters {
            waiting: 3,
            oldest_ms: 4_000,
            retrying: 2,
            failing_since: Some(NOW.plus(-MINUTE)),
            held: Some("restored from a backup".to_owned()),
        };
        let state = PollState {
            failing_since: Some(NOW),
            last_error: Some((NOW, "the server hung up".to_owned())),
            ..PollState::default()
        };
        let told: Vec<_> =
            mail(&known, Some(&state), Zone::UTC, NOW).into_iter().map(|(_, what)| what).collect();
        assert_eq!(told[1], "3, the oldest for 4 s");
        assert!(told[2].starts_with("2 could not be sent so far, since "), "{told:?}");
        assert_eq!(told[3], "restored from a backup");
        assert!(told[5].ends_with(": the server hung up"), "{told:?}");
        let state = PollState { last_success: Some(NOW), ..PollState::default() };
        assert!(read(Some(&state), |_| "now".to_owned()) == "read now");
    }

    #[test]
    fn a_journal_that_did_not_hold_is_told_with_its_entry() {
        let size = Size { file: 1, log: 0 };
        let journal =
            |verified| database(&Known { verified, ..known() }, size, Zone::UTC, NOW).pop().unwrap().1;
        assert!(journal(None).starts_with("nobody has looked yet"));
        assert!(journal(Some((NOW, Verified::Holds(812)))).starts_with("held up to entry 812"));
        assert!(journal(Some((NOW, Verified::Broken(57)))).starts_with("is broken at entry 57"));
    }
}
