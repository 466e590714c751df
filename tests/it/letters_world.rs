//! A house with a meeting of four in it, and its outbox: what the tests of letters share.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;
use std::time::Duration;

use entente::base::house::{Approval, House, Subaddress};
use entente::base::id::ConnectionId;
use entente::base::id::{LetterId, LinkId, ParticipantId};
use entente::base::text::Address;
use entente::base::{Actor, Chance, Clock, Keys, Result, Road, Timestamp, Who, Zone};
use entente::groups::{Mode, NewCandidate, NewGroup, Subject};
use entente::journal;
use entente::links::{self, Purpose};
use entente::mail::letters::{Facts, Outbox, Rendered, render, worker};
use entente::mail::wire::{Security, Smtp, SmtpSettings};
use entente::meetings::{self, Meeting, NewMeeting, Person};
use entente::post::letter::{self, Kept};
use entente::queue;
use entente::store::{Cx, Durability, Ground, Options, Store};
use entente::values;

/// Local parts that are words of nothing else.
pub(crate) const HOST: &str = "quillonmarsh@hosts.example";
pub(crate) const GUESTS: [&str; 3] =
    ["tamsinweir@one.example", "orlofdrey@two.example", "Bexley.Quinn@three.example"];

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) directory: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, None)
    }

    /// A house changed by `change`, on a disk of so many pages.
    pub(crate) fn with(change: impl FnOnce(&mut House), pages_max: Option<u32>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::set_at(at("2026-11-20T09:00:00Z"));
        let mut house = House::new(address("scheduling@entente.test"), "https://meet.entente.test");
        house.subaddress = Subaddress::On;
        change(&mut house);
        let ground = Ground {
            clock: clock.clone(),
            chance: Chance::seeded(11),
            keys: Keys::derive(&[9; 32]),
            house: Arc::new(house),
            instance: "test".to_owned(),
        };
        let mut options = Options::at(directory.path().join("entente.db"));
        options.durability = Durability::Process;
        options.pages_max = pages_max;
        let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
        Self { store, clock, directory }
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        let store = self.store.clone();
        std::thread::spawn(move || store.write_blocking(closure).unwrap()).join().unwrap()
    }

    pub(crate) fn read<T>(&self, closure: impl Fn(&mut Cx<'_>) -> Result<T>) -> T {
        self.store.read_blocking(closure).unwrap()
    }

    /// Books a meeting, every word of it from outside.
    pub(crate) fn book(&self, title: &str, description: &str, guests: &[(&str, &str)]) -> Meeting {
        self.book_as(title, description, guests, None)
    }

    /// As [`World::book`], with a policy of its own.
    pub(crate) fn book_as(
        &self,
        title: &str,
        description: &str,
        guests: &[(&str, &str)],
        approval: Option<Approval>,
    ) -> Meeting {
        let person = |(address_text, name): &(&str, &str), zone: &str| Person {
            address: address(address_text),
            name: (!name.is_empty()).then(|| (*name).to_owned()),
            zone: Zone::parse(zone),
        };
        let new = NewMeeting {
            title: title.to_owned(),
            start: at("2026-11-25T10:30:00Z"),
            end: at("2026-11-25T11:15:00Z"),
            location: "https://video.example.org/practice".to_owned(),
            video: false,
            description: description.to_owned(),
            host: person(&(HOST, "Alex"), "Europe/Paris"),
            guests: guests.iter().map(|guest| person(guest, "America/New_York")).collect(),
            resources: Vec::new(),
            decline: None,
            approval,
        };
        self.write(move |cx| meetings::create(cx, &operator(), &new))
    }

    /// A meeting of the host and Robin.
    pub(crate) fn book_two(&self) -> Meeting {
        self.book("Practice session", "Second movement.", &[(GUESTS[0], "Robin")])
    }

    /// All letters there are, oldest first.
    pub(crate) fn letters(&self) -> Vec<Kept> {
        self.read(|cx| {
            let ids: Vec<LetterId> =
                cx.db.all("SELECT id FROM letters WHERE id > '' ORDER BY id", &[], |row| row.get("id"))?;
            ids.into_iter().map(|id| letter::get(cx, id)).collect()
        })
    }

    /// The newest letter of a kind to somebody.
    pub(crate) fn letter(&self, kind: &str, to: &str) -> Kept {
        let fits = |kept: &Kept| kept.letter.says.kind() == kind && kept.letter.reader.address == to;
        self.letters().into_iter().rfind(fits).unwrap()
    }

    /// A letter's bytes, as the outbox renders them.
    pub(crate) fn rendered(&self, kept: &Kept) -> Rendered {
        let token = self.token(kept.letter.reader.participant);
        let ground = self.store.ground();
        let facts = Facts {
            letter: &kept.letter,
            token: token.as_deref(),
            has_account: true,
            keys: &ground.keys,
            house: &ground.house,
            dkim: None,
        };
        render(&facts).unwrap()
    }

    pub(crate) fn token(&self, participant: Option<ParticipantId>) -> Option<String> {
        self.read(|cx| Ok(participant.map(|one| meetings::reply_token(cx, one)).transpose()?.flatten()))
    }

    /// The secret of a link, as its bearer has it.
    pub(crate) fn secret(&self, purpose: Purpose, link: LinkId) -> String {
        let url = links::url(&self.store.ground().keys, "", purpose, link);
        url.split_once('=').unwrap().1.to_owned()
    }

    /// An outbox that submits to a server of the test's.
    pub(crate) fn outbox(&self, port: u16, connections: usize) -> Outbox {
        let settings = SmtpSettings {
            port,
            tls: Security::None,
            hello_name: "entente.test".to_owned(),
            connections,
            connect_timeout: Duration::from_millis(1500),
            command_timeout: Duration::from_millis(300),
            data_timeout: Duration::from_millis(300),
            ..SmtpSettings::new("localhost")
        };
        let smtp = entente::mail::letters::Transport::Smtp(Smtp::new(settings).unwrap());
        Outbox::new(self.store.clone(), smtp, None, connections)
    }

    /// Works on the queue until `done` says so, then stops the worker.
    pub(crate) async fn work_until(&self, outbox: &Outbox, done: impl Fn(&Self) -> bool) {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(queue::run(self.store.clone(), worker(outbox.clone()), stopped));
        let mut changes = self.store.changes();
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            while !done(self) {
                let _ = tokio::time::timeout(Duration::from_millis(200), changes.changed()).await;
            }
        });
        let outcome = waited.await;
        stop.send(true).unwrap();
        running.await.unwrap();
        assert!(outcome.is_ok(), "waited in vain: {:?}", self.states());
    }

    /// Kind, reader and state of every letter.
    pub(crate) fn states(&self) -> Vec<(&'static str, String, &'static str)> {
        let one =
            |kept: Kept| (kept.letter.says.kind(), kept.letter.reader.address.clone(), kept.state.as_str());
        self.letters().into_iter().map(one).collect()
    }

    /// Whether every letter is in this state.
    pub(crate) fn all_are(&self, state: &str) -> bool {
        self.states().iter().all(|(_, _, one)| *one == state)
    }
}

pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "0123456789abcdef0123456789abcdef")
}

/// Something for one connection to vote on, with whatever stands in the question as a candidate too.
pub(crate) fn voted(with: ConnectionId, question: String) -> NewGroup {
    NewGroup {
        candidates: vec![NewCandidate { label: question.clone(), time: None }],
        question,
        mode: Mode::Broadcast,
        subject: Subject::Question,
        with: vec![with],
        want: None,
        quorum: None,
        threshold: None,
        deadline: None,
        open_until: None,
        rounds: None,
        turn_seconds: None,
        on_silence: None,
        conversation: None,
    }
}

/// Has a letter that waits say something else, as if it had come past the rooms; gives how many letters that were.
pub(crate) fn reword(cx: &Cx<'_>, id: LetterId, from: &str, to: &str) -> Result<usize> {
    let place = "letters.letter";
    let sealed: Option<Vec<u8>> =
        cx.db.one("SELECT sealed_letter FROM letters WHERE id = $1", values![id], |row| {
            row.get("sealed_letter")
        })?;
    let said = String::from_utf8(cx.keys().open(place, &sealed.unwrap())?).unwrap();
    assert!(said.contains(from), "{said}");
    let says = cx.keys().seal(cx.chance(), place, said.replace(from, to).as_bytes());
    cx.db.execute("UPDATE letters SET sealed_letter = $2 WHERE id = $1", values![id, says])
}
