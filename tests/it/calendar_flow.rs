//! What somebody does in their own calendar to the events that the house wrote there, and what a reading makes of it.

use entente::base::id::MeetingId;
use entente::calendar::{self, HolderId, SourceChange};
use entente::meetings::{self, ProposalStatus, Status};
use entente::post::letter::{self, State};

use crate::calendar_writes_world::{ADA, BEN, Writing, at};
use crate::dav_server::{self, Manner, WORK};

const ACCEPTED: (&str, &str) = ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
const DECLINED: (&str, &str) = ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=DECLINED");

impl Writing {
    /// How Ada's answer stands.
    async fn answer(&self, id: MeetingId) -> String {
        self.standing(id).await.1
    }

    /// Ada deletes what lies there.
    fn delete(&self) {
        let name = self.name();
        self.server.dav().delete(&name);
    }

    /// The proposals there are: when they would begin, and how they stand.
    async fn proposals(&self, id: MeetingId) -> Vec<(String, ProposalStatus, String)> {
        let who = self.house.who();
        let seen = self.house.world.write(move |cx| meetings::see(cx, &who, id)).await;
        let one = |it: meetings::SeenProposal| {
            (it.proposal.start.to_rfc3339(), it.proposal.status, it.proposal.road)
        };
        seen.proposals.into_iter().map(one).collect()
    }

    /// A meeting that Cleo hosts and Ada is invited to, so that what Ada does concerns somebody else.
    async fn invited(&self) -> MeetingId {
        self.user("cleo@example.org").await;
        let meeting = self.hosted_by("cleo@example.org", &[ADA, BEN]).await;
        self.settle().await;
        assert_eq!((self.events().len(), self.mails("cleo@example.org").await.len()), (1, 1));
        meeting
    }
}

#[tokio::test]
async fn an_event_that_is_deleted_is_a_decline_once() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.read().await;
    assert_eq!(w.answer(meeting).await, "needs-action");
    w.delete();
    w.read().await;
    assert_eq!(w.answer(meeting).await, "declined");
    let told = w.story(meeting, "invitation.answered").await;
    w.read().await;
    w.read().await;
    assert_eq!((told, w.story(meeting, "invitation.answered").await), (1, 1), "once");
    w.settle().await;
    assert_eq!(w.mails(ADA).await.len(), 0, "they know");
}

#[tokio::test]
async fn an_event_that_is_deleted_before_it_was_ever_read_is_a_decline() {
    for syncs in [true, false] {
        let w = Writing::new().await;
        w.server.dav().syncs = syncs;
        let meeting = w.invited().await;
        w.delete();
        w.read().await;
        assert_eq!(w.answer(meeting).await, "declined", "{syncs}");
    }
}

#[tokio::test]
async fn a_calendar_that_vanished_or_does_not_say_what_is_in_it_declines_nothing() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.read().await;
    w.server.dav().instead = Some(crate::http_server::Told::new(404, ""));
    w.read().await;
    assert_eq!(w.house.problem(w.source).await, "not-found");
    assert_eq!(w.answer(meeting).await, "needs-action");
    w.server.dav().instead = None;
    // It is listed as gone, and comes when it is asked for by its name.
    w.server.dav().forget_tokens();
    w.server.dav().hides = Some(w.name());
    w.house.world.clock.advance(7 * 60 * 60_000);
    w.read().await;
    assert_eq!((w.house.problem(w.source).await, w.answer(meeting).await.as_str()), ("", "needs-action"));
}

#[tokio::test]
async fn an_event_that_is_moved_is_a_proposal_and_is_laid_back_to_what_is_booked() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.edit("DTSTART:20261125T103000Z", "DTSTART:20261125T140000Z");
    w.edit("DTEND:20261125T111500Z", "DTEND:20261125T144500Z");
    w.read().await;
    let proposed = ("2026-11-25T14:00:00Z".to_owned(), ProposalStatus::Pending, "calendar".to_owned());
    assert_eq!(w.proposals(meeting).await, std::slice::from_ref(&proposed));
    w.settle().await;
    assert!(w.event().contains("DTSTART:20261125T103000Z"), "{}", w.event());
    assert!(w.mails("cleo@example.org").await.last().unwrap().contains("new time"), "the host is asked");
    w.read().await;
    w.read().await;
    w.settle().await;
    assert_eq!(w.proposals(meeting).await, [proposed], "once");
    assert_eq!(w.mails(ADA).await.len(), 0);
}

#[tokio::test]
async fn a_host_who_moves_their_own_event_asks_the_guest_for_the_new_time() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    w.edit("DTSTART:20261125T103000Z", "DTSTART;TZID=Europe/Paris:20261125T150000");
    w.edit("DTEND:20261125T111500Z", "DTEND;TZID=Europe/Paris:20261125T154500");
    w.read().await;
    w.settle().await;
    let proposals = w.proposals(meeting).await;
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].0, "2026-11-25T14:00:00Z");
    assert_eq!(w.events().len(), 1);
}

