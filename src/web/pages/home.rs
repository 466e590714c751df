//! Home: what needs the reader and what comes up; for a stranger, what this house is.

use super::approvals;
use super::booking_links::asked_for;
use super::connections;
use super::groups;
use super::meetings::{open_proposal, row};
use super::tasks;
use super::visit::{Answer, Visit, is_mailroom, ok};
use super::words;
use crate::base::time::{Timestamp, Zone, long_date};
use crate::booking;
use crate::calendar;
use crate::itip::PartStat;
use crate::meetings::{self, Listing, ProposalStatus, Role, Seen, SeenProposal, Status};
use crate::network::{self, State, Usual};
use crate::sessions;
use crate::web::view::grants::ready;
use crate::web::view::home::{Home, Unanswered, Welcome};
use crate::web::view::meetings::OpenProposal;
use crate::web::view::parts::{Nav, When};

/// How many meetings, sessions and connections Home looks through for what waits.
const LOOKED_AT: u32 = 50;
/// How many of them it shows.
const SHOWN: usize = 8;

/// `GET /`.
pub(super) async fn home(visit: Visit) -> Answer {
    if visit.viewer.is_none() {
        let frame = visit.frame("Agree on a time", Nav::Home);
        return ok(&Welcome { frame, is_demo: is_mailroom(&visit.web) && visit.web.open_mailroom });
    }
    let who = visit.actor();
    let listing = Listing { ahead: true, after: None, limit: LOOKED_AT };
    let me = visit.user()?.id;
    let zone = visit.zone(None);
    let (page, sources, asked, agreeing, connected, work) = visit
        .read(move |cx| {
            let sources = calendar::sources(cx, &who, calendar::own(&who)?)?;
            let agreeing = sessions::waiting(cx, &who, LOOKED_AT)?;
            let connected = network::connections(cx, &who, None, LOOKED_AT)?.connections;
            let asked = booking::waiting(cx, &who)?;
            let work = (
                approvals::waiting(cx, &who, zone, LOOKED_AT)?,
                tasks::waiting(cx, &who, zone, LOOKED_AT)?,
                groups::waiting(cx, &who, zone, LOOKED_AT)?,
            );
            Ok((meetings::list(cx, &who, listing)?, sources, asked, agreeing, connected, work))
        })
        .await?;
    let unreadable = sources.iter().filter(|source| source.is_unreadable());
    let unreadable: Vec<_> =
        unreadable.map(|source| (format!("/calendar/sources/{}", source.id), source.name.clone())).collect();
    let connections: Vec<_> = connected.iter().filter_map(|one| connections::waiting(&visit, one)).collect();
    let example = connected.iter().find(|one| one.state == State::Connected).and_then(|one| one.name.clone());
    let (to_decide, to_do, together) = work;
    let waiting: Vec<_> =
        agreeing.iter().map(|one| super::sessions::waiting(&one.session, me, zone, one.until)).collect();
    let decisions = open_proposals(&page, zone);
    let ahead: Vec<_> =
        page.meetings.iter().filter(|seen| seen.meeting.status != Status::Cancelled).collect();
    let next = ahead.iter().find(|seen| seen.meeting.start > visit.now);
    let open = page.meetings.iter().filter(|seen| is_unanswered(seen, visit.now));
    let unanswered: Vec<_> = open.map(|seen| unanswered(seen, zone)).collect();
    let mut frame = visit.frame("Home", Nav::Home);
    let waits = [
        decisions.len(),
        asked.len(),
        waiting.len(),
        to_decide.len(),
        together.len(),
        to_do.len(),
        connections.len(),
        unanswered.len(),
        unreadable.len(),
    ];
    frame.needs_me = waits.iter().sum();
    let next = next.map(|next| words::ahead(zone, next.meeting.start, visit.now));
    ok(&Home {
        summary: summary(frame.needs_me, next),
        frame,
        today: long_date(zone.date(visit.now)),
        unreadable,
        decisions,
        bookings: asked.iter().map(|(booking, link)| asked_for(booking, &link.says.title, zone)).collect(),
        sessions: waiting,
        approvals: to_decide,
        groups: together,
        tasks: to_do,
        connections,
        ready: ready(Usual::Nothing.as_str()),
        unanswered,
        example: example.unwrap_or_default(),
        coming_up: ahead.iter().take(SHOWN).map(|seen| row(seen, zone, visit.now)).collect(),
        has_more: ahead.len() > SHOWN || page.next.is_some(),
    })
}

/// The times that somebody proposed and the reader decides about.
fn open_proposals(page: &meetings::Page, zone: Zone) -> Vec<OpenProposal> {
    let open = meetings::awaiting_me(page).into_iter();
    open.map(|(seen, one)| open_proposal(seen, &one.proposal, zone)).collect()
}

/// What needs the reader, and when their next meeting is.
fn summary(needed: usize, next: Option<String>) -> String {
    match next {
        Some(ahead) => format!("{}. Your next meeting is {ahead}.", needs(needed)),
        None if needed == 0 => "Nothing needs you, and nothing is coming up.".to_owned(),
        None => format!("{}.", needs(needed)),
    }
}

/// How many things need the reader, in words.
fn needs(many: usize) -> String {
    match many {
        0 => "Nothing needs you".to_owned(),
        1 => "One thing needs you".to_owned(),
        many => format!("{many} things need you"),
    }
}

/// Whether a guest has said nothing to an invitation of somebody else: no answer, and no other time.
fn is_unanswered(seen: &Seen, now: Timestamp) -> bool {
    let Some(me) = seen.me.and_then(|me| seen.meeting.participant(me).ok()) else { return false };
    let asks =
        |one: &SeenProposal| one.proposal.by == me.id && one.proposal.status == ProposalStatus::Pending;
    me.role == Role::Guest
        && me.partstat == PartStat::NeedsAction
        && seen.meeting.status == Status::Scheduled
        && seen.meeting.start > now
        && !seen.proposals.iter().any(asks)
}

/// An invitation, to be answered where it is shown.
pub(super) fn unanswered(seen: &Seen, zone: Zone) -> Unanswered {
    let meeting = &seen.meeting;
    Unanswered {
        href: format!("/meetings/{}", meeting.id),
        action: format!("/meetings/{}/ask", meeting.id),
        title: meeting.title.clone(),
        with: words::with(meeting, seen.me),
        when: When::span(zone, meeting.start, meeting.end),
    }
}
