//! Tests of meetings: a world of one house, its people's mailboxes and calendars, and every road into it.

mod answers;
mod booking;
mod delivery;
mod erasure;
mod house;
mod incoming;
mod moving;
mod occupancy;
#[cfg(debug_assertions)]
mod plans;
mod properties;
mod resources;
mod said;

use super::about_you;
use super::by_link::{self, Opened};
use super::hold;
use super::incoming::{Beside, Sender, Verdict};
use super::*;
use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::house::{Approval, Decline, House};
use crate::base::id::{InboundId, LetterId, LinkId, UserId};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::calendar;
use crate::itip::{self, Arrival, Attendee, Incoming, Method, Moment, PartStat};
use crate::journal;
use crate::links::{Purpose, Standing};
use crate::post::inbound::Outcome;
use crate::post::letter::{self, Cause, Kept, Says, State};
use crate::post::tests::{NOW, Town, address};
use crate::queue;

/// When the meeting of most tests begins and ends.
const START: Timestamp = NOW.plus(7 * DAY);
const END: Timestamp = START.plus(HOUR);

struct World {
    town: Town,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn anyone() -> Actor {
    Actor::new(Who::Anyone, Road::Link, "t")
}

fn mail() -> Actor {
    Actor::new(Who::House, Road::Mail, "t")
}

fn person(email: &str) -> Person {
    let name = email.split(['@', '+']).next().unwrap();
    Person { address: address(email), name: Some(format!("Name-of-{name}")), zone: None }
}

/// A meeting of `ana` with `guests`, to be made.
fn tea(guests: &[&str]) -> NewMeeting {
    NewMeeting {
        title: "Tea".to_owned(),
        start: START,
        end: END,
        location: "Kitchen".to_owned(),
        video: false,
        description: "With cake.".to_owned(),
        host: person("ana@example.org"),
        guests: guests.iter().map(|guest| person(guest)).collect(),
        resources: Vec::new(),
        decline: None,
        approval: None,
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

impl World {
    fn new() -> Self {
        Self { town: Town::new() }
    }

    fn with(change: impl Fn(&mut House)) -> Self {
        Self { town: Town::with(change) }
    }

    /// Makes an account.
    fn sign_up(&self, email: &str) -> UserId {
        let new = accounts::NewUser {
            address: address(email),
            name: String::new(),
            zone: None,
            role: accounts::Role::Member,
        };
        self.town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap().id
    }

    /// Lets a follower read the journal to its end.
    fn follow(&self, follower: journal::Follower) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move { while journal::follow(&store, follower).await.unwrap() > 0 {} });
    }

    /// What is taken of the time of an account, whenever.
    fn taken(&self, email: &str) -> calendar::Taken {
        let email = address(email);
        self.town.read(|cx| {
            let user = accounts::by_address(cx, &email)?.unwrap().id;
            let (from, to) = (NOW.plus(-100 * DAY), NOW.plus(1_000 * DAY));
            let mut taken = calendar::busy(cx, &[user.into()], from, to)?;
            Ok(taken.remove(&user.into()).unwrap())
        })
    }

    /// A world with a meeting of ana and `guests`, everything delivered.
    fn of(guests: &[&str]) -> (Self, Meeting) {
        let world = Self::new();
        let meeting = world.make(&tea(guests));
        world.deliver();
        (world, meeting)
    }

    fn make(&self, new: &NewMeeting) -> Meeting {
        let new = new.clone();
        self.town.write(move |cx| create(cx, &operator(), &new)).unwrap()
    }

    fn now(&self) -> Timestamp {
        self.town.clock.now()
    }

    fn load(&self, id: MeetingId) -> Meeting {
        self.town.read(|cx| load(cx, id))
    }

    fn cancel(&self, id: MeetingId) -> Meeting {
        self.town.write(move |cx| cancel(cx, &operator(), id)).unwrap()
    }

    fn move_by(&self, id: MeetingId, ms: i64) -> Result<Meeting> {
        let meeting = self.load(id);
        let (start, end) = (meeting.start.plus(ms), meeting.end.plus(ms));
        self.town.write(move |cx| move_to(cx, &operator(), id, start, end))
    }

    /// Sends everything that waits, as the worker does; gives the letters that left.
    fn deliver(&self) -> Vec<Kept> {
        let mut left = Vec::new();
        loop {
            let sent = self
                .town
                .write(|cx| {
                    let mut sent = Vec::new();
                    for lease in queue::claim(cx, letter::TOPIC, 100, MINUTE)? {
                        let id: LetterId = lease.payload["letter"].as_str().unwrap().parse()?;
                        queue::done(cx, &lease)?;
                        letter::keep_bytes(cx, id, b"bytes", None)?;
                        settle(cx, &Actor::house("t"), id, State::Sent, Some("250 ok"))?;
                        sent.push(letter::get(cx, id)?);
                    }
                    Ok(sent)
                })
                .unwrap();
            if sent.is_empty() {
                return left;
            }
            left.extend(sent);
        }
    }

    /// The letters to an address, oldest first, as kind and whether they were taken back.
    fn kinds_to(&self, email: &str) -> Vec<&'static str> {
        let to = |kept: &Kept| kept.letter.reader.address.eq_ignore_ascii_case(email);
        self.town
            .letters()
            .iter()
            .filter(|kept| to(kept) && kept.state != State::Superseded)
            .map(|kept| kept.letter.says.kind())
            .collect()
    }

