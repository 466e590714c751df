//! The mailroom: each person's mailbox as they would see it, and buttons that act as their programs would. What
//! a button makes is a real message, handed to the same door as mail from outside.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use actix_web::web::Path;

use super::meetings::move_form;
use super::visit::{Answer, Posted, Visit, ok, page};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::id::LetterId;
use crate::base::secret::hex;
use crate::base::text::Address;
use crate::base::time::{DAY, HOUR, Timestamp, Zone};
use crate::itip::{Arrival, Method, uid_key};
use crate::mail::inbound::{Received, Taken};
use crate::mail::mailroom::{Action, Card, act as make, card};
use crate::mail::wire::{Arrived, Limits, html as html_of};
use crate::post::letter;
use crate::post::mailroom::{self, Shelved};
use crate::web::form::Typed;
use crate::web::view::mailroom::{
    ActionForm, ActionOutcome, CalendarCard, Mailbox, MailboxRow, Mailboxes, Message, MessageRow,
};
use crate::web::view::parts::{FieldErrors, Nav, Pager, Pill, Tone, When};

/// How many mails of a mailbox are shown.
const MAILS: u32 = 200;
/// What the HTML of a mail may do in its frame: be seen, with links that open beside it.
const FRAME_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Open to administrators; in the demonstration, to everybody.
fn enter(visit: &Visit) -> Result<()> {
    if visit.web.open_mailroom { Ok(()) } else { visit.admin() }
}

/// An address as one segment of a path. What the framework does not take off again is taken off by [`address`].
fn segment(address: &str) -> String {
    address.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
        out
    })
}

fn address(segment: &str) -> Result<Address> {
    let plain = segment.replace("%2F", "/").replace("%2B", "+").replace("%25", "%");
    Address::parse(&plain).ok_or(Error::NotFound("mailbox"))
}

fn parsed(raw: &[u8]) -> Option<Arrived> {
    Arrived::parse(raw, &Limits::default()).ok()
}

/// How the mailbox's owner is called in their mail; else their address.
fn owner(arrived: Option<&Arrived>, key: &str) -> String {
    arrived
        .and_then(|arrived| arrived.headers.to.first())
        .map(|party| party.name.clone())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| key.to_owned())
}

/// `GET /mailroom`.
pub(super) async fn rooms(visit: Visit) -> Answer {
    enter(&visit)?;
    let (zone, now) = (visit.zone(None), visit.now);
    let mut rows = visit
        .read(move |cx| {
            mailroom::mailboxes(cx)?
                .into_iter()
                .map(|(key, many, at)| {
                    let newest = mailroom::mails(cx, &key, 1)?.pop();
                    let arrived = newest.and_then(|newest| parsed(&newest.raw));
                    let row = MailboxRow {
                        href: format!("/mailroom/{}", segment(&key)),
                        name: owner(arrived.as_ref(), &key),
                        newest: arrived.map(|arrived| arrived.headers.subject).unwrap_or_default(),
                        address: key,
                        count: u64::try_from(many).unwrap_or(0),
                        when: words::near(zone, at, now),
                    };
                    Ok((at, row))
                })
                .collect::<Result<Vec<_>>>()
        })
        .await?;
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    ok(&Mailboxes {
        frame: visit.frame("Mailroom", Nav::Mailroom),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        pager: Pager::default(),
    })
}

/// `GET /mailroom/{address}`.
pub(super) async fn mailbox(visit: Visit, whose: Path<String>) -> Answer {
    enter(&visit)?;
    let address = address(&whose)?;
    let key = address.key();
    let mails = visit.read(move |cx| mailroom::mails(cx, &key, MAILS)).await?;
    let zone = visit.zone(None);
    let newest = mails.first().and_then(|mail| parsed(&mail.raw));
    let name = owner(newest.as_ref(), address.as_str());
    let rows = mails.iter().map(|mail| row(&visit, zone, mail)).collect();
    ok(&Mailbox {
        frame: visit.frame(&format!("{name}’s mailbox"), Nav::Mailroom),
        name,
        address: address.as_str().to_owned(),
        rows,
        pager: Pager::default(),
    })
}

