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
use crate::booking::{self, Free, Shared, Time};
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
/// How many times come back with the form: more than half hours on so many days.
const OFFERED_MAX: usize = 48 * DAYS_OFFERED;

/// The secret of the link.
#[derive(serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    r: String,
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
    Look(Look),
}

/// What only shows the page again, with all that was typed.
#[derive(Clone, Copy)]
enum Look {
    /// Ask which times suit both.
    Times,
    /// Fill the form with one of those that are offered, which stay.
    Pick(Timestamp),
}

fn deed(fields: &Fields) -> Result<Option<Deed>, FieldErrors> {
    let picked = fields.pressed().strip_prefix("pick:").and_then(Timestamp::parse_rfc3339);
    if let Some(start) = picked {
        return Ok(Some(Deed::Look(Look::Pick(start))));
    }
    Ok(Some(match fields.pressed() {
        "propose" => Deed::Propose(Typed::of(fields).span()?, fields.owned("note")),
        "accept" => Deed::Answer(PartStat::Accepted),
        "tentative" => Deed::Answer(PartStat::Tentative),
        "decline" => Deed::Answer(PartStat::Declined),
        "withdraw" => Deed::Withdraw,
        "times" => Deed::Look(Look::Times),
        _ => return Ok(None),
    }))
}

/// The path of the page about the reader, from the newest letter to them.
fn about_href(cx: &Cx<'_>, me: ParticipantId) -> Result<String> {
    let newest = mailed::newest(cx, Purpose::AboutYou, me)?;
    Ok(newest.map_or_else(String::new, |link| url(cx.keys(), "", Purpose::AboutYou, link)))
}

