//! What most tests begin with: people, a meeting between them, and what must hold of every mail about it.

use chrono::{DateTime, Days, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::rig::{MailRig, Message, Server, eventually, property};

/// Whose local part is a word that no text of ours holds, so that a trace of it is a leak: user, name, zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Somebody {
    /// The user of the rig.
    pub(crate) user: &'static str,
    /// What others call them.
    pub(crate) name: &'static str,
    /// Their IANA zone.
    pub(crate) zone: &'static str,
}

/// The host.
pub(crate) const HOST: Somebody = Somebody { user: "zebulon", name: "Mara Ames", zone: "Europe/Lisbon" };
/// The guest.
pub(crate) const GUEST: Somebody = Somebody { user: "quillon", name: "Ben Frost", zone: "Europe/Paris" };
/// Another guest.
pub(crate) const OTHER: Somebody = Somebody { user: "ottoline", name: "Ida Lund", zone: "Asia/Tokyo" };

impl Somebody {
    /// Their address.
    pub(crate) fn address(self) -> String {
        MailRig::address(self.user)
    }

    fn json(self) -> Value {
        json!({ "email": self.address(), "name": self.name, "time_zone": self.zone })
    }
}

/// So many days ahead at this hour, UTC.
pub(crate) fn in_days(days: u64, hour: u32) -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "the program under test runs in real time")]
    let today = Utc::now().date_naive();
    let day = today.checked_add_days(Days::new(days)).expect("a day");
    day.and_hms_opt(hour, 0, 0).expect("an hour").and_utc()
}

/// As the API and the calendar program say it.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// What to book: half an hour in ten days, hosted by [`HOST`].
pub(crate) fn plan(guests: &[Somebody]) -> Value {
    let (start, end) = (in_days(10, 14), in_days(10, 15));
    let guests: Vec<Value> = guests.iter().map(|guest| guest.json()).collect();
    json!({ "title": "Trio rehearsal", "start": rfc3339(start), "end": rfc3339(end), "location": "Room 4",
            "description": "Bring the score", "host": HOST.json(), "guests": guests })
}

/// Books it over the API, and gives the meeting.
pub(crate) async fn book(server: &Server, token: &str, guests: &[Somebody]) -> Value {
    let answer = server.api(Method::POST, "/api/v1/meetings", token, Some(&plan(guests))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// The meeting as it is now.
pub(crate) async fn seen(server: &Server, token: &str, meeting: &Value) -> Value {
    let path = format!("/api/v1/meetings/{}", meeting["id"].as_str().expect("an id"));
    let answer = server.api(Method::GET, &path, token, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Waits until the meeting is as wanted, and gives it.
pub(crate) async fn seen_when(
    server: &Server,
    token: &str,
    meeting: &Value,
    what: &str,
    is_so: impl Fn(&Value) -> bool,
) -> Value {
    eventually(what, async || Some(seen(server, token, meeting).await).filter(|meeting| is_so(meeting))).await
}

/// A participant's state in one field, by address.
pub(crate) fn of(meeting: &Value, who: Somebody, field: &str) -> String {
    let people = meeting["participants"].as_array().expect("participants");
    let one = people.iter().find(|one| one["email"] == who.address().as_str());
    one.unwrap_or_else(|| panic!("{who:?} in {meeting}"))[field].as_str().unwrap_or_default().to_owned()
}

/// The address in a header (`Name <address>`) or in a calendar property (`;CN=…:mailto:address`).
#[track_caller]
pub(crate) fn address_in(text: Option<String>) -> String {
    let text = text.expect("it is there");
    let text = text.rsplit_once("mailto:").map_or(text.as_str(), |(_, address)| address);
    text.rsplit('<').next().unwrap_or(text).trim_end_matches('>').trim().to_owned()
}

/// What must hold of every mail with an event in it: one ATTENDEE, its reader; From, Reply-To and ORGANIZER the
/// same address with a token; and no trace of anybody else's address in any decoded part.
#[track_caller]
pub(crate) fn assert_private(message: &Message, reader: Somebody, others: &[Somebody]) {
    let calendar = message.calendar().expect("a calendar part");
    assert_eq!(calendar.matches("\nATTENDEE").count(), 1, "{calendar}");
    assert_eq!(address_in(property(&calendar, "ATTENDEE")), reader.address());
    let organizer = address_in(property(&calendar, "ORGANIZER"));
    assert!(organizer.starts_with("organizer+") && organizer.ends_with("@entente.test"), "{organizer}");
    assert_eq!(address_in(message.header("From")), organizer);
    assert_eq!(address_in(message.header("Reply-To")), organizer);
    assert_eq!(address_in(message.header("To")), reader.address());
    assert_no_trace(message, others);
}

/// No trace of these people's addresses.
#[track_caller]
pub(crate) fn assert_no_trace(message: &Message, others: &[Somebody]) {
    let everything = message.everything().to_lowercase();
    for other in others {
        assert!(!everything.contains(other.user), "{} in {:?}:\n{everything}", other.user, message.subject());
    }
}

/// The link of a mail that leads to this page (`approve`, `reschedule`, …).
#[track_caller]
pub(crate) fn link(message: &Message, page: &str) -> String {
    let links = message.links();
    let found = links.iter().find(|link| link.contains(&format!("/{page}?")));
    found.unwrap_or_else(|| panic!("no link to {page} in {links:?}")).clone()
}
