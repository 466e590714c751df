//! The page of an invitation: ask for a new time, or answer. By the link that every mail brings, and for somebody
//! who is signed in and at the meeting, without one.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::book::days_of;
use super::links;
use super::meetings::{move_form, move_form_typed};
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page};
use super::words;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::time::{Timestamp, Zone};
use crate::booking::{self, Free, Shared};
use crate::itip::PartStat;
use crate::links::{self as mailed, Purpose, Standing, url};
use crate::meetings::by_link;
use crate::meetings::{self, Answered, Meeting, Proposal, ProposalStatus, Status};
use crate::store::Cx;
use crate::web::form::{Fields, Typed, beside_field};
use crate::web::view::decide::Done;
use crate::web::view::links::LinkTrouble;
use crate::web::view::meeting_forms::MoveForm;
use crate::web::view::parts::{FieldErrors, Nav, Pill, When};
use crate::web::view::respond::{Offers, Respond, RespondState};

/// How many days with times are offered.
const DAYS_OFFERED: usize = 5;

/// The secret of the link.
#[derive(serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    r: String,
    #[serde(flatten)]
    picked: Picked,
}

/// The time that the form is filled with: one of those that are offered.
#[derive(Clone, Default, serde::Deserialize)]
pub(super) struct Picked {
    #[serde(default)]
    start: String,
}

impl Picked {
    /// As long as the meeting is.
    fn span(&self, meeting: &Meeting) -> Option<(Timestamp, Timestamp)> {
        let start = Timestamp::parse_rfc3339(&self.start)?;
        Some((start, start.plus(meeting.end.since(meeting.start))))
    }
}

/// What a page of an invitation is made of, by whichever road its reader came.
struct Sight {
    /// Who looks: it is as them that times which suit both are asked for.
    reader: Actor,
    meeting: Meeting,
    me: ParticipantId,
    /// The reader's own pending proposal.
    mine: Option<Proposal>,
    suggested: Option<(Timestamp, Timestamp)>,
    /// Whether the link was used up.
    spent: bool,
    /// Whether the meeting can still be answered.
    ahead: bool,
    about_href: String,
    /// What can be offered for a new time.
    shared: Shared,
}

/// What is to be done, read from the form before the transaction.
enum Deed {
    Propose((Timestamp, Timestamp), String),
    Answer(PartStat),
    Withdraw,
    /// Ask which times suit both.
    Times,
}

fn deed(fields: &Fields) -> Result<Option<Deed>, FieldErrors> {
    Ok(Some(match fields.pressed() {
        "propose" => Deed::Propose(Typed::of(fields).span()?, fields.owned("note")),
        "accept" => Deed::Answer(PartStat::Accepted),
        "tentative" => Deed::Answer(PartStat::Tentative),
        "decline" => Deed::Answer(PartStat::Declined),
        "withdraw" => Deed::Withdraw,
        "times" => Deed::Times,
        _ => return Ok(None),
    }))
}

/// The path of the page about the reader, from the newest letter to them.
fn about_href(cx: &Cx<'_>, me: ParticipantId) -> Result<String> {
    let newest = mailed::newest(cx, Purpose::AboutYou, me)?;
    Ok(newest.map_or_else(String::new, |link| url(cx.keys(), "", Purpose::AboutYou, link)))
}

fn look(cx: &Cx<'_>, who: &Actor, secret: &str, picked: &Picked) -> Result<(Standing, Sight)> {
    let opened = by_link::open(cx, Purpose::Respond, secret)?;
    let ahead = opened.meeting.is_ahead(cx.now);
    let open = ahead && opened.mine.is_none() && opened.standing == Standing::Live;
    let reader = opened.reader(who);
    let sight = Sight {
        about_href: about_href(cx, opened.me)?,
        shared: shared(cx, &reader, &opened.meeting, opened.me, open)?,
        reader,
        ahead,
        spent: opened.standing == Standing::Used,
        me: opened.me,
        mine: opened.mine,
        suggested: picked.span(&opened.meeting).or(opened.suggested),
        meeting: opened.meeting,
    };
    Ok((opened.standing, sight))
}

/// What can be offered: nothing where no time can be asked for.
fn shared(cx: &Cx<'_>, who: &Actor, meeting: &Meeting, me: ParticipantId, open: bool) -> Result<Shared> {
    if open { booking::shared(cx, who, meeting, me) } else { Ok(Shared::Nothing) }
}

