//! What is sent: one VEVENT with exactly one ATTENDEE, in the form that Gmail, Outlook, Apple Mail and
//! Thunderbird show as an invitation.
//!
//! Times are UTC, so there is no VTIMEZONE to get wrong. It knows one recipient and one organizer and
//! has no place for anybody else's address; it does not know MIME.

use crate::base::text::Address;
use crate::base::{Error, Result, Timestamp};

use super::model::PartStat;
use super::moment::to_utc;
use super::writer::{Lines, Writer};

/// The longest UID that is written, in bytes: it fits one line.
const UID_WRITTEN_BYTES_MAX: usize = 70;

/// What a message of ours is for. An organizer sends the first three; the others are what an attendee's
/// program sends, for the mailroom and the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Invitation or update (RFC 5546, 3.2.2).
    Request,
    /// Cancellation (RFC 5546, 3.2.5).
    Cancel,
    /// A proposal is not taken (RFC 5546, 3.2.8).
    DeclineCounter,
    /// An answer (RFC 5546, 3.2.3).
    Reply,
    /// A proposal: `start` and `end` are the new ones (RFC 5546, 3.2.7).
    Counter,
    /// Asks for the current event (RFC 5546, 3.2.6).
    Refresh,
}

impl Outgoing {
    /// As `METHOD` and the MIME parameter have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::DeclineCounter => "DECLINECOUNTER",
            Self::Reply => "REPLY",
            Self::Counter => "COUNTER",
            Self::Refresh => "REFRESH",
        }
    }
}

/// The organizer, or the one attendee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Where mail for them goes.
    pub address: Address,
    /// The display name. Without one, or with one that holds an address, no `CN` is written: it never
    /// defaults to the address.
    pub name: Option<String>,
}

/// The event that one participant gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What the message is for.
    pub method: Outgoing,
    /// Of `A-Z a-z 0-9 @ . - _`, at most 70 bytes.
    pub uid: String,
    /// The revision (RFC 5546, 2.1.4).
    pub sequence: u32,
    /// When this message was made.
    pub dtstamp: Timestamp,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends; after its start.
    pub end: Timestamp,
    /// The title, one line.
    pub summary: String,
    /// The place, one line.
    pub location: Option<String>,
    /// Text with `\n` as line ends.
    pub description: Option<String>,
    /// Byte-stable for the life of the meeting.
    pub organizer: Party,
    /// The only attendee there is.
    pub attendee: Party,
    /// What the attendee has answered so far.
    pub partstat: PartStat,
    /// When the event was made.
    pub created: Timestamp,
    /// When the event was last changed.
    pub last_modified: Timestamp,
    /// Where the event can be looked at.
    pub url: Option<String>,
    /// Said with this message only; `\n` as line ends.
    pub comment: Option<String>,
}

/// Writes the event as a calendar text: CR LF, 75 octets, UTF-8.
///
/// # Errors
/// `Invalid`, naming the property, for a UID outside its alphabet, an end not after its start, a URL that
/// is none, and control characters in a text (`\n` is fine in description and comment).
pub fn compose(event: &Event) -> Result<String> {
    check(event)?;
    let mut out = begun();
    out.raw("METHOD", event.method.as_str());
    written(out, event, "")
}

/// Writes the event as an object of its attendee's own calendar (RFC 4791, 4.1): no METHOD, and `SCHEDULE-AGENT=CLIENT` on
/// ORGANIZER (RFC 6638, 7.1), so that the calendar's server sends nobody anything about it.
///
/// # Errors
/// As [`compose`].
pub fn compose_object(event: &Event) -> Result<String> {
    check(event)?;
    written(begun(), event, ";SCHEDULE-AGENT=CLIENT")
}

/// Writes an event that only holds its time until it is known whether there is a meeting: tentative, and nobody is named in it.
///
/// # Errors
/// As [`compose`].
pub fn compose_held(
    uid: &str,
    dtstamp: Timestamp,
    span: (Timestamp, Timestamp),
    summary: &str,
) -> Result<String> {
    check_uid(uid)?;
    check_span(span)?;
    let mut out = begun();
    out.raw("BEGIN", "VEVENT");
    out.raw("UID", uid);
    out.raw("DTSTAMP", &to_utc(dtstamp));
    out.raw("SEQUENCE", "0");
    out.raw("DTSTART", &to_utc(span.0));
    out.raw("DTEND", &to_utc(span.1));
    out.text("SUMMARY", summary, Lines::One)?;
    out.raw("STATUS", "TENTATIVE");
    out.raw("TRANSP", "OPAQUE");
    out.raw("CLASS", "PUBLIC");
    out.raw("END", "VEVENT");
    out.raw("END", "VCALENDAR");
    Ok(out.into_text())
}

