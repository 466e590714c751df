//! Tests of notices: a house with a host and a guest who have accounts, one guest who has none, and a clock that is moved.

mod alerts;
mod calendars;
mod deadlines;
mod hours;
mod learning;
mod mailing;
mod sessions;

use super::*;
use crate::accounts::{self, NewUser, Role, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::house::House;
use crate::base::id::{AgentId, Id, MeetingId};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::itip::PartStat;
use crate::journal::{self, Happening};
use crate::meetings::{self, Asked, Decision, Meeting, NewMeeting, Person};
use crate::post::letter::{self, Kept, Says, State};
use crate::post::tests::{NOW, Town, address};
use crate::queue;
use crate::store::Cx;

const ANA: &str = "ana@example.org";
const BEN: &str = "ben@example.net";
/// Has no account.
const KIM: &str = "kim@example.com";

/// A house as it is unless configured otherwise.
fn house() -> House {
    House::new(address("scheduling@entente.test"), "http://entente.test")
}

struct World {
    town: Town,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn paris() -> Zone {
    Zone::parse("Europe/Paris").unwrap()
}

/// An hour with Ana.
fn tea(start: Timestamp, guests: Vec<Person>) -> NewMeeting {
    NewMeeting {
        title: "Tea".to_owned(),
        start,
        end: start.plus(HOUR),
        location: String::new(),
        video: false,
        description: String::new(),
        host: Person { address: address(ANA), name: Some("Ana".to_owned()), zone: None },
        guests,
        resources: Vec::new(),
        decline: None,
        approval: None,
    }
}

impl World {
    /// Ana and Ben, in Paris.
    fn new() -> Self {
        let world = Self { town: Town::new() };
        for (email, name) in [(ANA, "Ana"), (BEN, "Ben")] {
            world.write(move |cx| {
                let new = NewUser {
                    address: address(email),
                    name: name.to_owned(),
                    zone: Some(paris()),
                    role: Role::Member,
                };
                accounts::add(cx, &operator(), &new).map(drop)
            });
        }
        world.follow();
        world
    }

    fn write<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> crate::base::Result<T> + Send + 'static,
    ) -> T {
        self.town.write(closure).unwrap()
    }

    fn user(&self, email: &str) -> User {
        self.town.read(|cx| accounts::by_address(cx, &address(email))).expect("they have an account")
    }

    fn actor(&self, email: &str) -> Actor {
        Actor::new(Who::User { id: self.user(email).id, admin: false }, Road::Page, "t")
    }

    /// Lets the follower read what is new, as it does by itself.
    fn follow(&self) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { while journal::follow(&store, learn::FOLLOWER).await.unwrap() > 0 {} });
    }

    /// Does what fell due, until nothing is due any more; the followers read what comes of it.
    fn run(&self) {
        loop {
            let done = self.write(|cx| {
                let leases = queue::claim(cx, TOPIC, 50, MINUTE)?;
                leases.iter().try_for_each(|lease| due(cx, lease))?;
                Ok(leases.len())
            });
            self.follow();
            if done == 0 {
                return;
            }
        }
    }

    /// Goes to a time, with everything done that falls due on the way, hour by hour.
    fn go_to(&self, at: Timestamp) {
        while self.now() < at {
            self.town.clock.advance(at.since(self.now()).min(HOUR));
            self.run();
        }
    }

    fn now(&self) -> Timestamp {
        self.town.clock.now()
    }

    /// A meeting of Ana with Ben and Kim, made by Ana, its invitations sent.
    fn meeting_at(&self, start: Timestamp) -> Meeting {
        let ana = self.actor(ANA);
        let person = |email: &str, name: &str| Person {
            address: address(email),
            name: Some(name.to_owned()),
            zone: None,
        };
        let meeting = self.write(move |cx| {
            let new = tea(start, vec![person(BEN, "Ben"), person(KIM, "Kim")]);
            meetings::create(cx, &ana, &new)
        });
        self.deliver();
        self.follow();
        meeting
    }

    /// In a week.
    fn meeting(&self) -> Meeting {
        self.meeting_at(NOW.plus(7 * DAY))
    }

    /// Sends every letter that is due; gives them.
    fn deliver(&self) -> Vec<Kept> {
        self.write(|cx| {
            let mut sent = Vec::new();
            for lease in queue::claim(cx, letter::TOPIC, 100, MINUTE)? {
                let id = lease.payload["letter"].as_str().unwrap().parse()?;
                queue::done(cx, &lease)?;
                sent.push(letter::get(cx, id)?);
                meetings::settle(cx, &Actor::house("t"), id, State::Sent, Some("250 ok"))?;
            }
            Ok(sent)
        })
    }

    fn load(&self, id: MeetingId) -> Meeting {
        self.town.read(|cx| meetings::load(cx, id))
    }

    fn answer(&self, meeting: MeetingId, email: &str, partstat: PartStat) {
        let meeting = self.load(meeting);
        let one = meeting.participants.iter().find(|one| one.address == address(email)).unwrap().id;
        let who = Actor::new(Who::Participant(one), Road::Link, "t");
        self.write(move |cx| meetings::answer(cx, &who, &meeting, one, partstat).map(drop));
        self.follow();
    }

    /// Ana moves it.
    fn move_to(&self, meeting: MeetingId, start: Timestamp) {
        let ana = self.actor(ANA);
        self.write(move |cx| meetings::move_to(cx, &ana, meeting, start, start.plus(HOUR)).map(drop));
        self.follow();
    }

    fn shown(&self, email: &str) -> Vec<Shown> {
        let user = self.user(email).id;
        self.town.read(|cx| after(cx, user, 0, 200, "t"))
    }

    /// Somebody's notices, oldest first: kind and sentence.
    fn told(&self, email: &str) -> Vec<(&'static str, String)> {
        self.shown(email).iter().map(|one| (one.notice.kind.as_str(), sentence(&one.news))).collect()
    }

    fn kinds(&self, email: &str) -> Vec<&'static str> {
        self.told(email).into_iter().map(|(kind, _)| kind).collect()
    }

    fn choose(&self, email: &str, change: impl Fn(&mut Preferences)) {
        let who = self.actor(email);
        let mut chosen = self.town.read(|cx| preferences(cx, &who));
        change(&mut chosen);
        self.write(move |cx| set_preferences(cx, &who, &chosen).map(drop));
    }

    /// The letters of a kind, oldest first: to whom, and when at the earliest.
    fn letters(&self, kind: &str) -> Vec<(String, Timestamp)> {
        let fits = |kept: &Kept| kept.letter.says.kind() == kind && kept.state != State::Superseded;
        let all = self.town.letters().into_iter().filter(fits);
        all.map(|kept| (kept.letter.reader.address.clone(), Timestamp::from_ms(kept.letter.at))).collect()
    }

    /// Something of the network's, as it will be written there.
    fn connection(&self, kind: &'static str, by: &str, to: &str) {
        let (who, to) = (self.actor(by), self.user(to).id);
        self.write(move |cx| {
            let subject = "con_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned();
            journal::append(cx, &who, &Happening::to(kind, &subject).with(&to)).map(drop)
        });
        self.follow();
    }
}