/// `GET /reschedule?r=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let (secret, who, picked) = (asked.r.clone(), visit.actor(), asked.picked.clone());
    match visit.read(move |cx| look(cx, &who, &secret, &picked)).await {
        Ok((standing, sight)) => by_standing(&visit, standing, &sight),
        Err(error) => links::trouble(&visit, error, Purpose::Respond),
    }
}

/// A meeting that is off or over says so, whatever the link; else an old link offers a fresh one.
fn by_standing(visit: &Visit, standing: Standing, sight: &Sight) -> Answer {
    if standing == Standing::Expired && sight.ahead {
        return links::page_of(visit, LinkTrouble::Expired, Purpose::Respond);
    }
    ok(&view(visit, sight, None))
}

fn view(visit: &Visit, sight: &Sight, typed: Option<(MoveForm, String)>) -> Respond {
    let (meeting, me) = (&sight.meeting, sight.me);
    let zone = visit.zone(meeting.participant(me).ok().map(|one| meeting.zone_of(one)));
    let other = words::other(meeting, Some(me));
    let state = match (&sight.mine, meeting.status) {
        (_, Status::Cancelled) => RespondState::Cancelled("Everybody was told by mail.".to_owned()),
        _ if !sight.ahead => RespondState::Past,
        (Some(mine), _) => RespondState::Waiting {
            new: When::span(zone, mine.start, mine.end),
            closes: format!("{} can decide until {}.", words::sentence(&other), zone.short(mine.expires_at)),
        },
        (None, _) if sight.spent => RespondState::Spent,
        (None, _) => RespondState::Open,
    };
    let (start, end) = sight.suggested.unwrap_or((meeting.start, meeting.end));
    let (form, note) = typed.unwrap_or_else(|| (move_form(zone, start, end), String::new()));
    let answer = meeting.participant(me).map_or("needs-action", |one| one.partstat.as_str());
    let offers = match &sight.shared {
        Shared::Times(free) => offers(visit, free, zone),
        Shared::Ask => Offers { may_ask: true, ..Offers::default() },
        Shared::Nothing => Offers::default(),
    };
    Respond {
        offers,
        frame: visit.frame_in("Request a new time", Nav::Meetings, zone),
        action: visit.path.clone(),
        title: meeting.title.clone(),
        when: When::span(zone, meeting.start, meeting.end),
        state,
        form,
        note,
        answer: Pill::partstat(answer),
        decline_words: decline_words(meeting, me, &other),
        about_href: sight.about_href.clone(),
        other,
    }
}

/// The times of the first days that have any, each leading to the form filled with it.
fn offers(visit: &Visit, free: &Free, zone: Zone) -> Offers {
    let (path, query) = visit.path.split_once('?').unwrap_or((&visit.path, ""));
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("start=")).collect();
    let href = |start: Timestamp| {
        let start = format!("start={}", start.to_rfc3339());
        format!("{path}?{}", kept.iter().copied().chain([start.as_str()]).collect::<Vec<_>>().join("&"))
    };
    Offers { days: days_of(&free.times, zone, DAYS_OFFERED, href), may_ask: false, is_stale: free.is_stale }
}

fn decline_words(meeting: &Meeting, me: ParticipantId, other: &str) -> String {
    match (meeting.is_off_after_decline(me), meeting.participants.len()) {
        (true, 0..=2) => "If you decline, the meeting is cancelled for both of you.".to_owned(),
        (true, _) => "If you decline, the meeting is cancelled for everybody.".to_owned(),
        (false, _) => format!("If you decline, the meeting stays, and {other} can see your answer."),
    }
}

/// `POST /reschedule?r=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    if posted.fields.pressed() == "fresh" {
        return links::fresh(&posted, Purpose::Respond, &asked.r).await;
    }
    let deed = match deed(&posted.fields) {
        Ok(Some(deed)) => deed,
        Ok(None) => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
        Err(errors) => return by_link_again(&posted, &asked, errors).await,
    };
    if matches!(deed, Deed::Times) {
        return times_by_link(&posted, &asked).await;
    }
    let (who, secret) = (posted.visit.bearer(), asked.r.clone());
    let visit = &posted.visit;
    let done = match deed {
        Deed::Propose(span, note) => posted
            .write(move |cx| by_link::propose(cx, &who, &secret, span, &note))
            .await
            .map(|(opened, proposal)| proposed(visit, &opened.meeting, opened.me, &proposal)),
        Deed::Answer(partstat) => posted
            .write(move |cx| by_link::answer(cx, &who, &secret, partstat))
            .await
            .map(|(opened, answer)| answered(visit, &opened.meeting, opened.me, partstat, &answer)),
        Deed::Withdraw => posted
            .write(move |cx| by_link::withdraw(cx, &who, &secret))
            .await
            .map(|opened| taken_back(visit, &opened.meeting, opened.me)),
        Deed::Times => return Err(Error::internal("which times suit is asked elsewhere").into()),
    };
    match done {
        Ok(done) => ok(&done),
        Err(error) => match beside_field(&error).or_else(|| beside_day(&error)) {
            Some(errors) => by_link_again(&posted, &asked, errors).await,
            None => by_link_refused(&posted, &asked, error).await,
        },
    }
}

