//! Ada's house, which writes her meetings into a calendar of a server with whatever manners a test wants.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::accounts::Role;
use entente::app::person;
use entente::base::house::Decline;
use entente::base::id::{LetterId, MeetingId, ParticipantId, SourceId, UserId};
use entente::base::text::Address;
use entente::base::time::{MINUTE, Timestamp};
use entente::base::{Actor, Road, Who};
use entente::calendar::{self, Due, HolderId, SourceChange};
use entente::journal;
use entente::mail::letters::{Outbox, Transport, calendar_worker, worker};
use entente::meetings::{self, Meeting, NewMeeting, Person};
use entente::post::letter::{self, State};
use entente::post::{self, mailroom};
use entente::queue::{self, Worker};
use entente::store::Cx;
use entente::sync::{self, Patience};

use crate::dav_server::{DavServer, Manner, WORK};
use crate::sync_world::Reading;

/// Ada's address, and that of her guest, who has no account.
pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BEN: &str = "ben.guest@example.net";
/// Who has to wait no longer than a test does.
pub(crate) const PATIENCE: Patience = Patience {
    call: Duration::from_millis(250),
    total: Duration::from_millis(1_500),
    pause: Duration::from_millis(200),
};

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// Ada, her calendar, and what is done with both.
pub(crate) struct Writing {
    pub(crate) house: Reading,
    pub(crate) server: DavServer,
    pub(crate) source: SourceId,
}

impl Writing {
    /// With a calendar that is read, and is written to.
    pub(crate) async fn new() -> Self {
        let mut writing = Self::unread().await;
        writing.choose(true).await;
        writing.read().await;
        writing
    }

    /// With a calendar that is neither.
    pub(crate) async fn unread() -> Self {
        let (house, server) = (Reading::new().await, DavServer::start().await);
        let probed = house.probe_dav(&server.http.url("/"), "secret").await.unwrap();
        let source = house.add(&probed, &["Work & more"]).await[0];
        Self { house, server, source }
    }

    pub(crate) async fn choose(&mut self, writes: bool) {
        let (who, id) = (self.house.who(), self.source);
        let change = SourceChange { writes: Some(writes), ..SourceChange::default() };
        self.house.world.write(move |cx| calendar::change(cx, &who, id, &change)).await;
    }

    /// Reads the calendar, whenever that was due.
    pub(crate) async fn read(&self) {
        self.house.world.clock.advance(15 * MINUTE);
        assert!(self.house.work().await >= 1, "a reading was due");
    }

    /// What these topics' workers do, one after the other.
    fn workers(&self) -> [Worker; 3] {
        let (store, client) = (self.house.world.web.store.clone(), self.house.client.clone());
        let outbox = Outbox::new(store.clone(), Transport::Mailroom, None, 2);
        [
            calendar_worker(outbox.clone(), client.clone(), PATIENCE),
            worker(outbox),
            sync::removals(store, client, PATIENCE),
        ]
    }

    /// Does all that is to be done, and lets time go by for what is tried again soon.
    pub(crate) async fn settle(&self) {
        let workers = self.workers();
        loop {
            let mut done = self.follow().await;
            for worker in &workers {
                let topic = worker.topic;
                let leases = self.house.world.write(move |cx| queue::claim(cx, topic, 50, 600_000)).await;
                done += leases.len();
                for lease in leases {
                    (worker.handler)(lease).await.unwrap();
                }
            }
            if done > 0 {
                continue;
            }
            let soon = self.house.world.write(|cx| {
                let next = queue::next_due(cx, letter::CALENDARS)?;
                Ok(next.is_some_and(|due| due.since(cx.now) < MINUTE))
            });
            if !soon.await {
                return;
            }
            self.house.world.clock.advance(200);
        }
    }

    /// Does what is ready of a topic, once.
    pub(crate) async fn once(&self, topic: &'static str) {
        for worker in self.workers().iter().filter(|worker| worker.topic == topic) {
            for lease in self.house.world.write(move |cx| queue::claim(cx, topic, 50, 600_000)).await {
                (worker.handler)(lease).await.unwrap();
            }
        }
    }

    /// Does one piece of work of a topic, and something else once its first call has come to the server, which waits for that.
    pub(crate) async fn meanwhile(&self, topic: &'static str, other: impl Future<Output = ()>) {
        let lease = self.house.world.write(move |cx| queue::claim(cx, topic, 1, 600_000)).await.remove(0);
        let workers = self.workers();
        let worker = workers.iter().find(|worker| worker.topic == topic).unwrap();
        let before = self.server.http.calls().len();
        self.server.dav().writes = vec![Manner::SilentAfter];
        let done = async {
            while self.server.http.calls().len() == before {
                tokio::task::yield_now().await;
            }
            other.await;
        };
        let (outcome, ()) = tokio::join!((worker.handler)(lease), done);
        outcome.unwrap();
    }

