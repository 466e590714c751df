//! Meetings of somebody who is signed in: the list, one of them with its story, and what can be done to it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::story;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, ParticipantId, ProposalId};
use crate::base::text;
use crate::base::time::{Timestamp, Zone};
use crate::itip::PartStat;
use crate::meetings::{
    self, Decided, Decision, Listing, Meeting, Proposal, ProposalStatus, ResourceState, Seen, Status,
};
use crate::store::Cx;
use crate::web::form::{Fields, Typed, beside_field};
use crate::web::view::meeting_forms::{BookForm, MoveForm};
use crate::web::view::meetings::{MeetingList, MeetingPage, MeetingRow, OpenProposal, Person, RoomRow};
use crate::web::view::parts::{FieldErrors, Nav, Pager, Pill, Tone, When};

/// How many meetings a page of the list has.
const PAGE: u32 = 30;

/// A meeting in a list.
pub(super) fn row(seen: &Seen, zone: Zone, now: Timestamp) -> MeetingRow {
    let meeting = &seen.meeting;
    MeetingRow {
        href: path(meeting.id),
        title: meeting.title.clone(),
        with: words::with(meeting, seen.me),
        when: When::span(zone, meeting.start, meeting.end),
        near: words::soon(zone, meeting.start, now),
        pill: pill(seen),
    }
}

/// A meeting's state for the reader, in a word.
fn pill(seen: &Seen) -> Pill {
    let meeting = &seen.meeting;
    if meeting.status != Status::Scheduled {
        return Pill::status(meeting.status.as_str());
    }
    if seen.proposals.iter().any(|one| one.proposal.status == ProposalStatus::Pending) {
        return Pill::new("new time asked", Tone::Wait);
    }
    let written_to: Vec<_> = meeting.written_to().collect();
    if written_to.len() > 2 {
        let answered = written_to.iter().filter(|one| one.partstat != PartStat::NeedsAction).count();
        return Pill::new(format!("{answered} of {} answered", written_to.len()), Tone::Plain);
    }
    // Of two people it is the other's answer that the reader wants to know.
    let other = written_to.iter().find(|one| Some(one.id) != seen.me);
    other.map_or_else(|| Pill::status("scheduled"), |one| Pill::partstat(one.partstat.as_str()))
}

fn path(id: MeetingId) -> String {
    format!("/meetings/{id}")
}

/// A new time that waits, as the reader sees it.
pub(super) fn open_proposal(seen: &Seen, proposal: &Proposal, zone: Zone) -> OpenProposal {
    let meeting = &seen.meeting;
    OpenProposal {
        meeting_href: path(meeting.id),
        action: format!("/proposals/{}", proposal.id),
        title: meeting.title.clone(),
        who: words::sentence(&words::face(meeting, seen.me, proposal.by)),
        is_mine: Some(proposal.by) == seen.me,
        was: When::span(zone, meeting.start, meeting.end),
        new: When::span(zone, proposal.start, proposal.end),
        note: proposal.note.clone(),
        other_time: String::new(),
        closes: format!("Open until {}.", zone.short(proposal.expires_at)),
    }
}

/// Which part of the list.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    past: String,
    #[serde(default)]
    after: String,
}

/// `GET /meetings`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    visit.user()?;
    let ahead = part.past.is_empty();
    let after = part.after.split_once('.').and_then(|(start, id)| {
        Some((Timestamp::from_ms(start.parse().ok()?), id.parse::<MeetingId>().ok()?))
    });
    let who = visit.actor();
    let listing = Listing { ahead, after, limit: PAGE };
    let found = visit.read(move |cx| meetings::list(cx, &who, listing)).await?;
    let zone = visit.zone(None);
    let base = if ahead { "/meetings?" } else { "/meetings?past=1&" };
    ok(&MeetingList {
        frame: visit.frame("Meetings", Nav::Meetings),
        is_past: !ahead,
        rows: found.meetings.iter().map(|seen| row(seen, zone, visit.now)).collect(),
        pager: Pager {
            first: after.map(|_| base.trim_end_matches(['?', '&']).to_owned()),
            next: found.next.map(|(start, id)| format!("{base}after={}.{id}", start.ms())),
        },
    })
}