fn look(cx: &Cx<'_>, who: &Actor, secret: &str) -> Result<(Standing, Sight)> {
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
        suggested: opened.suggested,
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
    let (secret, who) = (asked.r.clone(), visit.actor());
    match visit.read(move |cx| look(cx, &who, &secret)).await {
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
        Shared::Times(free) => offers(free, zone),
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

/// The times of the first days that have any. What is shown comes back with the form, so that it can be shown again.
fn offers(free: &Free, zone: Zone) -> Offers {
    let days = days_of(&free.times, zone, DAYS_OFFERED, |_| String::new());
    let shown =
        days.iter().flat_map(|day| &day.times).map(|time| time.iso.as_str()).collect::<Vec<_>>().join(" ");
    Offers { days, shown, is_stale: free.is_stale, ..Offers::default() }
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
    if let Deed::Look(wanted) = deed {
        return look_by_link(&posted, &asked, wanted).await;
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
        Deed::Look(_) => return Err(Error::internal("what only looks is done elsewhere").into()),
    };
    match done {
        Ok(done) => ok(&done),
        Err(error) => match beside_field(&error).or_else(|| beside_day(&error)) {
            Some(errors) => by_link_again(&posted, &asked, errors).await,
            None => by_link_refused(&posted, &asked, error).await,
        },
    }
}

/// Asks which times suit both, which is listed to whom it is about, and shows them; or shows them again.
async fn look_by_link(posted: &Posted, asked: &Asked, wanted: Look) -> Answer {
    posted.check_token()?;
    let (who, secret) = (posted.visit.actor(), asked.r.clone());
    let found = match wanted {
        Look::Times => {
            let found = posted.write(move |cx| {
                let (standing, sight) = look(cx, &who, &secret)?;
                Ok((standing, suiting(cx, sight)?))
            });
            found.await
        }
        Look::Pick(_) => posted.visit.read(move |cx| look(cx, &who, &secret)).await,
    };
    match found {
        Ok((Standing::Live, sight)) => looked(posted, sight, wanted),
        Ok((standing, sight)) => by_standing(&posted.visit, standing, &sight),
        Err(error @ Error::NotFound(_)) => links::refused(posted, error, Purpose::Respond).await,
        Err(error) => Err(error.into()),
    }
}

/// The page once more: with the time that was picked, or as it was typed.
fn looked(posted: &Posted, sight: Sight, wanted: Look) -> Answer {
    let visit = &posted.visit;
    let sight = as_shown(posted, sight);
    let meeting = &sight.meeting;
    let form = match wanted {
        Look::Pick(start) => {
            let end = start.plus(meeting.end.since(meeting.start));
            move_form(zone_of(visit, meeting, sight.me), start, end)
        }
        Look::Times => move_form_typed(&posted.fields, FieldErrors::none()),
    };
    let mut page = view(visit, &sight, Some((form, posted.fields.owned("note"))));
    page.offers.none_found = matches!(wanted, Look::Times) && page.offers.days.is_empty();
    ok(&page)
}

/// The times that the page showed before, where they would have to be asked for anew: they come back with the form, so the
/// same look is no second question, and nothing is learnt by it that was not shown.
fn as_shown(posted: &Posted, mut sight: Sight) -> Sight {
    if sight.shared != Shared::Ask {
        return sight;
    }
    let length = sight.meeting.end.since(sight.meeting.start);
    let starts =
        posted.fields.get("offered").split(' ').take(OFFERED_MAX).filter_map(Timestamp::parse_rfc3339);
    let times: Vec<Time> = starts
        .filter(|start| *start > posted.visit.now)
        .map(|start| Time { start, end: start.plus(length) })
        .collect();
    if !times.is_empty() {
        let is_stale = posted.fields.get("offered_stale") == "yes";
        sight.shared = Shared::Times(Free { times, is_stale });
    }
    sight
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
    match posted.visit.read(move |cx| look(cx, &who, &secret)).await {
        Ok((Standing::Live, sight)) => again(posted, sight, errors),
        Ok((standing, sight)) => by_standing(&posted.visit, standing, &sight),
        Err(error) => links::refused(posted, error, Purpose::Respond).await,
    }
}

fn again(posted: &Posted, sight: Sight, errors: FieldErrors) -> Answer {
    let typed = (move_form_typed(&posted.fields, errors), posted.fields.owned("note"));
    page(StatusCode::UNPROCESSABLE_ENTITY, &view(&posted.visit, &as_shown(posted, sight), Some(typed)))
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
    let (standing, sight) = posted.visit.read(move |cx| look(cx, &who, &secret)).await?;
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
fn sight_of(cx: &Cx<'_>, who: &Actor, id: MeetingId) -> Result<Sight> {
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
        suggested: None,
        meeting: seen.meeting,
    })
}

/// `GET /meetings/{id}/ask`.
pub(super) async fn ask(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    let (who, id) = (visit.actor(), id.parse()?);
    let sight = visit.read(move |cx| sight_of(cx, &who, id)).await?;
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
                let sight = sight_of(cx, &who, id)?;
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
                let sight = sight_of(cx, &who, id)?;
                let answer = meetings::answer(cx, &who, &sight.meeting, sight.me, partstat)?;
                Ok((sight, answer))
            })
            .await
            .map(|(sight, answer)| answered(visit, &sight.meeting, sight.me, partstat, &answer)),
        Deed::Withdraw => posted
            .write(move |cx| {
                let sight = sight_of(cx, &who, id)?;
                if let Some(mine) = &sight.mine {
                    meetings::withdraw(cx, &who, &sight.meeting, (mine.id, sight.me))?;
                }
                Ok(sight)
            })
            .await
            .map(|sight| taken_back(visit, &sight.meeting, sight.me)),
        Deed::Look(wanted @ Look::Times) => {
            let found = posted.write(move |cx| {
                let sight = sight_of(cx, &who, id)?;
                suiting(cx, sight)
            });
            return looked(&posted, found.await?, wanted);
        }
        Deed::Look(wanted @ Look::Pick(_)) => {
            let sight = visit.read(move |cx| sight_of(cx, &who, id)).await?;
            return looked(&posted, sight, wanted);
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
    let sight = posted.visit.read(move |cx| sight_of(cx, &who, id)).await?;
    again(posted, sight, errors)
}
