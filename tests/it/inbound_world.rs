//! A small house for the tests of incoming mail: a store, a clock that is set, a meeting of Ben and Ana that was
//! moved once, and messages as programs write them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use entente::base::actor::{Actor, Road, Who};
use entente::base::house::{House, Subaddress};
use entente::base::id::{MeetingId, ParticipantId};
use entente::base::random::Chance;
use entente::base::secret::Keys;
use entente::base::text::Address;
use entente::base::time::{Clock, HOUR, Timestamp, Zone};
use entente::config::Config;
use entente::itip::Arrival;
use entente::journal;
use entente::mail::inbound::{Intake, Received, Taken};
use entente::mail::wire::Verifier;
use entente::meetings::{self, Meeting, NewMeeting, Person, ProposalStatus, Role};
use entente::post::inbound::Inbound;
use entente::post::letter::{self, Kept, State};
use entente::store::{Cx, Durability, Ground, Options, Store};

pub(crate) const ANA: &str = "ana.guest@example.org";
pub(crate) const BEN: &str = "ben.host@example.org";
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(crate) fn house() -> House {
    let mut house = House::new(address("scheduling@entente.test"), "http://localhost:8080");
    house.is_mailroom = false;
    house.subaddress = Subaddress::On;
    house
}

pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, TRACE)
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) intake: Intake,
    pub(crate) meeting: MeetingId,
    pub(crate) ana: ParticipantId,
    pub(crate) ben: ParticipantId,
    pub(crate) uid: String,
    arrivals: AtomicU32,
    _directory: tempfile::TempDir,
}

impl World {
    /// At 2026-11-20 10:15 UTC; the meeting is on the 25th, 10:30 to 11:15, at its second revision: before, it
    /// was on the 24th.
    pub(crate) async fn new() -> Self {
        Self::with(house(), None).await
    }

    pub(crate) async fn with(house: House, pages_max: Option<u32>) -> Self {
        Self::configured(house, pages_max, &Config::default()).await
    }

    pub(crate) async fn configured(house: House, pages_max: Option<u32>, config: &Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::set_at(at("2026-11-20T09:00:00Z"));
        let ground = Ground {
            house: Arc::new(house),
            clock: clock.clone(),
            chance: Chance::seeded(11),
            keys: Keys::derive(&[3; 32]),
            instance: "test".into(),
        };
        let path = directory.path().join("entente.db");
        let options = Options { durability: Durability::Process, pages_max, ..Options::at(path) };
        let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
        let intake = Intake::new(store.clone(), config).with_verifier(Verifier::offline());
        let made = store.write(make).await.unwrap();
        let of = |role| made.participants.iter().find(|one| one.role == role).unwrap().id;
        let world = Self {
            meeting: made.id,
            ana: of(Role::Guest),
            ben: of(Role::Host),
            uid: made.uid.clone(),
            store,
            clock,
            intake,
            arrivals: AtomicU32::new(1),
            _directory: directory,
        };
        world.deliver().await;
        world.clock.advance(HOUR + HOUR / 4);
        world
    }

    /// As if everything that waits had been sent.
    pub(crate) async fn deliver(&self) {
        let participants = [self.ana, self.ben];
        self.store
            .write(move |cx| {
                for participant in participants {
                    for kept in letter::of_participant(cx, participant, 100)? {
                        if kept.state == State::Queued {
                            let who = Actor::house(TRACE);
                            meetings::settle(cx, &who, kept.letter.id, State::Sent, None)?;
                        }
                    }
                }
                Ok(())
            })
            .await
            .unwrap();
    }

    pub(crate) fn received(&self, raw: impl Into<Vec<u8>>) -> Received {
        let arrived = Arrival { at: self.clock.now(), number: self.arrivals.fetch_add(1, Ordering::SeqCst) };
        Received { raw: raw.into(), road: "imap", rcpt: None, arrived, cursor: None }
    }