    /// Claims what is ready of a topic, and ends before it is done; then another process begins.
    pub(crate) async fn crash(&self, topic: &'static str) {
        self.house.world.clock.advance(1_000);
        let claimed = self.house.world.write(move |cx| queue::claim(cx, topic, 50, 1)).await;
        assert!(!claimed.is_empty(), "there was something to be interrupted");
        self.house.world.clock.advance(1_000);
    }

    async fn follow(&self) -> usize {
        journal::follow(&self.house.world.web.store, meetings::FOLLOWER).await.unwrap()
    }

    /// Reads the calendar, and does not hand over yet what was read.
    pub(crate) async fn begin_reading(&self) -> (Due, calendar::Reading) {
        self.house.world.clock.advance(15 * MINUTE);
        let claim = |cx: &mut Cx<'_>| {
            let lease = queue::claim(cx, calendar::TOPIC, 1, 600_000)?.remove(0);
            calendar::due(cx, &lease)
        };
        let due = self.house.world.write(claim).await.unwrap();
        let provider = sync::provider(&self.house.world.web.store, &self.house.client, &due).unwrap();
        let reading = provider.read(&due).await.unwrap();
        (due, reading)
    }

    /// Hands over what was read.
    pub(crate) async fn end_reading(&self, (due, reading): (Due, calendar::Reading)) {
        let take = move |cx: &mut Cx<'_>| {
            let mut done = calendar::take_back(cx, &due, &reading)?;
            calendar::take_in(cx, &due, &reading)?;
            done.extend(calendar::missing(cx, &due)?);
            done.iter().try_for_each(|back| meetings::in_calendar(cx, "t", back))
        };
        self.house.world.write(take).await;
    }

    /// When what of the calendar's own events takes time begins.
    pub(crate) async fn busy_of_source(&self) -> Vec<String> {
        let id = self.source;
        let rows = self.house.world.write(move |cx| {
            let sql = "SELECT starts_at FROM busy WHERE source_id = $1 ORDER BY starts_at";
            cx.db.all(sql, entente::values![id], |row| row.get::<Timestamp>("starts_at"))
        });
        rows.await.into_iter().map(Timestamp::to_rfc3339).collect()
    }

    /// What is taken of Ada's time, of all sources together.
    pub(crate) async fn taken(&self, from: Timestamp, to: Timestamp) -> Vec<(i64, i64)> {
        let holder = HolderId::User(self.house.ada);
        let taken = self.house.world.write(move |cx| calendar::busy(cx, &[holder], from, to));
        let taken = taken.await.remove(&holder).unwrap();
        taken.busy.iter().chain(&taken.tentative).map(|one| (one.start, one.end)).collect()
    }

    /// How many entries of a kind the story of a meeting has.
    pub(crate) async fn story(&self, id: MeetingId, kind: &'static str) -> usize {
        let story = self.house.world.write(move |cx| journal::story(cx, &id, 500)).await;
        story.iter().filter(|entry| entry.kind == kind).count()
    }

    /// How many entries of a kind the journal has.
    pub(crate) async fn story_of_house(&self, kind: &'static str) -> usize {
        self.house.world.write(move |cx| journal::newest(cx, kind, 50)).await.len()
    }

    /// The same house with its calendar on the server of another.
    pub(crate) async fn move_into(&mut self, server: &DavServer) {
        let (who, id) = (self.house.who(), self.source);
        self.house.world.write(move |cx| calendar::remove(cx, &who, id)).await;
        let probed = self.house.probe_dav(&server.http.url("/"), "secret").await.unwrap();
        self.source = self.house.add(&probed, &["Work & more"]).await[0];
        self.choose(true).await;
        self.read().await;
    }

    /// Ada asks for her account to be deleted.
    pub(crate) async fn ask_deletion(&self) {
        let (who, ada) = (self.house.who(), self.house.ada);
        self.house.world.write(move |cx| person::ask_deletion(cx, &who, ada)).await;
    }

    /// Ada's account is erased.
    pub(crate) async fn erase(&self) {
        let ada = self.house.ada;
        let erase = move |cx: &mut Cx<'_>| {
            let whose = person::Person::of(cx, ada)?;
            person::erase(cx, &Self::operator(), &whose)
        };
        self.house.world.write(erase).await;
    }

    /// A meeting that Cleo hosts, and Ada is invited to.
    pub(crate) async fn invited_too(&self) -> MeetingId {
        self.user("cleo@example.org").await;
        let meeting = self.hosted_by("cleo@example.org", &[ADA, BEN]).await;
        self.settle().await;
        meeting
    }

    /// Ada meets Ben.
    pub(crate) async fn book(&self) -> MeetingId {
        self.book_with(&[BEN]).await
    }

    pub(crate) async fn book_with(&self, guests: &[&str]) -> MeetingId {
        self.hosted_by(ADA, guests).await
    }

    pub(crate) async fn hosted_by(&self, host: &str, guests: &[&str]) -> MeetingId {
        let person =
            |address: &str| Person { address: Address::parse(address).unwrap(), name: None, zone: None };
        let new = NewMeeting {
            resources: Vec::new(),
            title: "Practice".to_owned(),
            start: at("2026-11-25T10:30:00Z"),
            end: at("2026-11-25T11:15:00Z"),
            location: "Room 7".to_owned(),
            video: false,
            description: "Second movement.".to_owned(),
            host: person(host),
            guests: guests.iter().map(|guest| person(guest)).collect(),
            decline: Some(Decline::Soft),
            approval: None,
        };
        let who = Self::operator();
        self.house.world.write(move |cx| meetings::create(cx, &who, &new)).await.id
    }

    /// Books, and has everything sent.
    pub(crate) async fn booked(&self) -> MeetingId {
        let meeting = self.book().await;
        self.settle().await;
        meeting
    }

    pub(crate) async fn meeting(&self, id: MeetingId) -> Meeting {
        self.house.world.write(move |cx| meetings::load(cx, id)).await
    }

    /// The token in the organizer's address, as Ada has it.
    pub(crate) async fn reply_token(&self, id: MeetingId) -> String {
        let me = self.ada_at(id).await;
        self.house.world.write(move |cx| meetings::reply_token(cx, me)).await.unwrap()
    }

    /// Who Ada is there.
    pub(crate) async fn ada_at(&self, id: MeetingId) -> ParticipantId {
        let meeting = self.meeting(id).await;
        meeting.participants.iter().find(|one| one.address.as_str() == ADA).unwrap().id
    }

    pub(crate) async fn move_to(&self, id: MeetingId, start: &str, end: &str) {
        let (who, start, end) = (Self::operator(), at(start), at(end));
        self.house.world.write(move |cx| meetings::move_to(cx, &who, id, start, end)).await;
    }

    pub(crate) async fn cancel(&self, id: MeetingId) {
        let who = Self::operator();
        self.house.world.write(move |cx| meetings::cancel(cx, &who, id)).await;
    }

    /// The texts of what lies in Ada's calendar.
    pub(crate) fn events(&self) -> Vec<String> {
        self.server.dav().texts().into_values().map(|text| text.replace("\r\n ", "")).collect()
    }

    /// The only one there is.
    pub(crate) fn event(&self) -> String {
        let events = self.events();
        assert_eq!(events.len(), 1, "{events:#?}");
        events[0].clone()
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        let names: Vec<String> = self.server.dav().texts().into_keys().collect();
        assert_eq!(names.len(), 1, "{names:?}");
        names[0].clone()
    }

    /// Ada lays another version of it down, with `from` replaced by `to`.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let name = self.name();
        let text = self.server.dav().texts()[&name].replace("\r\n ", "");
        assert!(text.contains(from), "{from} in {text}");
        self.server.dav().put(&name, &text.replace(from, to));
    }

    /// The subjects of the mails in somebody's mailbox, oldest first.
    pub(crate) async fn mails(&self, address: &'static str) -> Vec<String> {
        let mut mails = self.house.world.write(move |cx| mailroom::mails(cx, address, 50)).await;
        mails.sort_by_key(|mail| mail.id);
        let subject = |raw: &[u8]| {
            let text = String::from_utf8_lossy(raw).into_owned();
            text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned()
        };
        mails.iter().map(|mail| subject(&mail.raw)).collect()
    }

    /// Kind and state of the letters to somebody, oldest first.
    pub(crate) async fn letters(&self, address: &'static str) -> Vec<(&'static str, State)> {
        let kept = self.house.world.write(move |cx| {
            let ids: Vec<LetterId> =
                cx.db.all("SELECT id FROM letters WHERE id > '' ORDER BY id", &[], |row| row.get("id"))?;
            ids.into_iter().map(|id| letter::without_bytes(cx, id)).collect::<Result<Vec<_>, _>>()
        });
        let theirs = kept.await.into_iter().filter(|kept| kept.letter.reader.address == address);
        theirs.map(|kept| (kept.letter.says.kind(), kept.state)).collect()
    }

    /// How Ada's invitation stands: delivery and answer.
    pub(crate) async fn standing(&self, id: MeetingId) -> (String, String) {
        let me = self.ada_at(id).await;
        let meeting = self.meeting(id).await;
        let one = meeting.participant(me).unwrap();
        (one.delivery.as_str().to_owned(), one.partstat.as_str().to_owned())
    }

    /// Another account of the house.
    pub(crate) async fn user(&self, address: &'static str) -> UserId {
        self.house.world.user(address, "Cleo", Role::Member).await
    }

    pub(crate) fn operator() -> Actor {
        Actor::new(Who::Operator, Road::Cli, "t")
    }

    /// How many calls of a method Ada's server had.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.server.count(method, "")
    }

    /// Whether nothing waits, and nothing is dead.
    pub(crate) async fn is_quiet(&self) -> bool {
        let topics = self.house.world.write(|cx| queue::topics(cx)).await;
        let busy = [post::TOPIC, letter::CALENDARS, calendar::TAKING_OUT];
        topics.iter().all(|topic| !busy.contains(&topic.topic.as_str()))
    }

    /// The path of an object.
    pub(crate) fn path(&self) -> String {
        format!("{WORK}{}", self.name())
    }
}