/// The forms of a meeting's page that came back.
#[derive(Default)]
struct Came {
    moving: Option<MoveForm>,
    booking: Option<BookForm>,
}

/// `GET /meetings/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, Came::default(), StatusCode::OK).await
}

async fn shown(visit: &Visit, id: MeetingId, came: Came, status: StatusCode) -> Answer {
    let who = visit.actor();
    let zone = visit.zone(None);
    let (seen, story) = visit
        .read(move |cx| {
            let seen = meetings::see(cx, &who, id)?;
            let entries = meetings::story(cx, &who, id)?;
            let names = story::Names::of(cx, &seen, who.user(), &entries)?;
            let lines = story::lines(&names, &entries, zone, cx.now);
            Ok((seen, lines))
        })
        .await?;
    let meeting = &seen.meeting;
    let may_change = seen.may_manage
        && meeting.status != Status::Cancelled
        && (meeting.end > visit.now || meeting.status == Status::Open);
    let pending = seen.proposals.iter().filter(|one| one.proposal.status == ProposalStatus::Pending);
    let proposals = pending
        .filter(|one| seen.me.is_some_and(|me| one.awaited.contains(&me) || one.proposal.by == me))
        .filter(|_| meeting.is_ahead(visit.now))
        .map(|one| open_proposal(&seen, &one.proposal, zone))
        .collect();
    let may_ask = seen.me.is_some() && meeting.is_ahead(visit.now);
    let can_book = may_change && meeting.status == Status::Open && meeting.start > visit.now;
    let view = MeetingPage {
        frame: visit.frame(&meeting.title, Nav::Meetings),
        path: path(id),
        title: meeting.title.clone(),
        status: Pill::status(meeting.status.as_str()),
        notice: notice(meeting, &story, visit.now),
        when: When::span(zone, meeting.start, meeting.end),
        place_is_link: is_web_address(&meeting.location),
        place: meeting.place(),
        description: meeting.description.clone(),
        people: people(&seen),
        rooms: meeting.resources.iter().map(room).collect(),
        privacy: privacy(meeting),
        proposals,
        story,
        policies: policies(meeting),
        facts: vec![
            ("UID".to_owned(), meeting.uid.clone()),
            ("SEQUENCE".to_owned(), meeting.sequence.to_string()),
            ("Id".to_owned(), meeting.id.to_string()),
        ],
        moving: may_change
            .then(|| came.moving.unwrap_or_else(|| move_form(zone, meeting.start, meeting.end))),
        booking: can_book.then(|| came.booking.unwrap_or_default()),
        may_manage: may_change,
        is_open: meeting.status == Status::Open,
        edition: meeting.edition,
        ask_href: if may_ask { format!("{}/ask", path(id)) } else { String::new() },
    };
    page(status, &view)
}

/// A form filled with a span in the reader's zone.
pub(super) fn move_form(zone: Zone, start: Timestamp, end: Timestamp) -> MoveForm {
    let (from, until) = (zone.local(start), zone.local(end));
    let is_overnight = from.date() != until.date();
    MoveForm {
        date: from.format("%Y-%m-%d").to_string(),
        from: from.format("%H:%M").to_string(),
        until: until.format("%H:%M").to_string(),
        until_date: is_overnight.then(|| until.format("%Y-%m-%d").to_string()),
        zone: zone.name().to_owned(),
        errors: FieldErrors::none(),
    }
}

/// The same form as it was typed.
pub(super) fn move_form_typed(fields: &Fields, errors: FieldErrors) -> MoveForm {
    MoveForm {
        date: fields.owned("date"),
        from: fields.owned("from"),
        until: fields.owned("until"),
        until_date: fields.all("until_date").next().map(str::to_owned),
        zone: fields.owned("zone"),
        errors,
    }
}

