//! What comes in: a scheduling message from any program, read leniently into one value.
//!
//! Only a METHOD and a VEVENT with a UID are required; everything else may be missing, misspelt or
//! wrong, and the fields say what was there. It judges nothing: `order` and `proposal` do.

use chrono::TimeDelta;

use crate::base::text::Address;
use crate::base::time::DAY;
use crate::base::{Secret, Timestamp, Zone};

use super::Refusal;
use super::content::{Component, Line, calendars};
use super::model::{Method, PartStat, same_uid};
use super::moment::{Moment, Written, duration, utc, written};
use super::vtimezone::Rules;
use super::zones::{Named, named};

/// The longest UID that is read, in bytes.
pub const UID_BYTES_MAX: usize = 1_024;
/// The most attendees that are read of one event.
const ATTENDEES_MAX: usize = 200;
/// A larger SEQUENCE is no count of revisions: some programs write milliseconds since 1970 there.
const SEQUENCE_MAX: i64 = 1_000_000;

/// A scheduling message.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// What it is for; the body's METHOD, whatever the MIME header says.
    pub method: Method,
    /// Without white space around it; compare with [`same_uid`].
    pub uid: String,
    /// Which instance of a series, if it says so.
    pub recurrence_id: Option<Moment>,
    /// The revision: the larger of `SEQUENCE` and `X-MICROSOFT-CDO-APPT-SEQUENCE`; `None` if there is none
    /// that can be one.
    pub sequence: Option<u32>,
    /// When the message was made, it says; often the invitation's own.
    pub dtstamp: Option<Timestamp>,
    /// `X-MICROSOFT-CDO-REPLYTIME`.
    pub replied_at: Option<Timestamp>,
    /// Absent from what Exchange sends.
    pub organizer: Option<Organizer>,
    /// Usually one, the answerer.
    pub attendees: Vec<Attendee>,
    /// Start; of a COUNTER, the proposed one.
    pub start: Option<Moment>,
    /// End, or start and duration; of a COUNTER, the proposed one.
    pub end: Option<Moment>,
    /// `X-MS-OLK-ORIGINALSTART`: the start before the proposal.
    pub original_start: Option<Moment>,
    /// `X-MS-OLK-ORIGINALEND`.
    pub original_end: Option<Moment>,
    /// What the answerer said, from wherever their program puts it. Untrusted, uncut.
    pub comment: Option<String>,
    /// `REQUEST-STATUS`, each as its code and its text.
    pub request_status: Vec<RequestStatus>,
    /// The program; `SOGo` repeats ours.
    pub prodid: Option<String>,
    /// `STATUS`, upper case.
    pub status: Option<String>,
    /// The title.
    pub summary: Option<String>,
    /// The place.
    pub location: Option<String>,
    /// The description; most programs repeat ours.
    pub description: Option<String>,
    /// How many VEVENTs there were.
    pub events: usize,
}

/// The organizer as the message names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Organizer {
    /// The address, if there is one.
    pub address: Option<Address>,
    /// The `EMAIL` parameter (RFC 7986, 6.2): the address behind a proxy's.
    pub email_param: Option<Address>,
    /// The value as written.
    pub raw: Secret,
    /// `CN`.
    pub name: Option<String>,
}

/// An attendee as the message names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attendee {
    /// The address; `None` for `invalid:nomail` and the like.
    pub address: Option<Address>,
    /// The value as written.
    pub raw: Secret,
    /// The `EMAIL` parameter (RFC 7986, 6.2).
    pub email_param: Option<Address>,
    /// `CN`.
    pub name: Option<String>,
    /// `PARTSTAT`; `None` if it is missing or no word of ours.
    pub partstat: Option<PartStat>,
    /// `DELEGATED-TO`.
    pub delegated_to: Vec<Address>,
    /// `SENT-BY`: who answered for them.
    pub sent_by: Option<Address>,
    /// `TO-ALL-PROPOSED-NEW-TIME`, Apple's way to propose: start, and end if it has one.
    pub proposed: Option<(Moment, Option<Moment>)>,
    /// `X-RESPONSE-COMMENT`.
    pub response_comment: Option<String>,
}

impl Attendee {
    /// Whether this is that mailbox, by its address or its `EMAIL` parameter.
    pub fn is(&self, address: &Address) -> bool {
        let key = address.key();
        [&self.address, &self.email_param].into_iter().flatten().any(|own| own.key() == key)
    }
}