#[tokio::test]
async fn an_answer_given_in_the_calendar_is_that_answer_once_and_a_reminder_is_none() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.edit("END:VEVENT", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT");
    w.read().await;
    assert_eq!(w.answer(meeting).await, "needs-action");
    w.edit(ACCEPTED.0, ACCEPTED.1);
    w.read().await;
    w.read().await;
    assert_eq!(w.answer(meeting).await, "accepted");
    assert_eq!(w.story(meeting, "invitation.answered").await, 1);
    w.edit("PARTSTAT=ACCEPTED", "PARTSTAT=TENTATIVE");
    w.read().await;
    assert_eq!(w.answer(meeting).await, "tentative");
    w.edit("PARTSTAT=TENTATIVE", "PARTSTAT=DECLINED");
    w.read().await;
    assert_eq!(w.answer(meeting).await, "declined");
    assert_eq!(w.story(meeting, "invitation.answered").await, 3);
    w.settle().await;
    assert_eq!(w.calls("PUT"), 1, "nothing is written over an answer");
}

#[tokio::test]
async fn an_answer_to_what_was_moved_meanwhile_is_overtaken() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.edit(DECLINED.0, DECLINED.1);
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.read().await;
    assert_eq!(w.answer(meeting).await, "needs-action", "a newer letter waits");
    w.settle().await;
    assert_eq!(w.answer(meeting).await, "needs-action");
    let event = w.event();
    assert!(event.contains("SEQUENCE:1") && event.contains("PARTSTAT=NEEDS-ACTION"), "{event}");
    assert_eq!((w.mails(ADA).await.len(), w.events().len()), (0, 1));
}

#[tokio::test]
async fn a_write_that_meets_a_change_takes_it_in_first_and_then_writes_over_it() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.edit(ACCEPTED.0, ACCEPTED.1);
    w.house.world.clock.advance(60_000);
    let who = Writing::operator();
    w.house.world.write(move |cx| meetings::resend(cx, &who, meeting)).await;
    w.settle().await;
    assert_eq!(w.answer(meeting).await, "accepted", "before anything was read");
    assert!(w.event().contains("PARTSTAT=ACCEPTED"), "and it is not taken back: {}", w.event());
    assert_eq!((w.calls("PUT"), w.mails(ADA).await.len()), (3, 0), "refused once");

    // The same of an event that is gone.
    w.delete();
    let who = Writing::operator();
    w.house.world.write(move |cx| meetings::resend(cx, &who, meeting)).await;
    w.settle().await;
    assert_eq!(w.answer(meeting).await, "declined");
}

#[tokio::test]
async fn an_update_is_there_again_for_who_deleted_what_was_before() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    w.read().await;
    w.delete();
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    assert!(w.event().contains("DTSTART:20261126T090000Z"));
    assert_eq!(w.answer(meeting).await, "needs-action");
    w.read().await;
    assert_eq!(w.answer(meeting).await, "needs-action");
}

#[tokio::test]
async fn a_reading_that_began_before_a_write_says_nothing_of_it() {
    let w = Writing::new().await;
    let meeting = w.invited().await;
    let reading = w.begin_reading().await;
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    w.end_reading(reading).await;
    assert_eq!((w.proposals(meeting).await.len(), w.answer(meeting).await.as_str()), (0, "needs-action"));
}

#[tokio::test]
async fn the_houses_own_events_never_count_as_busy_in_a_calendar() {
    let w = Writing::new().await;
    w.server.dav().put("other.ics", &dav_server::event("other", 11, 10, 11));
    let meeting = w.booked().await;
    w.read().await;
    let busy = w.busy_of_source().await;
    assert_eq!(busy, ["2027-01-11T10:00:00Z"], "only what is somebody else's");
    // A copy in another calendar, as programs make them of invitations, is the same meeting.
    let copy = w.events().into_iter().find(|event| event.contains("Practice")).unwrap();
    w.server.dav().put("copy.ics", &copy);
    w.read().await;
    assert_eq!(w.busy_of_source().await, ["2027-01-11T10:00:00Z"]);
    let taken = w.taken(at("2026-11-25T00:00:00Z"), at("2026-11-26T00:00:00Z")).await;
    assert_eq!(taken, [(at("2026-11-25T10:30:00Z").ms(), at("2026-11-25T11:15:00Z").ms())], "once");
    w.cancel(meeting).await;
    w.settle().await;
    w.read().await;
    assert_eq!(
        w.taken(at("2026-11-25T00:00:00Z"), at("2026-11-26T00:00:00Z")).await,
        [],
        "and then not at all"
    );
}