    pub(crate) async fn take(&self, raw: impl Into<Vec<u8>>) -> Taken {
        self.intake.take(self.received(raw)).await.unwrap()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> entente::base::Result<T> + Send + 'static,
    ) -> T {
        self.store.read(closure).await.unwrap()
    }

    pub(crate) async fn now(&self) -> Meeting {
        let id = self.meeting;
        self.read(move |cx| meetings::load(cx, id)).await
    }

    /// What Ana answered, as the API says it.
    pub(crate) async fn ana_says(&self) -> &'static str {
        self.now().await.participant(self.ana).unwrap().partstat.as_str()
    }

    pub(crate) async fn proposals(&self) -> Vec<(Timestamp, Timestamp, ProposalStatus, String)> {
        let id = self.meeting;
        let seen = self.read(move |cx| meetings::see(cx, &operator(), id)).await;
        seen.proposals
            .into_iter()
            .map(|one| (one.proposal.start, one.proposal.end, one.proposal.status, one.proposal.note))
            .collect()
    }

    pub(crate) async fn letters(&self, participant: ParticipantId) -> Vec<Kept> {
        self.read(move |cx| letter::of_participant(cx, participant, 100)).await
    }

    /// How many letters of a kind were written to a participant.
    pub(crate) async fn count(&self, participant: ParticipantId, kind: &str) -> usize {
        self.letters(participant).await.iter().filter(|kept| kept.letter.says.kind() == kind).count()
    }

    pub(crate) async fn kept(&self, taken: &Taken) -> Inbound {
        let id = taken.id;
        self.read(move |cx| entente::post::inbound::get(cx, id)).await
    }

    pub(crate) async fn token(&self, participant: ParticipantId) -> String {
        self.read(move |cx| meetings::reply_token(cx, participant)).await.unwrap()
    }

    /// The organizer's address as Ana's mails carry it.
    pub(crate) async fn organizer(&self) -> String {
        format!("scheduling+{}@entente.test", self.token(self.ana).await)
    }

    /// A fixture, filled in, as it comes over the wire.
    pub(crate) async fn fixture(&self, name: &str) -> Vec<u8> {
        let text = template(name);
        let filled = fill(&text, &self.uid, &self.organizer().await, ANA, self.now().await.sequence);
        wired(&filled)
    }

    /// A REPLY of Ana's as a careful program writes it, changed by `change`.
    pub(crate) async fn reply(&self, change: impl FnOnce(&mut Reply)) -> Vec<u8> {
        let mut reply = Reply {
            from: ANA.to_owned(),
            to: self.organizer().await,
            attendee: ANA.to_owned(),
            method: "REPLY",
            partstat: "ACCEPTED",
            uid: self.uid.clone(),
            sequence: Some(self.now().await.sequence),
            dtstamp: Some("20261120T101112Z"),
            start: "20261125T103000Z",
            end: "20261125T111500Z",
            id: format!("r{}@mail.example.org", self.arrivals.load(Ordering::SeqCst)),
            headers: String::new(),
            lines: String::new(),
        };
        change(&mut reply);
        reply.to_raw()
    }
}

fn make(cx: &mut Cx<'_>) -> entente::base::Result<Meeting> {
    let person = |text: &str, name: &str| Person {
        address: address(text),
        name: Some(name.to_owned()),
        zone: Zone::parse("Europe/Paris"),
    };
    let new = NewMeeting {
        title: "Practice Session".to_owned(),
        start: at("2026-11-24T10:30:00Z"),
        end: at("2026-11-24T11:15:00Z"),
        location: String::new(),
        video: false,
        description: String::new(),
        host: person(BEN, "Ben Host"),
        guests: vec![person(ANA, "Ana Guest")],
        resources: Vec::new(),
        decline: None,
        approval: None,
    };
    let made = meetings::create(cx, &operator(), &new)?;
    meetings::move_to(cx, &operator(), made.id, at("2026-11-25T10:30:00Z"), at("2026-11-25T11:15:00Z"))
}