    /// The newest letter of `kind` to an address.
    fn newest(&self, email: &str, kind: &str) -> Kept {
        let mut all = self.town.letters();
        all.retain(|kept| {
            kept.letter.reader.address.eq_ignore_ascii_case(email) && kept.letter.says.kind() == kind
        });
        all.pop().unwrap_or_else(|| panic!("no {kind} to {email}"))
    }

    fn secret(&self, purpose: Purpose, link: LinkId) -> String {
        self.town.secret(purpose, link)
    }

    /// The secret of the newest respond link of an address.
    fn respond(&self, email: &str) -> String {
        let newest = self
            .town
            .letters()
            .into_iter()
            .filter(|kept| kept.letter.reader.address.eq_ignore_ascii_case(email))
            .filter_map(|kept| respond_of(&kept.letter.says))
            .next_back();
        self.secret(Purpose::Respond, newest.expect("they have a respond link"))
    }

    /// The secrets that approve and decline what an address was asked last.
    fn decision(&self, email: &str) -> (String, String) {
        let Says::ProposalAsk { approve, decline, .. } = self.newest(email, "proposal-ask").letter.says
        else {
            panic!("it is a question")
        };
        (self.secret(Purpose::Approve, approve), self.secret(Purpose::Decline, decline))
    }

    fn about_you(&self, email: &str) -> String {
        let letters = self.town.letters();
        let of = letters.iter().rfind(|kept| kept.letter.reader.address.eq_ignore_ascii_case(email)).unwrap();
        self.secret(Purpose::AboutYou, of.letter.reader.about_you)
    }

    fn answer_by_link(&self, secret: &str, partstat: PartStat) -> Result<Answered> {
        let secret = secret.to_owned();
        self.town
            .write(move |cx| by_link::answer(cx, &anyone(), &secret, partstat).map(|(_, answered)| answered))
    }

    fn propose_by_link(&self, secret: &str, start: Timestamp) -> Result<Proposal> {
        let secret = secret.to_owned();
        let time = (start, start.plus(HOUR));
        self.town.write(move |cx| {
            by_link::propose(cx, &anyone(), &secret, time, "Later?").map(|(_, proposal)| proposal)
        })
    }

    fn approve(&self, email: &str) -> Result<Decided> {
        self.decide_by(Purpose::Approve, self.decision(email).0)
    }

    fn decline(&self, email: &str) -> Result<Decided> {
        self.decide_by(Purpose::Decline, self.decision(email).1)
    }

