//! The protocol's rules as tables: which reply counts, what is proposed, which UIDs are one.

use crate::base::{Timestamp, Zone};

use super::super::{
    Answer, Arrival, Current, Order, PartStat, Proposal, Reply, Revision, Stale, order, proposal, read,
    same_uid, uid_key,
};
use super::at;

const REQUESTED: &str = "2026-11-20T09:00:00Z";

fn answer(partstat: PartStat, dtstamp: &str, replied: &str, arrived: &str, number: u32) -> Answer {
    Answer {
        partstat,
        dtstamp: Timestamp::parse_rfc3339(dtstamp),
        replied_at: Timestamp::parse_rfc3339(replied),
        arrived: Arrival { at: at(arrived), number },
    }
}

/// What is tested, the latest answer, the reply and its revision, what comes of it.
type Row = (&'static str, Option<Answer>, Answer, Option<u32>, Order);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn which_reply_counts() {
    use Order::{Current, Noop};
    use PartStat::{Accepted, Declined, NeedsAction, Tentative};
    let own = REQUESTED;
    let (t1, t2, t3) = ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z");
    let a = |p, d, r, arrived, n| answer(p, d, r, arrived, n);
    let revision_stale = Order::Stale(Stale::Revision);
    let answer_stale = Order::Stale(Stale::Answer);
    let rows: &[Row] = &[
        ("first answer", None, a(Accepted, t1, "", t1, 1), Some(2), Current),
        (
            "first answer with the invitation's own DTSTAMP",
            None,
            a(Accepted, own, "", t1, 1),
            Some(2),
            Current,
        ),
        ("an earlier revision", None, a(Declined, t1, "", t1, 1), Some(1), revision_stale),
        ("a higher revision is taken as ours", None, a(Accepted, t1, "", t1, 1), Some(9), Current),
        ("no revision at all", None, a(Accepted, t1, "", t1, 1), None, Current),
        ("needs-action says nothing", None, a(NeedsAction, t1, "", t1, 1), Some(2), Noop),
        (
            "needs-action never overwrites",
            Some(a(Accepted, t1, "", t1, 1)),
            a(NeedsAction, t2, "", t2, 2),
            Some(2),
            Noop,
        ),
        ("needs-action of an earlier revision", None, a(NeedsAction, t1, "", t1, 1), Some(0), revision_stale),
        ("the same again", Some(a(Accepted, t1, "", t1, 1)), a(Accepted, t2, "", t2, 2), Some(2), Noop),
        (
            "the later DTSTAMP wins",
            Some(a(Accepted, t1, "", t1, 1)),
            a(Declined, t2, "", t2, 2),
            Some(2),
            Current,
        ),
        (
            "the earlier DTSTAMP loses though it arrives later",
            Some(a(Accepted, t2, "", t2, 1)),
            a(Declined, t1, "", t3, 2),
            Some(2),
            answer_stale,
        ),
        (
            "both repeat the invitation's DTSTAMP: arrival",
            Some(a(Accepted, own, "", t1, 1)),
            a(Declined, own, "", t2, 2),
            Some(2),
            Current,
        ),
        (
            "one repeats it: arrival",
            Some(a(Accepted, t2, "", t2, 1)),
            a(Declined, own, "", t3, 2),
            Some(2),
            Current,
        ),
        (
            "one repeats it, and arrives earlier",
            Some(a(Accepted, t2, "", t3, 2)),
            a(Declined, own, "", t2, 1),
            Some(2),
            answer_stale,
        ),
        (
            "a DTSTAMP in the future is unknown",
            Some(a(Accepted, "2027-01-01T00:00:00Z", "", t1, 1)),
            a(Declined, t2, "", t2, 2),
            Some(2),
            Current,
        ),
        (
            "none has a DTSTAMP",
            Some(a(Tentative, "", "", t1, 1)),
            a(Declined, "", "", t2, 2),
            Some(2),
            Current,
        ),
        (
            "REPLYTIME decides where both have it",
            Some(a(Accepted, own, t3, t1, 1)),
            a(Declined, own, t2, t3, 2),
            Some(2),
            answer_stale,
        ),
        (
            "REPLYTIME of one alone does not",
            Some(a(Accepted, own, t3, t1, 1)),
            a(Declined, own, "", t2, 2),
            Some(2),
            Current,
        ),
        (
            "arrived in one second: the number in the mailbox",
            Some(a(Accepted, own, "", t1, 7)),
            a(Declined, own, "", t1, 8),
            Some(2),
            Current,
        ),
        (
            "arrived in one second, the earlier number",
            Some(a(Accepted, own, "", t1, 8)),
            a(Declined, own, "", t1, 7),
            Some(2),
            answer_stale,
        ),
        (
            "equal DTSTAMPs: arrival",
            Some(a(Accepted, t1, "", t1, 1)),
            a(Declined, t1, "", t2, 2),
            Some(2),
            Current,
        ),
    ];
    let older = [at("2026-11-24T10:00:00Z")];
    let revision = Revision {
        sequence: 2,
        dtstamp: at(REQUESTED),
        start: at("2026-11-25T10:30:00Z"),
        older_starts: &older,
    };
    for (name, latest, answer, sequence, expected) in rows {
        let reply = Reply { answer: *answer, sequence: *sequence, start: None };
        assert_eq!(order(&revision, latest.as_ref(), &reply), *expected, "{name}");
    }
}

