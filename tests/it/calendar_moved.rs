//! Events that somebody moves into another of their calendars: followed there, and no decline, in whatever order that is read.

use entente::base::id::{MeetingId, SourceId};
use entente::base::time::{HOUR, MINUTE};
use entente::calendar::{self, SourceChange};

use crate::calendar_writes_world::{ADA, Writing};
use crate::dav_server::DavServer;
use crate::http_server::{HttpServer, Told};

/// Ada with a second calendar, on another server.
struct Moving {
    w: Writing,
    second: DavServer,
    other: SourceId,
    meeting: MeetingId,
}

impl Moving {
    async fn new() -> Self {
        let w = Writing::new().await;
        let second = DavServer::start().await;
        let probed = w.house.probe_dav(&second.http.url("/"), "secret").await.expect("a calendar");
        let other = w.house.add(&probed, &["Work & more"]).await[0];
        w.house.work().await;
        let meeting = w.invited_too().await;
        // The house's own calendars have had their first reading.
        while w.house.work().await > 0 {}
        // The two are read one at a time, as a test says.
        w.house.world.clock.advance(5 * MINUTE);
        let moving = Self { w, second, other, meeting };
        moving.reads(moving.w.source).await;
        moving.reads(other).await;
        moving
    }

    /// One source is read, and no other.
    async fn reads(&self, source: SourceId) {
        self.w.house.world.clock.advance(1_000);
        let who = self.w.house.who();
        self.w.house.world.write(move |cx| calendar::read_now(cx, &who, source)).await;
        assert_eq!(self.w.house.work().await, 1, "nothing else was due");
    }

    /// Lays what lies in the first calendar into the second, under a name of the program's own.
    fn lays_there(&self) {
        let text = self.w.event();
        self.second.dav().put("moved.ics", &text);
    }

    fn deletes_here(&self) {
        let name = self.w.name();
        self.w.server.dav().delete(&name);
    }

    fn there(&self) -> Vec<String> {
        self.second.dav().texts().into_values().map(|text| text.replace("\r\n ", "")).collect()
    }

    async fn answer(&self) -> String {
        self.w.standing(self.meeting).await.1
    }

    /// All that is read goes on for a while, and nothing is made of it.
    async fn goes_on(&self) {
        for _ in 0..8 {
            self.w.house.world.clock.advance(15 * MINUTE);
            while self.w.house.work().await > 0 {}
            self.w.settle().await;
        }
        assert_eq!(self.w.mails(ADA).await.len(), 0);
    }