fn path(mail: &Shelved) -> String {
    format!("/mailroom/{}/{}", segment(&mail.address_key), mail.id)
}

fn row(visit: &Visit, zone: Zone, mail: &Shelved) -> MessageRow {
    let arrived = parsed(&mail.raw);
    let headers = arrived.as_ref().map(|arrived| &arrived.headers);
    let from = headers.and_then(|headers| headers.from.first()).map(|party| party.name.clone());
    MessageRow {
        href: path(mail),
        subject: headers.map_or_else(|| "A mail that cannot be read".to_owned(), |it| it.subject.clone()),
        from: from.unwrap_or_default(),
        when: words::near(zone, mail.received_at, visit.now),
        kind: kind(card(&mail.raw).as_ref()),
    }
}

fn kind(card: Option<&Card>) -> Pill {
    match card {
        Some(card) if card.is_cancelled => Pill::new("cancelled", Tone::No),
        Some(card) if card.method == Method::Request && card.sequence == 0 => {
            Pill::new("invitation", Tone::Yes)
        }
        Some(card) if card.method == Method::Request => Pill::new("update", Tone::Wait),
        _ => Pill::new("letter", Tone::Plain),
    }
}

/// A mail in a mailbox, with all that lie there: what a calendar does with it depends on them.
struct Opened {
    mail: Shelved,
    all: Vec<Shelved>,
    /// The zone in which the mailbox's owner reads.
    zone: Zone,
}

async fn open(visit: &Visit, (whose, id): &(String, String)) -> Result<Opened> {
    enter(visit)?;
    let (key, id): (_, LetterId) = (address(whose)?.key(), id.parse()?);
    visit
        .read(move |cx| {
            let mail = mailroom::mail(cx, id)?;
            if mail.address_key != key {
                return Err(Error::NotFound("mail"));
            }
            let zone = match letter::get(cx, id) {
                Ok(kept) => kept.letter.reader.zone(),
                Err(Error::NotFound(_)) => cx.house().zone,
                Err(error) => return Err(error),
            };
            Ok(Opened { all: mailroom::mails(cx, &key, MAILS)?, mail, zone })
        })
        .await
}

/// `GET /mailroom/{address}/{id}`.
pub(super) async fn message(visit: Visit, which: Path<(String, String)>) -> Answer {
    let opened = open(&visit, &which).await?;
    shown(&visit, &opened, None, None, StatusCode::OK)
}

fn shown(
    visit: &Visit,
    opened: &Opened,
    typed: Option<ActionForm>,
    outcome: Option<ActionOutcome>,
    status: StatusCode,
) -> Answer {
    let mail = &opened.mail;
    let zone = opened.zone;
    let arrived = parsed(&mail.raw);
    let raw = String::from_utf8_lossy(&mail.raw).into_owned();
    let event = card(&mail.raw);
    let name = owner(arrived.as_ref(), &mail.address_key);
    let headers = arrived.as_ref().map(|arrived| &arrived.headers);
    let from = headers.and_then(|headers| headers.from.first());
    let subject = headers.map(|headers| headers.subject.clone()).unwrap_or_default();
    let has_html = html_of(&mail.raw, &Limits::default()).is_some();
    let form = typed.unwrap_or_else(|| action_form(zone, event.as_ref(), visit.now));
    page(
        status,
        &Message {
            frame: visit.frame(&subject, Nav::Mailroom),
            path: path(mail),
            mailbox: name,
            mailbox_href: format!("/mailroom/{}", segment(&mail.address_key)),
            from: from.map_or_else(String::new, |one| format!("{} <{}>", one.name, one.address.as_str())),
            subject,
            when: words::near(visit.zone(None), mail.received_at, visit.now),
            headers: header_lines(&raw),
            text: arrived.map(|arrived| arrived.text).unwrap_or_default(),
            html_href: if has_html { format!("{}/html", path(mail)) } else { String::new() },
            card: event.map(|event| calendar_card(zone, &event, opened)),
            raw,
            outcome,
            form,
        },
    )
}