    fn decide_by(&self, purpose: Purpose, secret: String) -> Result<Decided> {
        self.town
            .write(move |cx| by_link::decide(cx, &anyone(), purpose, &secret).map(|(_, decided)| decided))
    }

    fn open(&self, secret: &str) -> Result<Opened> {
        self.town.store.read_blocking(|cx| by_link::open(cx, Purpose::Respond, secret))
    }

    fn participant(&self, id: MeetingId, email: &str) -> Participant {
        let meeting = self.load(id);
        meeting.participants.into_iter().find(|one| one.address.as_str() == email).unwrap()
    }

    /// A sender of a message from `email`, with the token of `whose`, if it has one.
    fn sender(&self, email: &str, whose: Option<&Participant>) -> Sender {
        let token = whose.map(|one| self.town.read(|cx| reply_token(cx, one.id)).unwrap());
        Sender {
            tokens: token.into_iter().collect(),
            addresses: vec![address(email)],
            authenticated: false,
            arrived: Arrival { at: self.now(), number: 0 },
        }
    }

    fn take(&self, sender: &Sender, message: &Incoming) -> Verdict {
        self.take_beside(sender, message, &Beside::default())
    }

    fn take_beside(&self, sender: &Sender, message: &Incoming, beside: &Beside) -> Verdict {
        let (sender, message, beside) = (sender.clone(), message.clone(), beside.clone());
        self.town
            .write(move |cx| {
                let inbound: InboundId = cx.id();
                super::incoming::take(cx, &mail(), inbound, &sender, &message, &beside)
            })
            .unwrap()
    }

    /// What a participant's calendar program sends, with their token.
    fn reply(&self, meeting: &Meeting, email: &str, partstat: PartStat) -> Verdict {
        let one = self.participant(meeting.id, email);
        self.take(&self.sender(email, Some(&one)), &self.answer(meeting, email, partstat))
    }

    fn answer(&self, meeting: &Meeting, email: &str, partstat: PartStat) -> Incoming {
        message(Method::Reply, meeting, email, Some(partstat), self.now())
    }

    fn counter(&self, meeting: &Meeting, email: &str, start: Timestamp) -> Incoming {
        let mut message = message(Method::Counter, meeting, email, Some(PartStat::Tentative), self.now());
        message.start = Some(Moment::At(start));
        message.end = Some(Moment::At(start.plus(HOUR)));
        message
    }

    /// The kinds of a meeting's story.
    fn story(&self, id: MeetingId) -> Vec<String> {
        self.town.read(|cx| journal::story(cx, &id, 500)).into_iter().map(|entry| entry.kind).collect()
    }
}

fn respond_of(says: &Says) -> Option<LinkId> {
    match says {
        Says::Invitation { respond, .. }
        | Says::Update { respond, .. }
        | Says::ProposalOutcome { respond, .. }
        | Says::FreshLink { respond, .. }
        | Says::AutoAnswer { respond, .. } => Some(*respond),
        _ => None,
    }
}

/// A message of somebody's calendar program about the meeting as it stands in `meeting`.
fn message(
    method: Method,
    meeting: &Meeting,
    attendee: &str,
    partstat: Option<PartStat>,
    at: Timestamp,
) -> Incoming {
    let attendee = Attendee {
        address: Some(address(attendee)),
        raw: crate::base::Secret::new(attendee),
        email_param: None,
        name: None,
        partstat,
        delegated_to: Vec::new(),
        sent_by: None,
        proposed: None,
        response_comment: None,
    };
    Incoming {
        method,
        uid: meeting.uid.clone(),
        recurrence_id: None,
        sequence: u32::try_from(meeting.sequence).ok(),
        dtstamp: Some(at.whole_second()),
        replied_at: None,
        organizer: None,
        attendees: vec![attendee],
        start: Some(Moment::At(meeting.start)),
        end: Some(Moment::At(meeting.end)),
        original_start: None,
        original_end: None,
        comment: None,
        request_status: Vec::new(),
        prodid: None,
        status: None,
        summary: None,
        location: None,
        description: None,
        events: 1,
    }
}
