//! What is stored about the reader, by the link at the foot of every mail; and how to end it.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::web::Query;

use super::connections;
use super::links::{self, Asked};
use super::visit::{Answer, Posted, Visit, again, ok};
use super::words;
use crate::app::person::{self, Stored};
use crate::base::error::Error;
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};
use crate::links::Purpose;
use crate::meetings::about_you;
use crate::network::{Connection, Side};
use crate::post::letter::{Kept, Outcome, Says};
use crate::web::view::about::{AboutDone, AboutYou, StoredConnection, StoredLetter, StoredMeeting};
use crate::web::view::parts::{FieldErrors, Nav, Pill, Tone, When};

/// `GET /about-you?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| person::open_by_link(cx, &secret)).await {
        Ok(stored) => ok(&view(&visit, &stored, FieldErrors::none())),
        Err(error) => without(&visit, error),
    }
}

/// The page where nothing can be shown: erased, or a link that does not work.
fn without(visit: &Visit, error: Error) -> Answer {
    if error.code() == "erased" {
        return ok(&AboutDone::erased(visit.frame("What is stored about you", Nav::Elsewhere)));
    }
    links::trouble(visit, error, Purpose::AboutYou)
}

/// `GET /about-you.json?t=…`: the same, to take away.
pub(super) async fn download(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| person::export_by_link(cx, &secret)).await {
        Ok(document) => {
            let text = serde_json::to_string_pretty(&document).map_err(Error::internal)?;
            let name = (CONTENT_DISPOSITION, "attachment; filename=\"about-you.json\"");
            Ok(HttpResponse::Ok().insert_header(ContentType::json()).insert_header(name).body(text + "\n"))
        }
        Err(error) => without(&visit, error),
    }
}

fn zone_of(visit: &Visit, stored: &about_you::Stored) -> Zone {
    let newest = stored.meetings.first();
    let known = newest.and_then(|(meeting, me)| Some(meeting.zone_of(meeting.participant(*me).ok()?)));
    visit.zone(known.or_else(|| stored.letters.first().map(|kept| kept.letter.reader.zone())))
}

fn view(visit: &Visit, stored: &Stored, errors: FieldErrors) -> AboutYou {
    let connections = &stored.connections;
    let stored = &stored.by_meetings;
    let zone = zone_of(visit, stored);
    let meetings: Vec<_> = stored
        .meetings
        .iter()
        .filter_map(|(meeting, me)| {
            Some(StoredMeeting {
                title: meeting.title.clone(),
                with: words::with(meeting, Some(*me)),
                when: When::span(zone, meeting.start, meeting.end),
                answer: Pill::partstat(meeting.participant(*me).ok()?.partstat.as_str()),
            })
        })
        .collect();
    let name = stored
        .meetings
        .iter()
        .filter_map(|(meeting, me)| meeting.participant(*me).ok().map(|one| one.name.clone()))
        .find(|name| !name.is_empty());
    AboutYou {
        frame: visit.frame_in("What is stored about you", Nav::Elsewhere, zone),
        action: visit.path.clone(),
        address: shortened(&stored.address),
        name: name.unwrap_or_default(),
        has_account: stored.has_account,
        meetings,
        connections: connections.iter().map(|one| connection(visit, zone, one)).collect(),
        letters: stored.letters.iter().map(|kept| letter(visit, zone, kept)).collect(),
        also: also(visit, stored),
        is_silent: stored.suppressed,
        download_href: visit.path.replacen("/about-you", "/about-you.json", 1),
        errors,
    }
}

/// What else is kept, a sentence each.
fn also(visit: &Visit, stored: &about_you::Stored) -> Vec<String> {
    let mut also = Vec::new();
    if stored.has_account {
        also.push(
            "Your account: name, time zone, working hours, notices, where you are signed in, tokens."
                .to_owned(),
        );
    }
    match stored.proposals.len() {
        0 => {}
        1 => also.push("One new time that you asked for, with what you said.".to_owned()),
        many => also.push(format!("{many} new times that you asked for, with what you said.")),
    }
    if !stored.meetings.is_empty() {
        also.push(
            "What you did and said by links and by mail, and when, in the log of this house.".to_owned(),
        );
        let days = visit.web.config.retention.raw_mail_days;
        if days > 0 {
            also.push(format!("Replies of yours as they came, each for {days} days."));
        }
    }
    also
}

/// A connection by name alone: of whom the reader invited by address, whoever else holds the mail learns nothing.
fn connection(visit: &Visit, zone: Zone, one: &Connection) -> StoredConnection {
    let name = one.name.as_deref().unwrap_or("Somebody");
    let what = match one.side {
        Side::Inviter if one.name.is_none() => "You asked somebody to connect with you".to_owned(),
        Side::Inviter => format!("You asked {name} to connect with you"),
        Side::Invitee => format!("{name} asked you to connect with them"),
    };
    StoredConnection {
        what,
        words: one.words.clone(),
        when: words::near(zone, one.created_at, visit.now),
        pill: connections::pill(one),
    }
}

