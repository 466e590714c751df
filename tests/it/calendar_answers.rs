//! Answers that somebody gave elsewhere, and what of them stands in the event in their own calendar.

use entente::base::id::MeetingId;
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::base::{Actor, Road, Who};
use entente::itip::PartStat;
use entente::meetings;
use entente::post::letter;

use crate::calendar_writes_world::{ADA, BEN, Writing};
use crate::dav_server::Manner;

const CLEO: &str = "cleo@example.org";

impl Writing {
    /// Ada answers by a link that she was mailed.
    async fn answers(&self, id: MeetingId, partstat: PartStat) {
        let me = self.ada_at(id).await;
        let who = Actor::new(Who::Participant(me), Road::Link, "t");
        let answer = move |cx: &mut entente::store::Cx<'_>| {
            let meeting = meetings::load(cx, id)?;
            meetings::answer(cx, &who, &meeting, me, partstat)
        };
        self.house.world.write(answer).await;
    }

    /// What the event in her calendar says that she answered.
    fn shown(&self) -> String {
        let event = self.event();
        let partstat = event.split("PARTSTAT=").nth(1).expect("an answer");
        partstat.split([';', ':']).next().expect("a word").to_owned()
    }

    /// How many mails there were, and how many times her invitation was answered.
    async fn told(&self, id: MeetingId) -> (usize, usize) {
        let mails = self.mails(ADA).await.len() + self.mails(BEN).await.len() + self.mails(CLEO).await.len();
        (mails, self.story(id, "invitation.answered").await)
    }
}

#[tokio::test]
async fn an_answer_given_elsewhere_stands_in_the_event_soon_and_nobody_is_written_to() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    w.edit("END:VEVENT", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT");
    let before = w.told(meeting).await.0;
    for (given, shown) in [
        (PartStat::Accepted, "ACCEPTED"),
        (PartStat::Tentative, "TENTATIVE"),
        (PartStat::Declined, "DECLINED"),
    ] {
        w.answers(meeting, given).await;
        w.settle().await;
        assert_eq!(w.shown(), shown);
    }
    assert!(w.event().contains("TRIGGER:-PT15M"), "what she added stays: {}", w.event());
    assert_eq!(w.calls("PUT"), 4, "one call for each");
    let last = w.server.http.calls().into_iter().rfind(|call| call.method == "PUT").expect("a write");
    assert!(last.header("if-match").starts_with('"'), "under the condition that it is the version known");
    // What the house wrote is nobody's answer.
    w.read().await;
    w.read().await;
    w.settle().await;
    assert_eq!(w.told(meeting).await, (before, 3));
    assert_eq!((w.standing(meeting).await.1.as_str(), w.calls("PUT")), ("declined", 4));
    assert!(w.is_quiet().await);
    // It takes no time any more, and is written over when the meeting moves.
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    assert_eq!((w.shown().as_str(), w.mails(ADA).await.len()), ("NEEDS-ACTION", 0));
}

#[tokio::test]
async fn an_answer_given_in_the_calendar_is_not_written_there_again() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    w.edit("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    w.read().await;
    w.settle().await;
    let calls = (w.calls("PUT"), w.calls("GET"));
    // Nor where it says so already, and nobody has read it yet.
    w.edit("PARTSTAT=ACCEPTED", "PARTSTAT=TENTATIVE");
    w.answers(meeting, PartStat::Tentative).await;
    w.settle().await;
    w.read().await;
    w.settle().await;
    assert_eq!((w.calls("PUT"), w.calls("GET")), (calls.0, calls.1 + 1));
    assert_eq!((w.standing(meeting).await.1.as_str(), w.told(meeting).await.1), ("tentative", 2));
}

#[tokio::test]
async fn what_else_somebody_did_in_their_calendar_stays_and_flows_back() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    w.edit("DTSTART:20261125T103000Z", "DTSTART:20261125T140000Z");
    w.edit("DTEND:20261125T111500Z", "DTEND:20261125T144500Z");
    w.edit("PARTSTAT=NEEDS-ACTION", "PARTSTAT=TENTATIVE");
    w.answers(meeting, PartStat::Accepted).await;
    w.settle().await;
    assert_eq!(w.shown(), "ACCEPTED", "the later word counts");
    assert!(w.event().contains("DTSTART:20261125T140000Z"));
    w.read().await;
    assert_eq!(w.story(meeting, "proposal.made").await, 1, "the other time was not lost");
    w.settle().await;
    let event = w.event();
    assert!(event.contains("DTSTART:20261125T103000Z") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert_eq!(w.standing(meeting).await.1, "accepted");
}