fn begun() -> Writer {
    let mut out = Writer::default();
    out.raw("BEGIN", "VCALENDAR");
    out.raw("PRODID", "-//Entente//Entente//EN");
    out.raw("VERSION", "2.0");
    out.raw("CALSCALE", "GREGORIAN");
    out
}

/// The event itself; `agent` is what ORGANIZER has besides its name.
fn written(mut out: Writer, event: &Event, agent: &str) -> Result<String> {
    out.raw("BEGIN", "VEVENT");
    out.raw("UID", &event.uid);
    out.raw("DTSTAMP", &to_utc(event.dtstamp));
    if event.method != Outgoing::Refresh {
        out.raw("SEQUENCE", &event.sequence.to_string());
        out.raw("DTSTART", &to_utc(event.start));
        out.raw("DTEND", &to_utc(event.end));
        out.text("SUMMARY", &event.summary, Lines::One)?;
    }
    parties(&mut out, event, agent)?;
    if let Some(comment) = &event.comment {
        out.text("COMMENT", comment, Lines::Several)?;
    }
    if matches!(event.method, Outgoing::Request | Outgoing::Cancel) {
        body(&mut out, event)?;
    }
    out.raw("END", "VEVENT");
    out.raw("END", "VCALENDAR");
    Ok(out.into_text())
}

fn parties(out: &mut Writer, event: &Event, agent: &str) -> Result<()> {
    let name = |party: &Party| party.name.clone().unwrap_or_default();
    let partstat = event.partstat.as_ics();
    let fixed = match event.method {
        // Without RSVP=TRUE Apple and Thunderbird show no buttons.
        Outgoing::Request => {
            format!(";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};RSVP=TRUE")
        }
        Outgoing::Refresh => String::new(),
        _ => format!(";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat}"),
    };
    out.party("ORGANIZER", agent, &name(&event.organizer), event.organizer.address.as_str())?;
    out.party("ATTENDEE", &fixed, &name(&event.attendee), event.attendee.address.as_str())
}

/// What only the organizer says.
fn body(out: &mut Writer, event: &Event) -> Result<()> {
    if let Some(location) = &event.location {
        out.text("LOCATION", location, Lines::One)?;
    }
    if let Some(description) = &event.description {
        out.text("DESCRIPTION", description, Lines::Several)?;
    }
    if let Some(url) = &event.url {
        out.raw("URL", url);
    }
    let is_cancelled = event.method == Outgoing::Cancel;
    out.raw("STATUS", if is_cancelled { "CANCELLED" } else { "CONFIRMED" });
    out.raw("TRANSP", if is_cancelled { "TRANSPARENT" } else { "OPAQUE" });
    out.raw("CLASS", "PUBLIC");
    out.raw("CREATED", &to_utc(event.created));
    out.raw("LAST-MODIFIED", &to_utc(event.last_modified));
    // Outlook hides "propose new time" where this is TRUE.
    out.raw("X-MICROSOFT-DISALLOW-COUNTER", "FALSE");
    Ok(())
}

fn check_uid(uid: &str) -> Result<()> {
    let is_uid = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte);
    if uid.is_empty() || uid.len() > UID_WRITTEN_BYTES_MAX || !uid.bytes().all(is_uid) {
        return Err(Error::invalid(
            "uid",
            "A UID is made of letters, digits, @ . - and _, at most 70 of them.",
        ));
    }
    Ok(())
}

fn check_span((start, end): (Timestamp, Timestamp)) -> Result<()> {
    if end.whole_second() <= start.whole_second() {
        return Err(Error::invalid("end", "An event ends after it starts."));
    }
    Ok(())
}

fn check(event: &Event) -> Result<()> {
    check_uid(&event.uid)?;
    check_span((event.start, event.end))?;
    if let Some(url) = &event.url
        && !(url.starts_with("http")
            && url.contains("://")
            && url.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        return Err(Error::invalid("url", "This is not a web address."));
    }
    Ok(())
}