/// `REQUEST-STATUS` (RFC 5545, 3.8.8.3): 2.x went well, 3.x and 5.x did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStatus {
    /// `2.0`, `3.7`, `5.1`.
    pub code: String,
    /// What it says.
    pub text: String,
}

impl RequestStatus {
    /// Whether the attendee's system could not do it.
    pub fn is_failure(&self) -> bool {
        self.code.starts_with(['3', '4', '5'])
    }
}

impl Incoming {
    /// The answer of a message about one person: that of the attendee with this address, else of the only
    /// attendee, else `None`.
    pub fn attendee(&self, address: Option<&Address>) -> Option<&Attendee> {
        let named = address.and_then(|address| self.attendees.iter().find(|one| one.is(address)));
        named.or(match self.attendees.as_slice() {
            [only] => Some(only),
            _ => None,
        })
    }

    /// The start of the event that is answered, as far as the message tells: of a COUNTER, the original one.
    pub fn answered_start(&self, zone: Zone) -> Option<Timestamp> {
        let start = match self.method {
            Method::Counter => self.original_start,
            _ => self.start,
        };
        start.map(|moment| moment.instant(zone))
    }
}

/// Reads a scheduling message.
///
/// # Errors
/// A [`Refusal`] if it is no iCalendar text, has no METHOD, no VEVENT or no UID, speaks of several
/// meetings, or is larger than what is read.
pub fn read(bytes: &[u8]) -> Result<Incoming, Refusal> {
    let calendars = calendars(bytes)?;
    let events: Vec<&Component> = calendars.iter().flat_map(events_of).collect();
    // Without an event nothing else of it matters.
    let method = if events.is_empty() { Err(Refusal::NoEvent) } else { method(&calendars, &events) }?;
    event_of(&calendars, &events, method)
}

/// Reads an object of a calendar (RFC 4791, 4.1), which has no METHOD: as what is shown to somebody, and asks for nothing.
///
/// # Errors
/// As [`read`], but for the METHOD.
pub fn read_object(bytes: &[u8]) -> Result<Incoming, Refusal> {
    let calendars = calendars(bytes)?;
    let events: Vec<&Component> = calendars.iter().flat_map(events_of).collect();
    event_of(&calendars, &events, Method::Publish)
}

fn event_of(calendars: &[Component], events: &[&Component], method: Method) -> Result<Incoming, Refusal> {
    let Some(first) = events.first() else { return Err(Refusal::NoEvent) };
    let uid = one_uid(events)?;
    // The event itself rather than an exception of it.
    let event = events.iter().find(|event| event.line("RECURRENCE-ID").is_none()).unwrap_or(first);
    let zones = Zones::of(calendars);
    let prodid = calendars.iter().find_map(|calendar| calendar.line("PRODID")).map(Line::text);
    let (start, end) = span(event, &zones);
    let attendees: Vec<Attendee> =
        event.all("ATTENDEE").take(ATTENDEES_MAX).map(|line| attendee(line, &zones)).collect();
    let moment = |name: &str| event.line(name).and_then(|line| zones.moment(line));
    let text = |name: &str| event.line(name).map(|line| line.text().trim().to_owned());
    Ok(Incoming {
        method,
        uid,
        recurrence_id: moment("RECURRENCE-ID"),
        sequence: sequence(event),
        dtstamp: event.line("DTSTAMP").and_then(|line| utc(&line.value)),
        replied_at: event.line("X-MICROSOFT-CDO-REPLYTIME").and_then(|line| utc(&line.value)),
        organizer: event.line("ORGANIZER").map(organizer),
        comment: comment(event, &attendees),
        attendees,
        start,
        end,
        original_start: moment("X-MS-OLK-ORIGINALSTART"),
        original_end: moment("X-MS-OLK-ORIGINALEND"),
        request_status: event.all("REQUEST-STATUS").take(20).filter_map(request_status).collect(),
        prodid,
        status: text("STATUS").map(|status| status.to_ascii_uppercase()),
        summary: text("SUMMARY"),
        location: text("LOCATION"),
        description: text("DESCRIPTION"),
        events: events.len(),
    })
}

/// The VEVENTs, whether or not something before them forgot its END; an alarm is not looked into.
fn events_of(calendar: &Component) -> Vec<&Component> {
    let mut found = Vec::new();
    let mut open: Vec<&Component> = vec![calendar];
    while let Some(component) = open.pop() {
        if component.name == "VEVENT" {
            found.push(component);
        }
        if component.name != "VALARM" {
            open.extend(component.inner.iter().rev());
        }
    }
    found
}

