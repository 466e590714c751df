//! Writing into calendars: the main road, what flows back, and everything that can be in the way.

use entente::base::id::Id;
use entente::base::time::HOUR;
use entente::calendar;
use entente::post::letter::{self, State};

use crate::calendar_writes_world::{ADA, BEN, Writing};
use crate::dav_server::{self, Manner};
use crate::letters_world::reword;
use crate::plans;

fn line<'a>(event: &'a str, name: &str) -> &'a str {
    let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';']));
    event.lines().find(is_it).unwrap_or_else(|| panic!("no {name} in {event}"))
}

#[tokio::test]
async fn who_has_a_calendar_to_write_to_gets_the_event_there_once_and_no_mail() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    let event = w.event();
    let booked = w.meeting(meeting).await;
    assert_eq!(line(&event, "UID"), format!("UID:{}", booked.uid));
    assert_eq!(line(&event, "SEQUENCE"), "SEQUENCE:0");
    assert_eq!(line(&event, "DTSTART"), "DTSTART:20261125T103000Z");
    let organizer = line(&event, "ORGANIZER");
    assert!(organizer.starts_with("ORGANIZER;SCHEDULE-AGENT=CLIENT;CN="), "{organizer}");
    let token = w.reply_token(meeting).await;
    assert!(organizer.ends_with(&format!(":mailto:scheduling+{token}@example.org")), "{organizer}");
    assert!(line(&event, "ATTENDEE").ends_with(&format!("mailto:{ADA}")), "{event}");
    assert_eq!(event.matches("ATTENDEE").count(), 1);
    assert!(!event.contains("METHOD"), "{event}");
    assert!(!event.contains(BEN), "nobody else's address: {event}");
    assert_eq!(w.mails(ADA).await, Vec::<String>::new());
    assert_eq!(w.mails(BEN).await.len(), 1, "the guest gets mail");
    assert_eq!(w.letters(ADA).await, [("invitation", State::InCalendar)]);
    assert_eq!(w.standing(meeting).await.0, "in-calendar");
    assert_eq!((w.calls("PUT"), w.calls("GET")), (1, 0), "one call is enough");
    assert!(w.is_quiet().await);
}

#[tokio::test]
async fn the_host_as_well_as_a_guest_with_an_account_has_it_in_their_calendar_and_others_by_mail() {
    let w = Writing::new().await;
    w.user("cleo@example.org").await;
    let meeting = w.book_with(&[BEN, "cleo@example.org"]).await;
    w.settle().await;
    assert_eq!(w.events().len(), 1);
    assert_eq!([w.mails(BEN).await.len(), w.mails("cleo@example.org").await.len()], [1, 1]);
    let delivered: Vec<_> =
        w.meeting(meeting).await.participants.iter().map(|one| one.delivery.as_str()).collect();
    assert_eq!(delivered, ["in-calendar", "delivered", "delivered"]);
}

#[tokio::test]
async fn an_update_moves_the_event_and_a_cancellation_marks_it() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    let event = w.event();
    assert_eq!(
        [line(&event, "SEQUENCE"), line(&event, "DTSTART")],
        ["SEQUENCE:1", "DTSTART:20261126T090000Z"]
    );
    let puts: Vec<_> = w.server.http.calls().into_iter().filter(|call| call.method == "PUT").collect();
    assert_eq!(puts.len(), 2);
    assert_eq!([puts[0].header("if-none-match"), puts[0].header("if-match")], ["*", ""]);
    assert!(puts[1].header("if-match").ends_with("-1\""), "the version that the house made");
    w.cancel(meeting).await;
    w.settle().await;
    let event = w.event();
    assert_eq!([line(&event, "SEQUENCE"), line(&event, "STATUS")], ["SEQUENCE:2", "STATUS:CANCELLED"]);
    assert_eq!(w.mails(ADA).await, Vec::<String>::new());
    assert_eq!(w.mails(BEN).await.len(), 3);
    assert!(w.letters(ADA).await.iter().all(|(_, state)| *state == State::InCalendar));
}