/// The header of a message, each field on one line.
fn header_lines(raw: &str) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in raw.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = lines.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            lines.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    lines
}

fn calendar_card(zone: Zone, event: &Card, opened: &Opened) -> CalendarCard {
    let local = zone.local(event.start);
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let attendee = event.attendee.as_ref().map(|address| address.as_str().to_owned());
    CalendarCard {
        month: local.format("%b").to_string(),
        number: local.format("%-d").to_string(),
        weekday: local.format("%a").to_string(),
        title: event.title.clone(),
        when: When::span(zone, event.start, event.end),
        place: event.place.clone(),
        description: event.description.clone(),
        organizer: event.organizer.clone(),
        attendee: attendee.unwrap_or_default(),
        effect: effect(event, opened),
        is_cancelled: event.is_cancelled || event.method != Method::Request,
        facts: vec![
            fact("METHOD", event.method.as_str().to_owned()),
            fact("SEQUENCE", event.sequence.to_string()),
            fact("UID", event.uid.clone()),
        ],
    }
}

/// What a calendar does with it, after all the mails that lie in the mailbox (RFC 5546, 2.1.5).
fn effect(event: &Card, opened: &Opened) -> Pill {
    let others: Vec<_> = opened
        .all
        .iter()
        .filter(|mail| mail.id != opened.mail.id)
        .filter_map(|mail| Some((mail.received_at > opened.mail.received_at, card(&mail.raw)?)))
        .filter(|(_, other)| uid_key(&other.uid) == uid_key(&event.uid))
        .collect();
    if others.iter().any(|(_, other)| other.sequence > event.sequence) {
        return Pill::new("older than what is there", Tone::Plain);
    }
    match (event.is_cancelled, event.method == Method::Request) {
        (true, _) => Pill::new("removed from the calendar", Tone::No),
        (false, true) if others.iter().any(|(is_later, _)| !is_later) => {
            Pill::new("updated in the calendar", Tone::Wait)
        }
        (false, true) => Pill::new("new in the calendar", Tone::Yes),
        (false, false) => Pill::new("changes nothing in the calendar", Tone::Plain),
    }
}

/// The forms of the buttons, filled so that pressing one is enough: the day after, at the same hour.
fn action_form(zone: Zone, event: Option<&Card>, now: Timestamp) -> ActionForm {
    let (start, end) = event
        .map_or((now.plus(DAY), now.plus(DAY + HOUR)), |event| (event.start.plus(DAY), event.end.plus(DAY)));
    let times = move_form(zone, start, end);
    ActionForm {
        date: times.date,
        from: times.from,
        until: times.until,
        until_date: times.until_date,
        zone: times.zone,
        text: "Can we do 3pm on Tuesday?".to_owned(),
        stranger: "stranger@example.net".to_owned(),
        errors: FieldErrors::none(),
    }
}

/// The form as it was typed; what another form's button did not send keeps what it had.
fn typed(posted: &Posted, opened: &Opened, errors: FieldErrors) -> ActionForm {
    let fields = &posted.fields;
    let first = action_form(opened.zone, card(&opened.mail.raw).as_ref(), posted.visit.now);
    let kept = |name: &str, first: String| fields.all(name).next().map_or(first, str::to_owned);
    ActionForm {
        date: kept("date", first.date),
        from: kept("from", first.from),
        until: kept("until", first.until),
        until_date: fields.all("until_date").next().map(str::to_owned).or(first.until_date),
        zone: kept("zone", first.zone),
        text: kept("text", first.text),
        stranger: kept("stranger", first.stranger),
        errors,
    }
}

/// `GET /mailroom/{address}/{id}/html`: the mail's own HTML, for a frame in which nothing runs.
pub(super) async fn html(visit: Visit, which: Path<(String, String)>) -> Answer {
    let opened = open(&visit, &which).await?;
    let html = html_of(&opened.mail.raw, &Limits::default()).ok_or(Error::NotFound("part"))?;
    // Links of a mail open beside it, never in its frame.
    let base = "<base target=\"_blank\">";
    let html = if html.contains("<head>") {
        html.replacen("<head>", &format!("<head>{base}"), 1)
    } else {
        format!("{base}{html}")
    };
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, FRAME_POLICY))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(html))
}