/// The calendar's METHOD, or one that was put inside the event.
fn method(calendars: &[Component], events: &[&Component]) -> Result<Method, Refusal> {
    let all = |component: &Component| component.line("METHOD").map(|line| Method::parse(&line.value));
    let mut said: Vec<Method> = calendars.iter().filter_map(all).collect();
    if said.is_empty() {
        said.extend(events.iter().filter_map(|event| all(event)));
    }
    let first = said.first().cloned().ok_or(Refusal::NoMethod)?;
    if said.iter().all(|method| *method == first) { Ok(first) } else { Err(Refusal::SeveralMethods) }
}

fn one_uid(events: &[&Component]) -> Result<String, Refusal> {
    let uid = |event: &&Component| {
        let text = event.line("UID")?.text();
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        Some(clean.trim().to_owned()).filter(|uid| !uid.is_empty())
    };
    let uids: Vec<String> = events.iter().filter_map(uid).collect();
    let Some(first) = uids.first() else { return Err(Refusal::NoUid) };
    if !uids.iter().all(|uid| same_uid(uid, first)) {
        return Err(Refusal::SeveralUids);
    }
    if first.len() > UID_BYTES_MAX { Err(Refusal::LongUid) } else { Ok(first.clone()) }
}

fn sequence(event: &Component) -> Option<u32> {
    ["SEQUENCE", "X-MICROSOFT-CDO-APPT-SEQUENCE"]
        .into_iter()
        .filter_map(|name| event.line(name)?.value.trim().parse::<i64>().ok())
        .filter(|number| (0..=SEQUENCE_MAX).contains(number))
        .filter_map(|number| u32::try_from(number).ok())
        .max()
}

fn span(event: &Component, zones: &Zones) -> (Option<Moment>, Option<Moment>) {
    let start = event.line("DTSTART").and_then(|line| zones.moment(line));
    let end = event.line("DTEND").and_then(|line| zones.moment(line)).or_else(|| {
        let length = event.line("DURATION").and_then(|line| duration(&line.value));
        match (start?, length) {
            (start, Some(length)) if length >= 0 => Some(start.plus(length)),
            // A day without an end is that day (RFC 5545, 3.6.1).
            (start @ Moment::Day(_), None) => Some(start.plus(DAY)),
            _ => None,
        }
    });
    (start, end)
}

/// The address of a value: `mailto:` in any case, percent-encoding, blanks, and values that an unquoted
/// colon in a parameter has pushed back.
pub(super) fn address(value: &str) -> Option<Address> {
    let value = value.trim().trim_matches('"').trim();
    Address::parse(value).or_else(|| {
        let at = value.to_ascii_lowercase().rfind("mailto:")?;
        Address::parse(value.get(at..)?)
    })
}

fn name(line: &Line) -> Option<String> {
    // Outlook puts names in quotes of its own.
    let name = line.parameter("CN")?;
    let inner = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).unwrap_or(name);
    Some(inner.trim().to_owned()).filter(|name| !name.is_empty())
}

fn organizer(line: &Line) -> Organizer {
    Organizer {
        address: address(&line.value),
        email_param: line.parameter("EMAIL").and_then(address),
        raw: Secret::new(line.value.trim()),
        name: name(line),
    }
}

/// Whether an ATTENDEE line is that mailbox's.
pub(super) fn is_of(line: &Line, address: &Address) -> bool {
    attendee(line, &Zones::of(&[])).is(address)
}

fn attendee(line: &Line, zones: &Zones) -> Attendee {
    let proposed =
        line.parameter("TO-ALL-PROPOSED-NEW-TIME").or_else(|| line.parameter("X-PROPOSED-NEW-TIME"));
    Attendee {
        address: address(&line.value),
        raw: Secret::new(line.value.trim()),
        email_param: line.parameter("EMAIL").and_then(address),
        name: name(line),
        partstat: line.parameter("PARTSTAT").and_then(PartStat::parse),
        delegated_to: line
            .parameter("DELEGATED-TO")
            .map(|list| list.split(',').take(ATTENDEES_MAX).filter_map(address).collect())
            .unwrap_or_default(),
        sent_by: line.parameter("SENT-BY").and_then(address),
        proposed: proposed.and_then(|text| proposed_time(text, zones)),
        response_comment: line.parameter("X-RESPONSE-COMMENT").map(super::content::unescape),
    }
}