fn is_web_address(place: &str) -> bool {
    (place.starts_with("https://") || place.starts_with("http://")) && !place.contains(char::is_whitespace)
}

fn notice(meeting: &Meeting, story: &[crate::web::view::meetings::StoryLine], now: Timestamp) -> String {
    if meeting.status == Status::Cancelled {
        let line = story.iter().find(|line| line.what.contains("cancelled"));
        return line
            .map_or_else(|| "It is cancelled.".to_owned(), |line| format!("{} ({}).", line.what, line.how));
    }
    if meeting.end <= now { "It is over.".to_owned() } else { String::new() }
}

/// Who is at it, the reader first. Of an invitation's way, those who manage the meeting see all, everybody else
/// their own.
fn people(seen: &Seen) -> Vec<Person> {
    let meeting = &seen.meeting;
    let mut sorted: Vec<_> = meeting.participants.iter().collect();
    sorted.sort_by_key(|one| Some(one.id) != seen.me);
    let person = |one: &meetings::Participant| {
        let may_know = seen.may_manage || Some(one.id) == seen.me;
        let was_sent = meeting.status != Status::Open && one.is_written_to();
        Person {
            name: words::sentence(&words::face(meeting, seen.me, one.id)),
            role: one.role.as_str().to_owned(),
            partstat: Pill::partstat(one.partstat.as_str()),
            delivery: (may_know && was_sent).then(|| Pill::delivery(one.delivery.as_str())),
            trouble: if may_know { trouble(one) } else { String::new() },
        }
    };
    sorted.into_iter().map(person).collect()
}

fn room(one: &meetings::Resource) -> RoomRow {
    let (pill, words) = match one.state {
        ResourceState::Accepted => (Pill::new("accepted", Tone::Yes), String::new()),
        ResourceState::Unsure => (
            Pill::new("not sure", Tone::Wait),
            "Its own calendar was not read lately: it may be taken by something that is not known here."
                .to_owned(),
        ),
        ResourceState::LetGo => (Pill::new("let go", Tone::No), one.let_go_words()),
    };
    RoomRow { name: one.name.clone(), pill, words }
}

/// What a mail server said, with the address taken out that it likes to repeat.
fn trouble(one: &meetings::Participant) -> String {
    use meetings::Delivery::{Bounced, Delayed, Failed};
    let is_in_trouble = matches!(one.delivery, Bounced | Delayed | Failed);
    let detail = one.delivery_detail.as_deref().filter(|_| is_in_trouble);
    detail.map(text::blank_addresses).unwrap_or_default()
}

fn privacy(meeting: &Meeting) -> String {
    match (meeting.status, meeting.participants.len()) {
        (Status::Open, _) => {
            "Your guest will not see your address, nor you theirs in anything that is mailed."
        }
        (_, 2) => "Neither of you sees the other’s address.",
        _ => "Nobody at this meeting sees another’s address.",
    }
    .to_owned()
}

fn policies(meeting: &Meeting) -> Vec<String> {
    use crate::base::house::{Approval, Decline};
    let is_pair = meeting.participants.len() <= 2;
    let decline = match (meeting.decline, is_pair) {
        (Decline::Soft, _) => "If somebody declines, the meeting stays and the answer is noted.",
        (Decline::Strict, true) => "If either of you declines, the meeting is cancelled for both.",
        (Decline::Strict, false) => "If the host declines, or the last guest, it is cancelled for everybody.",
    };
    let approval = match (meeting.approval, is_pair) {
        (Approval::Everyone, true) => "A new time needs the other’s approval.",
        (Approval::Everyone, false) => "A new time needs everybody else’s approval.",
        (Approval::Host, _) => "A new time needs the host’s approval.",
    };
    vec![decline.to_owned(), approval.to_owned()]
}

fn done(id: MeetingId, word: &str) -> HttpResponse {
    see_other(&format!("{}?done={word}", path(id)))
}