    /// The event lies in the second calendar alone, and what is done with the meeting and with it is done there.
    async fn lives_there(&self) {
        self.goes_on().await;
        assert_eq!((self.answer().await.as_str(), self.w.events().len()), ("needs-action", 0));
        self.w.move_to(self.meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
        self.w.settle().await;
        assert_eq!((self.w.events().len(), self.there().len(), self.w.mails(ADA).await.len()), (0, 1, 0));
        assert!(self.there()[0].contains("DTSTART:20261126T090000Z"), "{:?}", self.there());
        let accepted = self.there()[0].replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
        self.second.dav().put("moved.ics", &accepted);
        self.goes_on().await;
        assert_eq!(self.answer().await, "accepted");
        self.second.dav().delete("moved.ics");
        self.goes_on().await;
        assert_eq!(self.answer().await, "declined", "gone for good");
    }
}

#[tokio::test]
async fn an_event_that_is_moved_is_followed_where_its_deletion_is_seen_first() {
    let m = Moving::new().await;
    m.lays_there();
    m.deletes_here();
    m.reads(m.w.source).await;
    assert_eq!(m.answer().await, "needs-action", "it is missing, and that is all");
    m.reads(m.other).await;
    m.lives_there().await;
}

#[tokio::test]
async fn an_event_that_is_moved_is_followed_where_its_arrival_is_seen_first() {
    let m = Moving::new().await;
    m.lays_there();
    m.reads(m.other).await;
    m.deletes_here();
    m.reads(m.w.source).await;
    m.lives_there().await;
}

#[tokio::test]
async fn an_event_that_is_deleted_here_and_written_there_a_moment_later_was_moved() {
    let m = Moving::new().await;
    let text = m.w.event();
    m.deletes_here();
    m.reads(m.w.source).await;
    m.reads(m.other).await;
    assert_eq!(m.answer().await, "needs-action", "what is read right after it says nothing yet");
    m.second.dav().put("moved.ics", &text);
    m.lives_there().await;
}

#[tokio::test]
async fn an_event_that_is_answered_while_it_is_moved_is_answered() {
    let m = Moving::new().await;
    let text = m.w.event().replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    m.second.dav().put("moved.ics", &text);
    m.deletes_here();
    m.reads(m.other).await;
    m.reads(m.w.source).await;
    m.goes_on().await;
    assert_eq!((m.answer().await.as_str(), m.there().len()), ("accepted", 1));
}

#[tokio::test]
async fn an_event_that_is_deleted_is_a_decline_soon_after_the_other_calendars_were_read() {
    let m = Moving::new().await;
    m.deletes_here();
    m.reads(m.w.source).await;
    assert_eq!(m.answer().await, "needs-action");
    m.w.house.world.clock.advance(MINUTE);
    assert_eq!(m.w.house.work().await, 1, "the other one is read for it");
    m.w.house.world.clock.advance(MINUTE);
    assert_eq!(m.w.house.work().await, 1, "and its own once more");
    assert_eq!(m.answer().await, "declined");
    m.goes_on().await;
    assert_eq!(m.w.story(m.meeting, "invitation.answered").await, 1);
}

#[tokio::test]
async fn a_calendar_that_cannot_be_read_holds_a_decline_back_for_an_hour_at_most() {
    let m = Moving::new().await;
    m.second.dav().instead = Some(Told::new(503, ""));
    m.deletes_here();
    m.reads(m.w.source).await;
    m.w.house.world.clock.advance(15 * MINUTE);
    m.w.house.work().await;
    assert_eq!(m.answer().await, "needs-action");
    m.w.house.world.clock.advance(HOUR);
    m.w.house.work().await;
    assert_eq!(m.answer().await, "declined");

    // One that lets nobody in, or is not read, is not waited for.
    let m = Moving::new().await;
    m.second.dav().closed = true;
    m.reads(m.other).await;
    m.deletes_here();
    m.reads(m.w.source).await;
    assert_eq!(m.answer().await, "declined");
    let m = Moving::new().await;
    let (who, id) = (m.w.house.who(), m.other);
    let change = SourceChange { counts: Some(false), ..SourceChange::default() };
    m.w.house.world.write(move |cx| calendar::change(cx, &who, id, &change)).await;
    m.deletes_here();
    m.reads(m.w.source).await;
    assert_eq!(m.answer().await, "declined");
}

#[tokio::test]
async fn an_event_that_comes_back_was_never_gone() {
    let m = Moving::new().await;
    let (name, text) = (m.w.name(), m.w.event());
    m.deletes_here();
    m.reads(m.w.source).await;
    m.w.server.dav().put(&name, &text);
    m.goes_on().await;
    assert_eq!((m.answer().await.as_str(), m.w.events().len()), ("needs-action", 1));
}

#[tokio::test]
async fn a_write_that_does_not_find_the_event_follows_it_where_it_is_known_to_lie() {
    let m = Moving::new().await;
    m.lays_there();
    m.reads(m.other).await;
    m.deletes_here();
    m.w.move_to(m.meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    m.w.settle().await;
    assert_eq!((m.w.events().len(), m.there().len(), m.w.mails(ADA).await.len()), (0, 1, 0));
    assert!(m.there()[0].contains("DTSTART:20261126T090000Z"));
    m.w.cancel(m.meeting).await;
    m.w.settle().await;
    assert!(m.there()[0].contains("STATUS:CANCELLED"), "{:?}", m.there());
    m.goes_on().await;
}

#[tokio::test]
async fn an_event_under_another_name_in_the_same_calendar_is_the_same() {
    let m = Moving::new().await;
    let text = m.w.event();
    m.deletes_here();
    m.w.server.dav().put("renamed.ics", &text);
    m.reads(m.w.source).await;
    m.goes_on().await;
    assert_eq!(m.answer().await, "needs-action");
    m.w.move_to(m.meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    m.w.settle().await;
    assert_eq!((m.w.name().as_str(), m.w.mails(ADA).await.len()), ("renamed.ics", 0));
}

#[tokio::test]
async fn what_is_moved_to_where_the_house_cannot_write_is_no_decline_and_goes_by_mail() {
    let w = Writing::new().await;
    let meeting = w.invited_too().await;
    let text = w.event();
    let feed = text.clone();
    let server = HttpServer::start(move |_| Told::new(200, feed.clone())).await;
    w.house.add_feed(&server.url("/private.ics")).await;
    let name = w.name();
    w.server.dav().delete(&name);
    for _ in 0..8 {
        w.house.world.clock.advance(15 * MINUTE);
        while w.house.work().await > 0 {}
        w.settle().await;
    }
    assert_eq!((w.standing(meeting).await.1.as_str(), w.mails(ADA).await.len()), ("needs-action", 0));
    w.move_to(meeting, "2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z").await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 1));
    w.cancel(meeting).await;
    w.settle().await;
    assert_eq!((w.events().len(), w.mails(ADA).await.len()), (0, 2));
    assert!(w.is_quiet().await);
}