#[cfg(debug_assertions)]
#[test]
fn no_query_of_notices_reads_a_whole_table() {
    let world = World::new();
    let meeting = world.meeting();
    world.choose(ANA, |chosen| {
        chosen.mail.insert(Kind::MeetingAnswered, Mail::Daily);
        chosen.remind_minutes = Some(30);
        chosen.digest_at = 600;
    });
    world.answer(meeting.id, BEN, PartStat::Accepted);
    world.connection("connection.invited", BEN, ANA);
    world.connection("connection.accepted", ANA, BEN);
    world.go_to(NOW.plus(2 * DAY));
    let (ana, who) = (world.user(ANA).id, world.actor(ANA));
    world.write(move |cx| {
        for unread in [true, false] {
            list(cx, &who, Listing { unread, before: Some(100), limit: 10 })?;
        }
        changed_since(cx, 0)?;
        let first = after(cx, ana, 0, 1, "t")?.remove(0).notice.id;
        mark_read(cx, &who, first)?;
        mark_all(cx, &who, None)?;
        export(cx, ana)?;
        delete_ended(cx)?;
        erase(cx, ana)
    });
    // What a test looks with is no statement of the house.
    let is_ours = |sql: &str| !sql.contains("AS cell") && !sql.contains("pragma");
    let scans = world.town.read(|cx| {
        let mut found = Vec::new();
        for sql in
            crate::store::statements::seen().iter().filter(|sql| sql.contains("notice") && is_ours(sql))
        {
            let Ok(plan) = cx.db.plan(sql) else { continue };
            let scan = |step: &&String| {
                step.starts_with("SCAN ") && !step.contains("some") && !step.contains("CONSTANT")
            };
            found.extend(plan.iter().filter(scan).map(|step| format!("{step}: {sql}")));
        }
        Ok(found)
    });
    assert_eq!(scans, Vec::<String>::new());
}