/// `DTSTART:20261125T140000Z;DTEND:20261125T144500Z`, with `TZID` before the colon where there is one.
fn proposed_time(text: &str, zones: &Zones) -> Option<(Moment, Option<Moment>)> {
    let upper = text.to_ascii_uppercase();
    // Only ASCII changes in length-preserving ways, so positions in one are positions in the other.
    let property = |name: &str| {
        let rest = text.get(upper.find(name)? + name.len()..)?;
        let end =
            rest.to_ascii_uppercase().find("DTEND").or_else(|| rest.to_ascii_uppercase().find("DURATION"));
        let rest = rest.get(..end.unwrap_or(rest.len()))?;
        let rest = rest.trim_end_matches(|c: char| matches!(c, ';' | ',') || c.is_whitespace());
        super::content::parse_line(&format!(
            "{name}{}",
            rest.replacen('=', ":", usize::from(rest.starts_with('=')))
        ))
    };
    let clean = |mut line: Line| {
        line.value = line.value.split([';', ',']).next().unwrap_or_default().to_owned();
        line
    };
    let start = zones.moment(&clean(property("DTSTART")?))?;
    let end = property("DTEND").and_then(|line| zones.moment(&clean(line))).or_else(|| {
        let length = duration(&clean(property("DURATION")?).value)?;
        (length > 0).then(|| start.plus(length))
    });
    Some((start, end))
}

/// Everything the answerer said, each thing once.
fn comment(event: &Component, attendees: &[Attendee]) -> Option<String> {
    const NAMES: [&str; 4] = [
        "COMMENT",
        "X-CALENDARSERVER-PRIVATE-COMMENT",
        "X-CALENDARSERVER-ATTENDEE-COMMENT",
        "X-RESPONSE-COMMENT",
    ];
    let lines = NAMES.into_iter().flat_map(|name| event.all(name).take(20)).map(Line::text);
    let parameters = attendees.iter().filter_map(|attendee| attendee.response_comment.clone());
    let mut said: Vec<String> = Vec::new();
    for text in lines.chain(parameters) {
        let text = text.trim();
        if !text.is_empty() && !said.iter().any(|earlier| earlier == text) {
            said.push(text.to_owned());
        }
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

fn request_status(line: &Line) -> Option<RequestStatus> {
    let mut parts = line.value.split(';');
    let code = parts.next()?.trim().to_owned();
    let is_code =
        !code.is_empty() && code.len() <= 16 && code.chars().all(|c| c.is_ascii_digit() || c == '.');
    let text = super::content::unescape(parts.next().unwrap_or_default()).trim().to_owned();
    is_code.then_some(RequestStatus { code, text })
}

/// The zones that a message describes itself.
struct Zones(Vec<Described>);

struct Described {
    tzid: String,
    /// `X-LIC-LOCATION`, libical's hint, where it is a zone.
    location: Option<Zone>,
    rules: Option<Rules>,
}

impl Zones {
    fn of(calendars: &[Component]) -> Self {
        let described = |component: &Component| {
            Some(Described {
                tzid: component.line("TZID")?.text().trim().to_owned(),
                location: component.line("X-LIC-LOCATION").and_then(|line| Zone::parse(&line.value)),
                rules: Rules::read(component),
            })
        };
        let all = calendars.iter().flat_map(|calendar| calendar.within("VTIMEZONE"));
        Self(all.take(50).filter_map(described).collect())
    }

    /// The value of a date property: UTC, else by the zone's name, else by the zone described in the
    /// message, else without a zone.
    fn moment(&self, line: &Line) -> Option<Moment> {
        let local = match written(&line.value)? {
            Written::Utc(at) => return Some(Moment::At(at)),
            Written::Day(day) => return Some(Moment::Day(day)),
            Written::Local(local) => local,
        };
        let Some(tzid) = line.parameter("TZID") else { return Some(Moment::Floating(local)) };
        let described = self.0.iter().find(|one| one.tzid.eq_ignore_ascii_case(tzid));
        let zone = |zone: Zone| Moment::At(zone.resolve(local).instant());
        let known = match named(tzid) {
            Some(Named::Zone(known)) => Some(zone(known)),
            Some(Named::Offset(offset)) => {
                let utc = local.checked_sub_signed(TimeDelta::seconds(i64::from(offset.local_minus_utc())));
                utc.map(|utc| Moment::At(utc.and_utc().into()))
            }
            None => None,
        };
        known
            .or_else(|| described.and_then(|one| one.location).map(zone))
            .or_else(|| described?.rules.as_ref()?.instant(local).map(Moment::At))
            .or(Some(Moment::Floating(local)))
    }
}