/// Asks which times suit both, which is listed to whom it is about, and shows them.
async fn times_by_link(posted: &Posted, asked: &Asked) -> Answer {
    posted.check_token()?;
    let (who, secret) = (posted.visit.actor(), asked.r.clone());
    let found = posted.write(move |cx| {
        let (standing, sight) = look(cx, &who, &secret, &Picked::default())?;
        Ok((standing, suiting(cx, sight)?))
    });
    match found.await {
        Ok((standing, sight)) => by_standing(&posted.visit, standing, &sight),
        Err(error @ Error::NotFound(_)) => links::refused(posted, error, Purpose::Respond).await,
        Err(error) => Err(error.into()),
    }
}

/// Asks, where the page has the button: what shows no times asks nobody for them.
fn suiting(cx: &mut Cx<'_>, mut sight: Sight) -> Result<Sight> {
    if sight.shared == Shared::Ask {
        let found = booking::suits_both(cx, &sight.reader, &sight.meeting, sight.me)?;
        sight.shared = found.map_or(Shared::Nothing, Shared::Times);
    }
    Ok(sight)
}

/// The form with what is wrong, everything kept that was typed.
async fn by_link_again(posted: &Posted, asked: &Asked, errors: FieldErrors) -> Answer {
    let (secret, who) = (asked.r.clone(), posted.visit.actor());
    match posted.visit.read(move |cx| look(cx, &who, &secret, &Picked::default())).await {
        Ok((Standing::Live, sight)) => again(posted, &sight, errors),
        Ok((standing, sight)) => by_standing(&posted.visit, standing, &sight),
        Err(error) => links::refused(posted, error, Purpose::Respond).await,
    }
}

fn again(posted: &Posted, sight: &Sight, errors: FieldErrors) -> Answer {
    let typed = (move_form_typed(&posted.fields, errors), posted.fields.owned("note"));
    page(StatusCode::UNPROCESSABLE_ENTITY, &view(&posted.visit, sight, Some(typed)))
}

fn beside_day(error: &Error) -> Option<FieldErrors> {
    (error.code() == "proposal.same-time").then(|| FieldErrors::one("date", error.to_string()))
}

/// A rule refused it: the page shows how things are now.
async fn by_link_refused(posted: &Posted, asked: &Asked, error: Error) -> Answer {
    if !matches!(error, Error::Refused { .. }) {
        return links::refused(posted, error, Purpose::Respond).await;
    }
    let (secret, who) = (asked.r.clone(), posted.visit.actor());
    let (standing, sight) = posted.visit.read(move |cx| look(cx, &who, &secret, &Picked::default())).await?;
    by_standing(&posted.visit, standing, &sight)
}

fn zone_of(visit: &Visit, meeting: &Meeting, me: ParticipantId) -> Zone {
    visit.zone(meeting.participant(me).ok().map(|one| meeting.zone_of(one)))
}

fn proposed(visit: &Visit, meeting: &Meeting, me: ParticipantId, proposal: &Proposal) -> Done {
    let zone = zone_of(visit, meeting, me);
    let frame = visit.frame_in("Done", Nav::Meetings, zone);
    let was = When::span(zone, meeting.start, meeting.end);
    let new = When::span(zone, proposal.start, proposal.end);
    if proposal.status == ProposalStatus::Approved {
        return Done::approved(frame, &meeting.title, was, new, false);
    }
    Done::proposed(frame, &meeting.title, &words::other(meeting, Some(me)), was, new)
}

fn answered(
    visit: &Visit,
    meeting: &Meeting,
    me: ParticipantId,
    partstat: PartStat,
    answer: &Answered,
) -> Done {
    let zone = zone_of(visit, meeting, me);
    let frame = visit.frame_in("Done", Nav::Meetings, zone);
    let when = When::span(zone, meeting.start, meeting.end);
    // Pressed again, the meeting is cancelled already, by this very answer.
    let was_cancelled = meeting.status == Status::Cancelled && partstat == PartStat::Declined;
    if was_cancelled || matches!(answer, Answered::Applied { cancelled: true, .. }) {
        return Done::declined_and_cancelled(frame, &meeting.title, when);
    }
    Done::answered(frame, &meeting.title, &words::other(meeting, Some(me)), partstat.as_str(), when)
}