/// As much of an address as its holder needs to know it by: whoever else holds the mail learns no more.
fn shortened(address: &Address) -> String {
    let start: String = address.local().chars().take(2).collect();
    format!("{start}…@{}", address.domain())
}

fn letter(visit: &Visit, zone: Zone, kept: &Kept) -> StoredLetter {
    let delivery = match kept.state.as_str() {
        "superseded" => Pill::new("not sent any more", Tone::Plain),
        state => Pill::delivery(state),
    };
    let at = kept.sent_at.unwrap_or(Timestamp::from_ms(kept.letter.at));
    StoredLetter { subject: subject(&kept.letter.says), when: words::near(zone, at, visit.now), delivery }
}

/// What a letter is about, as its subject says it.
pub(super) fn subject(says: &Says) -> String {
    let title = says.event().map_or("", |event| event.title.as_str());
    match says {
        Says::Invitation { .. } => format!("{title} — Invitation"),
        Says::Update { .. } => format!("{title} — Updated Time"),
        Says::Cancellation { .. } => format!("{title} — Cancelled"),
        Says::ProposalAsk { .. } => format!("Approve new time for {title}?"),
        Says::ProposalOutcome { outcome, .. } => match outcome {
            Outcome::Declined => format!("{title} — New time declined"),
            Outcome::Expired => format!("{title} — Nobody decided in time"),
            Outcome::Withdrawn => format!("{title} — The new time was taken back"),
            Outcome::Superseded => format!("{title} — Another time took its place"),
        },
        Says::Nudge { .. } => format!("{title} — A reminder to answer"),
        Says::Notice { .. } => "A notice".to_owned(),
        Says::Decision { .. } => "A decision about a time".to_owned(),
        Says::Digest { .. } => "The daily digest".to_owned(),
        Says::FreshLink { .. } => format!("{title} — A fresh link"),
        Says::AutoAnswer { .. } => format!("{title} — An automatic answer"),
        Says::ConfirmReply { .. } => format!("{title} — Is this reply yours?"),
        Says::DeliveryFailed { .. } => format!("{title} — An invitation did not arrive"),
        Says::SignIn { .. } => "A sign-in link".to_owned(),
        Says::Leaving { .. } => "Your account is to be deleted".to_owned(),
        Says::AddressConfirm { .. } => "Is this your new address?".to_owned(),
        Says::AddressNews { .. } => "Your account’s address".to_owned(),
        Says::Connect { .. } => "An invitation to connect".to_owned(),
        Says::BookingConfirm { title, .. } => format!("{title} — Is this address yours?"),
        Says::BookingEnded { title, .. } => format!("{title} — Not booked"),
        Says::BookingAsk { .. } => "A guest asks for a time".to_owned(),
        Says::ApprovalAsk { .. } => "Something to approve".to_owned(),
        Says::GroupAsk { .. } => "Something to decide together".to_owned(),
        Says::Wish { .. } => "An answer to what you asked for".to_owned(),
        Says::Probe { .. } => "A test of the mailbox".to_owned(),
        Says::Alert { .. } => "An alert".to_owned(),
    }
}

/// `POST /about-you?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    let visit = &posted.visit;
    let back = || visit.path.clone();
    let frame = || visit.frame("What is stored about you", Nav::Elsewhere);
    let done = match posted.fields.pressed() {
        "never" => posted
            .write(move |cx| about_you::set_suppressed(cx, &who, &secret, true))
            .await
            .map(|_| AboutDone::never(frame(), back())),
        "again" => posted
            .write(move |cx| about_you::set_suppressed(cx, &who, &secret, false))
            .await
            .map(|_| AboutDone::again(frame(), back())),
        "erase" if posted.fields.get("sure") == "yes" => posted
            .write(move |cx| person::erase_by_link(cx, &who, &secret))
            .await
            .map(|()| AboutDone::erased(frame())),
        "erase" => return unsure(visit, &asked.t).await,
        "fresh" => return links::fresh(&posted, Purpose::AboutYou, &asked.t).await,
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    };
    match done {
        Ok(done) => ok(&done),
        Err(error) if error.code() == "erased" => without(visit, error),
        Err(error) => links::refused(&posted, error, Purpose::AboutYou).await,
    }
}

async fn unsure(visit: &Visit, secret: &str) -> Answer {
    let secret = secret.to_owned();
    match visit.read(move |cx| person::open_by_link(cx, &secret)).await {
        Ok(stored) => again(&view(visit, &stored, FieldErrors::one("sure", "Tick this box first."))),
        Err(error) => without(visit, error),
    }
}