fn action(posted: &Posted) -> Result<Action, FieldErrors> {
    let fields = &posted.fields;
    Ok(match fields.pressed() {
        "accept" => Action::Accept,
        "tentative" => Action::Tentative,
        "decline" => Action::Decline,
        "counter" => {
            let (start, end) = Typed::of(fields).span()?;
            Action::Counter { start, end, comment: String::new() }
        }
        "words" if fields.get("text").trim().is_empty() => {
            return Err(FieldErrors::one("text", "Write something first."));
        }
        "words" => Action::Words(fields.owned("text")),
        "bounce" => Action::Bounce,
        "forward" => {
            let address = Address::required("stranger", fields.get("stranger"))
                .map_err(|error| FieldErrors::one("stranger", error.to_string()))?;
            Action::ForwardedStranger { address, accepts: true }
        }
        _ => return Err(FieldErrors::one("action", "Press one of the buttons of the page.")),
    })
}

/// What was sent, in whose name.
fn sent(action: &Action, name: &str) -> String {
    match action {
        Action::Accept => format!("A REPLY, accepted, was sent in {name}’s name."),
        Action::Tentative => format!("A REPLY, tentative, was sent in {name}’s name."),
        Action::Decline => format!("A REPLY, declined, was sent in {name}’s name."),
        Action::Counter { .. } => format!("A COUNTER with the new time was sent in {name}’s name."),
        Action::Words(_) => format!("An answer in words was sent in {name}’s name."),
        Action::Bounce => "A delivery report was sent: there is no such mailbox.".to_owned(),
        Action::ForwardedStranger { address, .. } => {
            format!("{} accepted the forwarded invitation by a REPLY of their own.", address.as_str())
        }
    }
}

/// `POST /mailroom/{address}/{id}`.
pub(super) async fn act(posted: Posted, which: Path<(String, String)>) -> Answer {
    posted.check_token()?;
    let visit = &posted.visit;
    let opened = open(visit, &which).await?;
    let again = |errors: FieldErrors| {
        let form = typed(&posted, &opened, errors);
        shown(visit, &opened, Some(form), None, StatusCode::UNPROCESSABLE_ENTITY)
    };
    let action = match action(&posted) {
        Ok(action) => action,
        Err(errors) => return again(errors),
    };
    let ground = visit.web.store.ground();
    let unique = hex(&ground.chance.bytes::<12>());
    let raw = match make(&opened.mail.raw, &action, visit.now, &unique) {
        Ok(raw) => raw,
        Err(Error::Invalid { field, message }) if field == "end" => {
            return again(FieldErrors::one("until", message));
        }
        Err(error) => return Err(error.into()),
    };
    let name = owner(parsed(&opened.mail.raw).as_ref(), &opened.mail.address_key);
    let taken = hand_over(visit, raw).await?;
    let outcome = ActionOutcome {
        sent: sent(&action, &name),
        outcome: Pill::outcome(taken.outcome.as_str()),
        reason: taken.reason,
    };
    shown(visit, &opened, None, Some(outcome), StatusCode::OK)
}

/// Hands a message to the same door as mail from outside.
async fn hand_over(visit: &Visit, raw: Vec<u8>) -> Result<Taken> {
    let arrived = Arrival { at: visit.now, number: 0 };
    let message = Received { raw, road: "mailroom", rcpt: None, arrived, cursor: None };
    visit.web.intake.take(message).await
}

#[cfg(test)]
mod tests {
    use super::{address, segment};

    #[test]
    fn an_address_goes_into_a_path_and_back() {
        for text in ["ana@example.org", "ana+tag@example.org", "a/b%c?d#e@example.org"] {
            // The framework takes off all but these.
            let decoded = segment(text).replace("%3F", "?").replace("%23", "#");
            assert_eq!(address(&decoded).expect("an address").as_str(), text);
        }
    }
}