#[tokio::test]
async fn a_server_that_takes_no_cancelled_event_has_it_deleted() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    w.server.dav().keeps_cancelled_out = true;
    w.cancel(meeting).await;
    w.settle().await;
    assert_eq!(w.events(), Vec::<String>::new());
    assert_eq!(w.mails(ADA).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_meeting_that_is_cancelled_before_it_was_written_is_never_written() {
    let w = Writing::new().await;
    let meeting = w.book().await;
    w.cancel(meeting).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len(), w.calls("PUT")), (0, 0, 0));
}

#[tokio::test]
async fn a_write_whose_answer_does_not_come_is_looked_up_and_is_there_once() {
    for manner in [Manner::SilentAfter, Manner::FailsAfter, Manner::NoVersion] {
        let w = Writing::new().await;
        w.server.dav().writes = vec![manner];
        let meeting = w.booked().await;
        assert_eq!(line(&w.event(), "SEQUENCE"), "SEQUENCE:0");
        assert_eq!((w.calls("PUT"), w.calls("GET")), (1, 1), "{manner:?}: looked up, and not written twice");
        assert_eq!((w.standing(meeting).await.0.as_str(), w.mails(ADA).await.len()), ("in-calendar", 0));
        // What was found is what an update is written over.
        w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
        w.settle().await;
        assert_eq!(line(&w.event(), "SEQUENCE"), "SEQUENCE:1", "{manner:?}");
    }
}

#[tokio::test]
async fn a_write_that_did_not_arrive_is_tried_again_and_is_there_once() {
    for manner in [Manner::Silent, Manner::Says(500), Manner::Says(503)] {
        let w = Writing::new().await;
        w.server.dav().writes = vec![manner];
        let meeting = w.booked().await;
        assert_eq!(line(&w.event(), "SEQUENCE"), "SEQUENCE:0");
        assert_eq!(w.calls("PUT"), 2, "{manner:?}");
        assert_eq!((w.standing(meeting).await.0.as_str(), w.mails(ADA).await.len()), ("in-calendar", 0));
    }
}

#[tokio::test]
async fn ten_seconds_of_silence_or_errors_make_exactly_one_mail_and_leave_no_event() {
    for manner in [Manner::Silent, Manner::Says(500)] {
        let w = Writing::new().await;
        w.server.dav().writes = vec![manner; 50];
        let meeting = w.booked().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 1), "{manner:?}");
        assert_eq!(w.standing(meeting).await.0, "delivered");
        assert!(w.calls("PUT") > 1, "it was tried again meanwhile");
        let source = w.house.source(w.source).await;
        assert!(source.write_problem.is_some(), "the source shows it");
        w.server.dav().writes.clear();
        // From now on by mail, even though the calendar could be written to again.
        w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
        w.settle().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 2), "{manner:?}");
        w.cancel(meeting).await;
        w.settle().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 3), "{manner:?}");
        // And the next meeting goes there, which settles the fault.
        w.booked().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 3), "{manner:?}");
        assert_eq!(w.house.source(w.source).await.write_problem, None);
    }
}

#[tokio::test]
async fn a_server_that_refuses_makes_a_mail_at_once() {
    for status in [401, 403, 404, 409, 507] {
        let w = Writing::new().await;
        w.server.dav().writes = vec![Manner::Says(status)];
        w.booked().await;
        assert_eq!((w.calls("PUT"), w.events().len(), w.mails(ADA).await.len()), (1, 0, 1), "{status}");
        assert!(w.house.source(w.source).await.write_problem.is_some(), "{status}");
        assert!(w.is_quiet().await, "{status}");
    }
}

#[tokio::test]
async fn what_arrives_after_it_was_given_up_is_taken_out_again() {
    let w = Writing::new().await;
    // Each write is there in the end, and nobody can say so: not even who looks.
    w.server.dav().writes = vec![Manner::SilentAfter];
    w.server.dav().instead_of_get = Some(500);
    let meeting = w.booked().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 1));
    w.server.dav().instead_of_get = None;
    w.house.world.clock.advance(HOUR);
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 1), "the mail is the one");
    assert!(w.is_quiet().await);
    assert_eq!(w.standing(meeting).await.0, "delivered");
}