#[tokio::test]
async fn a_calendar_that_is_removed_loses_what_is_ahead_and_the_invitation_comes_by_mail() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    let (who, id) = (w.house.who(), w.source);
    w.house.world.write(move |cx| calendar::remove(cx, &who, id)).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 1), "out there, and once by mail");
    assert_eq!(w.standing(meeting).await.0, "delivered");
    w.cancel(meeting).await;
    w.settle().await;
    assert_eq!(w.mails(ADA).await.len(), 2);
    assert!(w.is_quiet().await);
}

#[tokio::test]
async fn a_calendar_that_is_removed_while_its_server_is_away_is_cleared_when_it_is_back() {
    let w = Writing::new().await;
    w.booked().await;
    w.server.dav().instead = Some(crate::http_server::Told::new(503, ""));
    let (who, id) = (w.house.who(), w.source);
    w.house.world.write(move |cx| calendar::remove(cx, &who, id)).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 1));
    w.server.dav().instead = None;
    w.house.world.clock.advance(60 * 60_000);
    w.settle().await;
    assert_eq!(w.events().len(), 0);
    assert!(w.is_quiet().await);
}

#[tokio::test]
async fn a_calendar_that_is_removed_while_a_letter_waits_or_is_on_its_way_makes_one_mail() {
    for is_on_its_way in [false, true] {
        let w = Writing::new().await;
        w.book().await;
        let (who, id) = (w.house.who(), w.source);
        let remove = w.house.world.write(move |cx| calendar::remove(cx, &who, id));
        if is_on_its_way {
            w.meanwhile(letter::CALENDARS, remove).await;
        } else {
            remove.await;
        }
        w.settle().await;
        w.house.world.clock.advance(2 * 60_000);
        w.settle().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 1), "{is_on_its_way}");
        assert!(w.is_quiet().await);
    }
}

#[tokio::test]
async fn another_choice_leaves_what_is_there_where_it_is_and_keeps_it_up_to_date() {
    let mut w = Writing::new().await;
    let before = w.booked().await;
    w.choose(false).await;
    let after = w.booked().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 1), "the new one by mail");
    w.move_to(before, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.move_to(after, "2026-11-26T11:00:00Z", "2026-11-26T12:00:00Z").await;
    w.settle().await;
    assert!(w.event().contains("DTSTART:20261126T090000Z"));
    assert_eq!(w.mails(ADA).await.len(), 2);
    // Chosen again, what went by mail stays there.
    w.choose(true).await;
    w.cancel(after).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 3));
}

#[tokio::test]
async fn one_calendar_at_most_is_written_to() {
    let w = Writing::new().await;
    let probed = w.house.probe_dav(&w.server.http.url("/dav/"), "secret").await.unwrap();
    let team = w.house.add(&probed, &["Team"]).await[0];
    let (who, change) = (w.house.who(), SourceChange { writes: Some(true), ..SourceChange::default() });
    let refused = w.house.world.web.store.write(move |cx| calendar::change(cx, &who, team, &change)).await;
    assert_eq!(refused.unwrap_err().code(), "source.read-only");
    assert!(w.house.source(w.source).await.writes);
}

#[tokio::test]
async fn who_leaves_the_house_has_their_events_taken_out() {
    let w = Writing::new().await;
    let hosted = w.booked().await;
    let invited = w.invited_too().await;
    assert_eq!(w.events().len(), 2);
    w.ask_deletion().await;
    w.settle().await;
    let left = w.event();
    assert!(left.contains("STATUS:CANCELLED"), "their own is off, the other one is out: {left}");
    assert_eq!(w.meeting(hosted).await.status, Status::Cancelled);
    assert_eq!(w.answer(invited).await, "declined");
    w.erase().await;
    w.settle().await;
    assert_eq!(w.events(), Vec::<String>::new());
    assert!(w.is_quiet().await);
    w.house.world.clock.advance(3 * 86_400_000);
    let kept = w.house.world.write(|cx| {
        calendar::delete_ended(cx)?;
        cx.db.all("SELECT participant_id FROM calendar_writes WHERE keep_until > 0", &[], |row| {
            row.get::<String>("participant_id")
        })
    });
    assert_eq!(kept.await, Vec::<String>::new(), "and nothing that lets the house in is kept");
}

#[tokio::test]
async fn letters_that_wait_for_a_calendar_are_taken_back_like_those_that_wait_for_mail() {
    let w = Writing::new().await;
    w.server.dav().writes = vec![Manner::Says(503)];
    let meeting = w.book().await;
    w.once(letter::CALENDARS).await;
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    assert_eq!(w.letters(ADA).await, [("invitation", State::Superseded), ("invitation", State::InCalendar)]);
    assert!(w.event().contains("SEQUENCE:1"));
    assert_eq!(w.path(), format!("{WORK}{}", w.name()));
    let holder = HolderId::User(w.house.ada);
    assert!(w.house.world.write(move |cx| calendar::export(cx, holder.user().unwrap())).await.is_object());
}