fn taken_back(visit: &Visit, meeting: &Meeting, me: ParticipantId) -> Done {
    let zone = zone_of(visit, meeting, me);
    let frame = visit.frame_in("Done", Nav::Meetings, zone);
    let when = When::span(zone, meeting.start, meeting.end);
    Done::withdrawn(frame, &meeting.title, &words::other(meeting, Some(me)), when)
}

/// What a signed-in participant sees.
fn sight_of(cx: &Cx<'_>, who: &Actor, id: MeetingId, picked: &Picked) -> Result<Sight> {
    let seen = meetings::see(cx, who, id)?;
    let me = seen.me.ok_or_else(|| Error::denied("Only those at the meeting ask for another time."))?;
    let mine = seen
        .proposals
        .into_iter()
        .map(|one| one.proposal)
        .find(|one| one.by == me && one.status == ProposalStatus::Pending);
    let ahead = seen.meeting.is_ahead(cx.now);
    let open = ahead && mine.is_none();
    Ok(Sight {
        about_href: about_href(cx, me)?,
        shared: shared(cx, who, &seen.meeting, me, open)?,
        reader: who.clone(),
        ahead,
        spent: false,
        me,
        mine,
        suggested: picked.span(&seen.meeting),
        meeting: seen.meeting,
    })
}

/// `GET /meetings/{id}/ask`.
pub(super) async fn ask(visit: Visit, id: Path<String>, picked: Query<Picked>) -> Answer {
    visit.user()?;
    let (who, id, picked) = (visit.actor(), id.parse()?, picked.into_inner());
    let sight = visit.read(move |cx| sight_of(cx, &who, id, &picked)).await?;
    ok(&view(&visit, &sight, None))
}

/// `POST /meetings/{id}/ask`.
pub(super) async fn asked(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: MeetingId = id.parse()?;
    let deed = match deed(&posted.fields) {
        Ok(Some(deed)) => deed,
        Ok(None) => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
        Err(errors) => return asked_again(&posted, id, errors).await,
    };
    let who = posted.visit.actor();
    let visit = &posted.visit;
    let done = match deed {
        Deed::Propose((start, end), note) => posted
            .write(move |cx| {
                let sight = sight_of(cx, &who, id, &Picked::default())?;
                if let Some(mine) = sight.mine.clone().filter(|mine| (mine.start, mine.end) == (start, end)) {
                    return Ok((sight, mine));
                }
                let asked = meetings::Asked { start, end, note: &note, road: "page" };
                let made = meetings::propose(cx, &who, &sight.meeting, sight.me, &asked)?;
                Ok((sight, made))
            })
            .await
            .map(|(sight, made)| proposed(visit, &sight.meeting, sight.me, &made)),
        Deed::Answer(partstat) => posted
            .write(move |cx| {
                let sight = sight_of(cx, &who, id, &Picked::default())?;
                let answer = meetings::answer(cx, &who, &sight.meeting, sight.me, partstat)?;
                Ok((sight, answer))
            })
            .await
            .map(|(sight, answer)| answered(visit, &sight.meeting, sight.me, partstat, &answer)),
        Deed::Withdraw => posted
            .write(move |cx| {
                let sight = sight_of(cx, &who, id, &Picked::default())?;
                if let Some(mine) = &sight.mine {
                    meetings::withdraw(cx, &who, &sight.meeting, (mine.id, sight.me))?;
                }
                Ok(sight)
            })
            .await
            .map(|sight| taken_back(visit, &sight.meeting, sight.me)),
        Deed::Times => {
            let found = posted.write(move |cx| {
                let sight = sight_of(cx, &who, id, &Picked::default())?;
                suiting(cx, sight)
            });
            return ok(&view(visit, &found.await?, None));
        }
    };
    match done {
        Ok(done) => ok(&done),
        Err(error) => match beside_field(&error).or_else(|| beside_day(&error)) {
            Some(errors) => asked_again(&posted, id, errors).await,
            None => Err(error.into()),
        },
    }
}

async fn asked_again(posted: &Posted, id: MeetingId, errors: FieldErrors) -> Answer {
    let who = posted.visit.actor();
    let sight = posted.visit.read(move |cx| sight_of(cx, &who, id, &Picked::default())).await?;
    again(posted, &sight, errors)
}