/// `POST /meetings/{id}/move`.
pub(super) async fn move_to(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: MeetingId = id.parse()?;
    let moved = match Typed::of(&posted.fields).span() {
        Ok((start, end)) => {
            let who = posted.visit.actor();
            let moved = move |cx: &mut Cx<'_>| {
                let moved = meetings::move_to(cx, &who, id, start, end)?;
                Ok(moved.let_go().next().is_some())
            };
            posted.write(moved).await
        }
        Err(errors) => return came_back(&posted, id, errors).await,
    };
    match moved {
        Ok(has_let_go) => Ok(done(id, if has_let_go { "moved-without-room" } else { "moved" })),
        Err(error) => match beside_field(&error) {
            Some(errors) => came_back(&posted, id, errors).await,
            None => Err(error.into()),
        },
    }
}

async fn came_back(posted: &Posted, id: MeetingId, errors: FieldErrors) -> Answer {
    let moving = Some(move_form_typed(&posted.fields, errors));
    shown(&posted.visit, id, Came { moving, booking: None }, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// `POST /meetings/{id}/cancel`.
pub(super) async fn cancel(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (MeetingId, _) = (id.parse()?, posted.visit.actor());
    posted.write(move |cx| meetings::cancel(cx, &who, id).map(drop)).await?;
    Ok(done(id, "cancelled"))
}

/// `POST /meetings/{id}/resend`: once for each time the page was shown, however often the button is pressed.
pub(super) async fn resend(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (MeetingId, _) = (id.parse()?, posted.visit.actor());
    let edition: Option<i64> = posted.fields.get("edition").parse().ok();
    posted
        .write(move |cx| {
            let seen = meetings::see(cx, &who, id)?;
            if edition.is_some_and(|shown| shown < seen.meeting.edition) {
                return Ok(());
            }
            meetings::resend(cx, &who, id).map(drop)
        })
        .await?;
    Ok(done(id, "resent"))
}

/// `POST /meetings/{id}/book`.
pub(super) async fn book(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (MeetingId, _) = (id.parse()?, posted.visit.actor());
    let (name, email) = (posted.fields.owned("name"), posted.fields.owned("email"));
    let booked = match crate::base::text::Address::required("email", &email) {
        Ok(address) => {
            let name = (!name.trim().is_empty()).then(|| name.clone());
            let guest = meetings::Person { address, name, zone: None };
            posted.write(move |cx| meetings::book(cx, &who, id, &guest).map(drop)).await
        }
        Err(error) => Err(error),
    };
    match booked {
        Ok(()) => Ok(done(id, "booked")),
        Err(Error::Invalid { message, .. }) => {
            let errors = FieldErrors::one("email", message);
            let came = Came { booking: Some(BookForm { name, email, errors }), moving: None };
            shown(&posted.visit, id, came, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /proposals/{id}`: approve, decline, or take back one's own.
pub(super) async fn decide(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (ProposalId, _) = (id.parse()?, posted.visit.actor());
    let pressed = posted.fields.pressed().to_owned();
    let (meeting, word) = posted
        .write(move |cx| {
            let proposal = meetings::proposal(cx, id)?;
            let seen = meetings::see(cx, &who, proposal.meeting)?;
            let me =
                seen.me.ok_or_else(|| Error::denied("Only those at the meeting decide about its time."))?;
            let word = settled(cx, &who, &seen, (id, me), &pressed)?;
            Ok((proposal.meeting, word))
        })
        .await?;
    Ok(done(meeting, word))
}

fn settled(
    cx: &mut crate::store::Cx<'_>,
    who: &crate::base::actor::Actor,
    seen: &Seen,
    what: (ProposalId, ParticipantId),
    pressed: &str,
) -> Result<&'static str> {
    let decision = match pressed {
        "approve" => Decision::Approve,
        "decline" => Decision::Decline,
        "withdraw" => return meetings::withdraw(cx, who, &seen.meeting, what).map(|_| "withdrawn"),
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.")),
    };
    Ok(match meetings::decide(cx, who, &seen.meeting, what, decision)? {
        Decided::Moved => "approved",
        Decided::Awaiting => "approved-waits",
        Decided::Declined => "declined",
    })
}