#[test]
fn a_reply_without_a_revision_is_told_by_an_older_start_and_by_nothing_else() {
    let older = [at("2026-11-24T10:00:00Z"), at("2026-11-25T10:30:00Z")];
    let revision = Revision {
        sequence: 2,
        dtstamp: at(REQUESTED),
        start: at("2026-11-25T10:30:00Z"),
        older_starts: &older,
    };
    let answer = answer(PartStat::Declined, REQUESTED, "", "2026-11-21T00:00:00Z", 1);
    let rows = [
        (None, Some("2026-11-24T10:00:00Z"), Order::Stale(Stale::Revision)),
        (None, Some("2026-11-25T10:30:00Z"), Order::Current),
        (None, Some("2026-11-29T10:30:00Z"), Order::Current),
        (None, None, Order::Current),
        (Some(2), Some("2026-11-24T10:00:00Z"), Order::Current),
    ];
    for (sequence, start, expected) in rows {
        let reply = Reply { answer, sequence, start: start.map(at) };
        assert_eq!(order(&revision, None, &reply), expected, "{sequence:?} {start:?}");
    }
}

fn message(method: &str, attendee: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:u\r\nATTENDEE;{attendee}:mailto:a@example.org\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_a_message_proposes() {
    let now = at("2026-11-20T09:00:00Z");
    let current =
        Current { start: at("2026-11-25T10:30:00Z"), end: at("2026-11-25T11:15:00Z"), zone: Zone::UTC };
    let time = |start: &str, end: &str, note: Option<&str>| Proposal::Time {
        start: at(start),
        end: at(end),
        note: note.map(str::to_owned),
    };
    let span = |start: &str, end: &str| format!("DTSTART:{start}\r\nDTEND:{end}\r\n");
    let moved = span("20261126T140000Z", "20261126T144500Z");
    let proposed =
        "PARTSTAT=TENTATIVE;TO-ALL-PROPOSED-NEW-TIME=\"DTSTART:20261126T140000Z;DTEND:20261126T144500Z\"";
    let rows = [
        (
            "COUNTER",
            "PARTSTAT=TENTATIVE",
            moved.clone(),
            time("2026-11-26T14:00:00Z", "2026-11-26T14:45:00Z", None),
        ),
        (
            "COUNTER",
            "PARTSTAT=DECLINED",
            moved.clone() + "COMMENT:Later\\, please\r\n",
            time("2026-11-26T14:00:00Z", "2026-11-26T14:45:00Z", Some("Later, please")),
        ),
        (
            "COUNTER",
            "PARTSTAT=TENTATIVE",
            span("20261125T103000Z", "20261125T120000Z"),
            time("2026-11-25T10:30:00Z", "2026-11-25T12:00:00Z", None),
        ),
        (
            "COUNTER",
            "PARTSTAT=TENTATIVE",
            "DTSTART:20261126T140000Z\r\n".to_owned(),
            time("2026-11-26T14:00:00Z", "2026-11-26T14:45:00Z", None),
        ),
        (
            "COUNTER",
            "PARTSTAT=TENTATIVE",
            "DTSTART:20261126T140000Z\r\nDURATION:PT1H\r\n".to_owned(),
            time("2026-11-26T14:00:00Z", "2026-11-26T15:00:00Z", None),
        ),
        ("COUNTER", "PARTSTAT=ACCEPTED", span("20261125T103000Z", "20261125T111500Z"), Proposal::None),
        (
            "COUNTER",
            "PARTSTAT=TENTATIVE",
            span("20261125T103000Z", "20261125T111500Z") + "COMMENT:3pm?\r\n",
            Proposal::Words("3pm?".to_owned()),
        ),
        ("COUNTER", "PARTSTAT=TENTATIVE", span("20261101T103000Z", "20261101T111500Z"), Proposal::None),
        ("COUNTER", "PARTSTAT=TENTATIVE", span("20261126T140000Z", "20261126T130000Z"), Proposal::None),
        ("COUNTER", "PARTSTAT=TENTATIVE", span("20261126T140000Z", "20261129T140000Z"), Proposal::None),
        ("COUNTER", "PARTSTAT=TENTATIVE", span("20361126T140000Z", "20361126T150000Z"), Proposal::None),
        ("COUNTER", "PARTSTAT=TENTATIVE", "DTSTART;VALUE=DATE:20261126\r\n".to_owned(), Proposal::None),
        ("COUNTER", "PARTSTAT=TENTATIVE", String::new(), Proposal::None),
        ("REPLY", proposed, String::new(), time("2026-11-26T14:00:00Z", "2026-11-26T14:45:00Z", None)),
        ("REPLY", "PARTSTAT=ACCEPTED", moved.clone(), Proposal::None),
        (
            "REPLY",
            "PARTSTAT=DECLINED;X-RESPONSE-COMMENT=\"Can we do 3pm?\"",
            String::new(),
            Proposal::Words("Can we do 3pm?".to_owned()),
        ),
        (
            "REPLY",
            "PARTSTAT=TENTATIVE",
            "X-CALENDARSERVER-PRIVATE-COMMENT:Can we move it?\r\n".to_owned(),
            Proposal::Words("Can we move it?".to_owned()),
        ),
        ("REFRESH", "CN=x", "COMMENT:hello\r\n".to_owned(), Proposal::None),
        ("REQUEST", "CN=x", moved, Proposal::None),
    ];
    for (method, attendee, lines, expected) in rows {
        let read = read(message(method, attendee, &lines).as_bytes()).unwrap();
        assert_eq!(proposal(&read, current, now), expected, "{method} {attendee} {lines}");
    }
}

#[test]
fn uids_are_one_exactly_or_but_for_case_and_blanks() {
    let rows = [
        ("abc@entente.test", "abc@entente.test", true),
        ("abc@entente.test", "ABC@ENTENTE.TEST", true),
        (" abc@ente\r nte.test", "abc@entente.test", true),
        ("abc@entente.test", "abd@entente.test", false),
        ("", "abc", false),
    ];
    for (one, other, expected) in rows {
        assert_eq!(same_uid(one, other), expected, "{one:?} {other:?}");
        assert_eq!(uid_key(one) == uid_key(other), expected);
    }
}