#[tokio::test]
async fn an_event_that_was_deleted_before_the_answer_is_not_there_again_for_it() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    let name = w.name();
    w.server.dav().delete(&name);
    w.answers(meeting, PartStat::Accepted).await;
    w.settle().await;
    assert_eq!(w.events(), Vec::<String>::new());
    w.read().await;
    assert_eq!(w.standing(meeting).await.1, "declined", "what the next reading says of it counts");
    for _ in 0..40 {
        w.house.world.clock.advance(HOUR);
        w.settle().await;
    }
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 0));
    assert!(w.is_quiet().await);
}

#[tokio::test]
async fn a_calendar_that_cannot_be_written_is_tried_for_a_day_and_no_mail_is_made_of_it() {
    for (manner, passes) in [(Manner::Says(503), true), (Manner::Silent, true), (Manner::Says(403), false)] {
        let w = Writing::new().await;
        let meeting = w.invited_too().await;
        let before = w.told(meeting).await.0;
        w.server.dav().writes = vec![manner; 3];
        w.answers(meeting, PartStat::Accepted).await;
        w.settle().await;
        assert_eq!(w.shown(), "NEEDS-ACTION");
        for _ in 0..4 {
            w.house.world.clock.advance(10 * MINUTE);
            w.settle().await;
        }
        assert_eq!(w.shown() == "ACCEPTED", passes, "{manner:?}");
        assert_eq!(w.told(meeting).await.0, before);
        assert!(w.house.source(w.source).await.write_problem.is_none(), "it is no fault of the calendar's");
        assert!(w.is_quiet().await);
        // For ever silent: given up after a day.
        w.server.dav().writes = vec![manner; 100];
        w.answers(meeting, PartStat::Declined).await;
        for _ in 0..40 {
            w.settle().await;
            w.house.world.clock.advance(HOUR);
        }
        assert!(w.is_quiet().await);
        assert_eq!((w.told(meeting).await.0, w.standing(meeting).await.1.as_str()), (before, "declined"));
        w.house.world.clock.advance(-2 * DAY);
    }
}

#[tokio::test]
async fn an_answer_whose_writing_was_not_seen_is_the_houses_own_word() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    // It is written, and nobody can say so; then she thinks better of it, and her calendar is away.
    w.server.dav().writes = vec![Manner::SilentAfter];
    w.server.dav().instead_of_get = None;
    w.answers(meeting, PartStat::Accepted).await;
    let hide = async {
        w.server.dav().instead_of_get = Some(500);
    };
    w.meanwhile(letter::CALENDARS, hide).await;
    assert_eq!(w.shown(), "ACCEPTED");
    w.answers(meeting, PartStat::Declined).await;
    w.server.dav().instead_of_get = None;
    w.read().await;
    assert_eq!(w.standing(meeting).await.1, "declined", "what the house wrote is no answer of hers");
    w.house.world.clock.advance(HOUR);
    w.settle().await;
    assert_eq!((w.shown().as_str(), w.told(meeting).await.1), ("DECLINED", 2));
}

#[tokio::test]
async fn a_letter_carries_the_answer_and_does_not_wait_behind_it() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    w.server.dav().writes = vec![Manner::Says(503)];
    w.answers(meeting, PartStat::Accepted).await;
    w.settle().await;
    assert_eq!(w.shown(), "NEEDS-ACTION");
    w.house.world.clock.advance(1_000);
    let who = Writing::operator();
    w.house.world.write(move |cx| meetings::resend(cx, &who, meeting)).await;
    w.settle().await;
    assert_eq!(w.shown(), "ACCEPTED", "at once");
    let puts = w.calls("PUT");
    w.house.world.clock.advance(2 * HOUR);
    w.settle().await;
    assert_eq!((w.calls("PUT"), w.mails(ADA).await.len()), (puts, 0));
}

#[tokio::test]
async fn an_answer_is_written_once_whenever_the_process_dies() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    w.answers(meeting, PartStat::Accepted).await;
    w.crash(letter::CALENDARS).await;
    w.settle().await;
    assert_eq!((w.shown().as_str(), w.calls("PUT")), ("ACCEPTED", 2));
    // Written, and not recorded.
    w.answers(meeting, PartStat::Tentative).await;
    let lapsed = async { w.house.world.clock.advance(2 * HOUR) };
    w.meanwhile(letter::CALENDARS, lapsed).await;
    w.settle().await;
    assert_eq!((w.shown().as_str(), w.calls("PUT")), ("TENTATIVE", 3));
    w.read().await;
    assert_eq!((w.standing(meeting).await.1.as_str(), w.told(meeting).await.1), ("tentative", 2));
}
