//! Home: what needs the reader and what comes up; for a stranger, what this house is.

use super::booking_links::asked_for;
use super::meetings::{open_proposal, row};
use super::visit::{Answer, Visit, is_mailroom, ok};
use super::words;
use crate::base::time::long_date;
use crate::booking;
use crate::calendar;
use crate::meetings::{self, Listing, Status};
use crate::sessions;
use crate::web::view::home::{Home, Welcome};
use crate::web::view::parts::Nav;

/// How many meetings, and how many sessions, Home looks through for what waits.
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
    let (page, sources, asked, agreeing) = visit
        .read(move |cx| {
            let sources = calendar::sources(cx, &who, calendar::own(&who)?)?;
            let agreeing = sessions::waiting(cx, &who, LOOKED_AT)?;
            Ok((meetings::list(cx, &who, listing)?, sources, booking::waiting(cx, &who)?, agreeing))
        })
        .await?;
    let unreadable = sources.iter().filter(|source| source.is_unreadable());
    let unreadable =
        unreadable.map(|source| (format!("/calendar/sources/{}", source.id), source.name.clone()));
    let zone = visit.zone(None);
    let waiting: Vec<_> =
        agreeing.iter().map(|one| super::sessions::waiting(&one.session, me, zone, one.until)).collect();
    let decisions: Vec<_> = meetings::awaiting_me(&page)
        .into_iter()
        .map(|(seen, proposal)| open_proposal(seen, &proposal.proposal, zone))
        .collect();
    let ahead: Vec<_> =
        page.meetings.iter().filter(|seen| seen.meeting.status != Status::Cancelled).collect();
    let next = ahead.iter().find(|seen| seen.meeting.start > visit.now);
    let mut frame = visit.frame("Home", Nav::Home);
    frame.needs_me = decisions.len() + asked.len() + waiting.len();
    let needs = match frame.needs_me {
        0 => "Nothing needs you".to_owned(),
        1 => "One thing needs you".to_owned(),
        many => format!("{many} things need you"),
    };
    let summary = match next {
        Some(next) => {
            let in_ms = next.meeting.start.since(visit.now);
            format!("{needs}. Your next meeting is in {}.", words::span(in_ms))
        }
        None if frame.needs_me == 0 => "Nothing needs you, and nothing is coming up.".to_owned(),
        None => format!("{needs}."),
    };
    ok(&Home {
        frame,
        today: long_date(zone.date(visit.now)),
        summary,
        unreadable: unreadable.collect(),
        decisions,
        bookings: asked.iter().map(|(booking, link)| asked_for(booking, link, zone)).collect(),
        sessions: waiting,
        coming_up: ahead.iter().take(SHOWN).map(|seen| row(seen, zone, visit.now)).collect(),
        has_more: ahead.len() > SHOWN || page.next.is_some(),
    })
}