#[tokio::test]
async fn a_crash_before_or_after_any_call_leaves_exactly_one_event() {
    let w = Writing::new().await;
    // Before any call: the work was claimed, and nobody has come back to it.
    w.book().await;
    w.crash(letter::CALENDARS).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (1, 0));

    // After the write, before it was recorded: the disk says that it was begun.
    let meeting = w.book().await;
    w.server.dav().writes = vec![Manner::SilentAfter];
    w.server.dav().instead_of_get = Some(500);
    w.once(letter::CALENDARS).await;
    assert_eq!(w.events().len(), 2, "it is there, and the house does not know");
    w.server.dav().instead_of_get = None;
    w.crash(letter::CALENDARS).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (2, 0));
    assert_eq!(w.standing(meeting).await.0, "in-calendar");
    assert_eq!(w.calls("PUT"), 2, "what was there was found");

    // The same of an update, and of a cancellation.
    for cancels in [false, true] {
        if cancels {
            w.cancel(meeting).await;
        } else {
            w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
        }
        w.server.dav().writes = vec![Manner::SilentAfter];
        w.server.dav().instead_of_get = Some(500);
        w.once(letter::CALENDARS).await;
        w.server.dav().instead_of_get = None;
        w.settle().await;
        assert_eq!((w.events().len(), w.mails(ADA).await.len()), (2, 0));
    }
    assert_eq!(w.events().iter().filter(|event| event.contains("STATUS:CANCELLED")).count(), 1);
    assert_eq!(w.calls("PUT"), 4);
}

#[tokio::test]
async fn something_else_in_the_events_place_is_left_alone() {
    let w = Writing::new().await;
    let meeting = w.book().await;
    let name = format!("entente-{}.ics", w.ada_at(meeting).await.uuid().simple());
    w.server.dav().put(&name, &dav_server::event("private", 11, 10, 11));
    w.settle().await;
    assert!(w.event().contains("UID:private"));
    assert_eq!(w.mails(ADA).await.len(), 1);
}

#[tokio::test]
async fn the_last_check_looks_through_what_is_laid_into_a_calendar() {
    let w = Writing::new().await;
    // The rooms blank addresses in what people write; here one has come past them.
    let meeting = w.book().await;
    let me = w.ada_at(meeting).await;
    let letter = w.meeting(meeting).await.participant(me).expect("Ada").last_letter;
    let slip = w
        .house
        .world
        .write(move |cx| reword(cx, letter.expect("a letter"), "Second movement.", &format!("Ask {BEN}.")));
    assert_eq!(slip.await, 1);
    w.settle().await;
    assert_eq!((w.events().len(), w.calls("PUT"), w.mails(ADA).await.len()), (0, 0, 0));
    assert_eq!(w.letters(ADA).await.first(), Some(&("invitation", State::Failed)));
    assert_eq!(w.story_of_house("letter.leak-stopped").await, 1);
    assert_eq!(w.standing(meeting).await.0, "failed");
}

#[tokio::test]
async fn two_houses_write_into_one_calendar_and_neither_touches_the_others_event() {
    let one = Writing::new().await;
    let mut two = Writing::new().await;
    two.move_into(&one.server).await;
    let (first, second) = (one.booked().await, two.booked().await);
    assert_eq!(one.events().len(), 2);
    one.cancel(first).await;
    one.settle().await;
    one.read().await;
    two.read().await;
    let off: Vec<bool> = one.events().iter().map(|event| event.contains("STATUS:CANCELLED")).collect();
    assert_eq!(off.iter().filter(|is_off| **is_off).count(), 1);
    assert_eq!(two.standing(second).await, ("in-calendar".to_owned(), "needs-action".to_owned()));
    assert_eq!(one.mails(ADA).await.len() + two.mails(ADA).await.len(), 0);
}

#[tokio::test]
async fn no_statement_about_what_lies_in_calendars_reads_a_whole_table() {
    let w = Writing::new().await;
    let meeting = w.booked().await;
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    w.read().await;
    w.ask_deletion().await;
    w.erase().await;
    w.settle().await;
    w.house.world.write(|cx| calendar::delete_ended(cx)).await;
    let store = w.house.world.web.store.clone();
    std::thread::spawn(move || plans::no_query_scans(&store)).join().unwrap();
}