/// A REPLY, COUNTER or REFRESH, field by field.
pub(crate) struct Reply {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) attendee: String,
    pub(crate) method: &'static str,
    pub(crate) partstat: &'static str,
    pub(crate) uid: String,
    pub(crate) sequence: Option<i64>,
    pub(crate) dtstamp: Option<&'static str>,
    pub(crate) start: &'static str,
    pub(crate) end: &'static str,
    pub(crate) id: String,
    /// Further header lines, each with its CR LF.
    pub(crate) headers: String,
    /// Further lines of the event.
    pub(crate) lines: String,
}

impl Reply {
    fn to_raw(&self) -> Vec<u8> {
        let sequence = self.sequence.map(|n| format!("SEQUENCE:{n}\r\n")).unwrap_or_default();
        let dtstamp = self.dtstamp.map(|at| format!("DTSTAMP:{at}\r\n")).unwrap_or_default();
        let attendee = if self.attendee.is_empty() {
            String::new()
        } else {
            format!("ATTENDEE;PARTSTAT={}:mailto:{}\r\n", self.partstat, self.attendee)
        };
        let id = if self.id.is_empty() { String::new() } else { format!("Message-ID: <{}>\r\n", self.id) };
        format!(
            "{headers}From: <{from}>\r\nTo: <{to}>\r\nSubject: An answer\r\nDate: Fri, 20 Nov 2026 10:11:12 +0000\r\n\
             {id}MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n\
             BEGIN:VCALENDAR\r\nPRODID:-//Example//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n\
             UID:{uid}\r\n{sequence}{dtstamp}{attendee}DTSTART:{start}\r\nDTEND:{end}\r\n{lines}\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
            headers = self.headers,
            from = self.from,
            to = self.to,
            method = self.method,
            uid = self.uid,
            start = self.start,
            end = self.end,
            lines = self.lines,
        )
        .into_bytes()
    }
}

/// Plain words from somebody to an address.
pub(crate) fn words(from: &str, to: &str, headers: &str, text: &str) -> Vec<u8> {
    format!(
        "{headers}From: <{from}>\r\nTo: <{to}>\r\nSubject: Re: Practice Session\r\n\
         Date: Fri, 20 Nov 2026 10:11:12 +0000\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

pub(crate) fn fixtures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/inbound");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".eml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

pub(crate) fn template(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/inbound/{name}.eml"));
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

pub(crate) fn fill(text: &str, uid: &str, organizer: &str, attendee: &str, sequence: i64) -> String {
    text.replace("{{UID}}", uid)
        .replace("{{ORGANIZER}}", organizer)
        .replace("{{ATTENDEE}}", attendee)
        .replace("{{SEQUENCE}}", &sequence.to_string())
}

/// Encodes what stands between `{{BASE64}}` or `{{QP}}` and `{{END}}`, and ends lines as the wire does.
pub(crate) fn wired(text: &str) -> Vec<u8> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let (before, block) = rest.split_at(begin);
        out.push_str(&before.replace('\n', "\r\n"));
        let (mark, block) = block.split_once("}}\n").unwrap();
        let (inside, after) = block.split_once("{{END}}\n").unwrap();
        let inside = inside.replace('\n', "\r\n");
        out.push_str(&if mark == "{{BASE64" { base64(inside.as_bytes()) } else { quoted(&inside) });
        rest = after;
    }
    out.push_str(&rest.replace('\n', "\r\n"));
    out.into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut coded = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
            coded.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    let lines: Vec<&str> =
        coded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("{}\r\n", lines.join("\r\n"))
}

fn quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for line in text.split_inclusive("\r\n") {
        let mut length = 0;
        for byte in line.trim_end_matches("\r\n").bytes() {
            let plain = (byte.is_ascii_graphic() && byte != b'=') || byte == b' ';
            if plain {
                out.push(char::from(byte));
            } else {
                write!(out, "={byte:02X}").unwrap();
            }
            length += if plain { 1 } else { 3 };
            if length > 70 {
                out.push_str("=\r\n");
                length = 0;
            }
        }
        out.push_str("\r\n");
    }
    out
}
