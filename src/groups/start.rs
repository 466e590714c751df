//! Starting: who decides about what, in which way, and by when.

use std::borrow::Cow;

use super::model::{Candidate, CandidateState, Group, Member, Mode, Silence, State, Subject};
use super::sql::{answers, groups as sql};
use super::tally::{self, Rules, WHOLE};
use super::{due, go_on, reach, talk};
use crate::accounts;
use crate::agents::{self, Reach};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, SessionId, UserId};
use crate::base::text;
use crate::base::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::messages;
use crate::network::{self, Scope};
use crate::sessions::any::Kind;
use crate::sessions::conversation::{self, Right};
use crate::sessions::work::NewWork;
use crate::sessions::{self, Want, work};
use crate::store::Cx;

/// The longest question, in characters.
pub const QUESTION_CHARS_MAX: usize = 500;
/// The longest name of a candidate, in characters.
pub const LABEL_CHARS_MAX: usize = 200;
/// The most candidates.
pub const CANDIDATES_MAX: usize = 20;
/// How many times the house names, where none are given.
const NAMED: usize = 5;
/// How many groups somebody, and their programs, may begin in an hour.
const STARTS: Budget = Budget { name: "groups", most: 30, window_ms: HOUR };
/// How many of the members must answer, unless it says otherwise, in thousandths.
const QUORUM: u32 = 500;
/// How many rounds there may be, unless it says otherwise.
const ROUNDS: i64 = 5;
/// The most.
const ROUNDS_MAX: i64 = 20;
/// The longest that a group has, in milliseconds.
const LONGEST_MS: i64 = 90 * DAY;
/// The shortest turn, in seconds.
const TURN_SECONDS_MIN: i64 = 10;

/// What is to be voted on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCandidate {
    /// What it is called; empty of a time.
    pub label: String,
    /// From when to when, of a time.
    pub time: Option<(Timestamp, Timestamp)>,
}

/// A group to be.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGroup {
    /// What is asked; of a time what the meeting is called.
    pub question: String,
    /// In which way.
    pub mode: Mode,
    /// About what.
    pub subject: Subject,
    /// The others, in the order in which they have their turns.
    pub with: Vec<ConnectionId>,
    /// What is voted on.
    pub candidates: Vec<NewCandidate>,
    /// What is wanted of a time; the house looks for times where no candidates are given.
    pub want: Option<Want>,
    /// How many of the members must answer, in thousandths.
    pub quorum: Option<u32>,
    /// How many of those who say yes or no must say yes, in thousandths.
    pub threshold: Option<u32>,
    /// By when.
    pub deadline: Option<Timestamp>,
    /// Before, it closes only when all have answered.
    pub open_until: Option<Timestamp>,
    /// How many rounds there may be, of a consensus.
    pub rounds: Option<i64>,
    /// How long a turn lasts at most, in seconds.
    pub turn_seconds: Option<i64>,
    /// What becomes of whoever is silent in it; skipped, if not given.
    pub on_silence: Option<Silence>,
    /// The conversation in which it begins: a decision on a time is held to what is shared there.
    pub conversation: Option<SessionId>,
}

/// A group that was begun, or the refusal: a value until the unit of work has committed, since what was asked is kept either
/// way.
#[derive(Debug)]
#[must_use]
pub struct Begun(std::result::Result<Group, Error>);

impl Begun {
    /// The group, or why there is none.
    pub fn allowed(self) -> Result<Group> {
        self.0
    }
}

/// Begins a group decision, and asks whoever is to be asked first.
///
/// # Errors
/// What cannot be meant is `Invalid`; an unknown connection is not found; `agent.conversations`; of a conversation that it names
/// those of [`conversation::hold`].
pub fn start(cx: &mut Cx<'_>, who: &Actor, new: &NewGroup) -> Result<Begun> {
    let me = person(who)?;
    check(cx, new)?;
    conversation::hold(cx, who, new.conversation, &new.with, Right::Calendar)?;
    limits::spend(cx, STARTS, &me.to_string(), 1)?;
    let mut members = vec![Member { agent: who.agent(), ..member(me, None, 0) }];
    for (at, id) in new.with.iter().enumerate() {
        let position = i64::try_from(at + 1).map_err(Error::internal)?;
        match connected(cx, who, *id, new.subject)? {
            Some(user) => members.push(member(user, Some(*id), position)),
            None => return Ok(Begun(Err(network::refusal()))),
        }
    }
    let candidates = match candidates(cx, who, new)? {
        Ok(candidates) => candidates,
        Err(refusal) => return Ok(Begun(Err(refusal))),
    };
    settle_programs(cx, who, me, &mut members)?;
    let mut group = group(cx, who, new, (members, candidates))?;
    let programs: Vec<AgentId> = group.members.iter().filter_map(|one| one.agent).collect();
    let from = who.agent().unwrap_or(agents::own(cx, me)?.id);
    let others: Vec<AgentId> = programs.iter().copied().filter(|one| Some(*one) != who.agent()).collect();
    if !others.is_empty() {
        let asks_people = group.members.iter().any(|one| one.user != me && one.agent.is_none());
        work::admit(cx, from, &others, asks_people)?;
    }
    let state = group.state.as_str();
    work::open(
        cx,
        &NewWork {
            id: group.id,
            kind: Kind::Group,
            by: me,
            agent: group.agent,
            state,
            expires: group.deadline,
            connection: None,
            role: None,
        },
    )?;
    sql::insert(cx, &group)?;
    for one in &group.candidates {
        answers::insert_candidate(cx, group.id, one)?;
    }
    for program in programs {
        agents::join(cx, program, group.id)?;
    }
    let data = serde_json::json!({
        "mode": group.mode.as_str(), "subject": group.subject.as_str(), "quorum": group.rules.quorum,
        "threshold": group.rules.threshold,
    });
    let started = Happening::to("group.started", &group.id).with(&me).amount(i64::from(group.rules.members));
    journal::append(cx, who, &started.data(&data))?;
    due::plan_deadline(cx, &who.trace, &group)?;
    go_on::ask(cx, who, &mut group)?;
    super::end::keep(cx, &mut group)?;
    Ok(Begun(Ok(group)))
}

/// Who acts: a person, or a program for one.
pub(super) fn person(who: &Actor) -> Result<UserId> {
    who.user().ok_or_else(|| Error::denied("A group is of people: act as a user."))
}

fn member(user: UserId, connection: Option<ConnectionId>, position: i64) -> Member {
    Member { user, name: String::new(), agent: None, connection, position, asked_at: None, left_at: None }
}

/// Who is at the other side of a connection, if they may be asked.
fn connected(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId, subject: Subject) -> Result<Option<UserId>> {
    if subject == Subject::Time {
        let purpose = "to decide on a time together";
        let verdict = network::ask_by_connection(cx, who, id, Scope::Propose, purpose)?;
        return Ok(verdict.allowed().ok().map(|allowed| allowed.about.id));
    }
    let me = person(who)?;
    let connection = network::connection(cx, who, id)?;
    let is_active = connection.state == network::State::Connected;
    let other = connection.other.filter(|_| is_active).ok_or(Error::NotFound("connection"))?;
    Ok(Some(other).filter(|_| is_in_reach(cx, me, other).is_ok_and(|may| may)))
}

/// Whether somebody can be a member of what another began: they are connected, neither has blocked the other, and their
/// account may be used.
pub(super) fn is_in_reach(cx: &Cx<'_>, initiator: UserId, other: UserId) -> Result<bool> {
    let is_usable = match accounts::get(cx, other) {
        Ok(user) => user.disabled_at.is_none(),
        Err(Error::NotFound(_)) => false,
        Err(error) => return Err(error),
    };
    Ok(is_usable
        && network::are_connected(cx, initiator, other)?
        && !network::are_blocked(cx, initiator, other)?)
}

/// Which program is asked for whom: the one that plays for them, where it is reached as one of a group and has room.
fn settle_programs(cx: &mut Cx<'_>, who: &Actor, me: UserId, members: &mut [Member]) -> Result<()> {
    let from = match who.agent() {
        Some(id) => {
            let one = agents::registered(cx, who, id)?;
            if agents::is_full(cx, &one) {
                let words = "This agent is in as many conversations as it can be in at once. One of them must end first.";
                return Err(Error::refused("agent.conversations", words));
            }
            one.agent
        }
        None => agents::own(cx, me)?,
    };
    for one in members.iter_mut().filter(|one| one.user != me) {
        let plays = agents::plays_for(cx, one.user)?;
        let may = |it: &agents::Registered| it.active_at.is_some() && !agents::is_full(cx, it);
        let Some(program) = plays.filter(may) else { continue };
        if messages::route(cx, &from, program.agent.id, Reach::Group)?.is_some() {
            one.agent = Some(program.agent.id);
        }
    }
    // One that would hear only some of the others is not asked: its owner is.
    let all = members.to_vec();
    for one in members.iter_mut().filter(|one| one.user != me) {
        if let Some(agent) = one.agent
            && !reach::hears_all(cx, &all, one.user, agent)?
        {
            one.agent = None;
        }
    }
    Ok(())
}

/// What is voted on: what was given, or times that suit everybody whose time may be seen.
fn candidates(
    cx: &mut Cx<'_>,
    who: &Actor,
    new: &NewGroup,
) -> Result<std::result::Result<Vec<Candidate>, Error>> {
    let mut times: Vec<NewCandidate> = new.candidates.clone();
    if new.subject == Subject::Time && times.is_empty() {
        times = match found(cx, who, new, &[])? {
            found if found.is_empty() => {
                let words =
                    "No time suits everybody whose time you may see. Name times yourself, or other days.";
                return Ok(Err(Error::refused("group.no-times", words)));
            }
            found => found,
        };
    }
    Ok(Ok(numbered(cx, &times, (1, 0))))
}

/// So many new candidates, after `before` others.
pub(super) fn numbered(cx: &Cx<'_>, new: &[NewCandidate], (round, before): (i64, usize)) -> Vec<Candidate> {
    let numbered = new.iter().zip(before..).map(|(one, at)| Candidate {
        id: cx.id(),
        round,
        position: i64::try_from(at).unwrap_or(i64::MAX),
        label: text::blank_addresses(&text::line(&one.label, usize::MAX)),
        time: one.time,
        state: CandidateState::Open,
    });
    numbered.collect()
}

/// Times that suit everybody whose time may be seen, but for those that begin at one of `but`.
pub(super) fn found(
    cx: &mut Cx<'_>,
    who: &Actor,
    new: &NewGroup,
    but: &[Timestamp],
) -> Result<Vec<NewCandidate>> {
    let Some(want) = new.want.clone() else { return Ok(Vec::new()) };
    let search = sessions::New {
        purpose: new.question.clone(),
        with: new.with.clone(),
        optional: Vec::new(),
        want,
        conversation: new.conversation,
    };
    let times = sessions::common_times(cx, who, &search, (but, NAMED))?;
    Ok(times.into_iter().map(|time| NewCandidate { label: String::new(), time: Some(time) }).collect())
}

/// The group, once everything of it is known.
fn group(
    cx: &Cx<'_>,
    who: &Actor,
    new: &NewGroup,
    (members, candidates): (Vec<Member>, Vec<Candidate>),
) -> Result<Group> {
    let me = person(who)?;
    let house = cx.house();
    let mut are_programs = true;
    for one in &members {
        are_programs &= match one.agent {
            Some(agent) => who.agent() == Some(agent) || agents::is_there(cx, agent)?,
            None => false,
        };
    }
    let usual = if are_programs { house.group_ms } else { house.session_ms };
    let deadline = new.deadline.unwrap_or_else(|| cx.now.plus(usual));
    // A time that has begun is decided on no more.
    let last = candidates.iter().filter_map(|one| one.time).map(|(start, _)| start).max();
    let deadline = last.map_or(deadline, |last| deadline.min(last));
    if deadline < cx.now.plus(MINUTE) {
        return Err(Error::invalid("deadline", "That leaves nobody a minute to answer."));
    }
    if new.open_until.is_some_and(|at| at > deadline) {
        let words = format!("This lies between now and the deadline: {}.", deadline.to_rfc3339());
        return Err(Error::invalid("open_until", words));
    }
    let seats = tally::small(members.len());
    let share = deadline.since(cx.now) / SECOND / i64::from(seats.max(1));
    let is_in_turn = new.mode == Mode::Sequential;
    let want = match (new.subject, &new.want) {
        (Subject::Time, Some(want)) => Some(Want { minutes: length(want, &candidates), ..want.clone() }),
        (Subject::Time, None) => Some(talk::plain_want(&candidates)),
        (Subject::Question, _) => None,
    };
    Ok(Group {
        id: cx.id(),
        initiator: me,
        agent: who.agent(),
        question: text::blank_addresses(&text::line(&new.question, usize::MAX)),
        mode: new.mode,
        subject: new.subject,
        want,
        rules: Rules {
            members: seats,
            quorum: new.quorum.unwrap_or(QUORUM),
            threshold: new.threshold.unwrap_or(house.group_threshold),
        },
        rounds_max: if new.mode == Mode::Consensus { new.rounds.unwrap_or(ROUNDS) } else { 1 },
        round: 1,
        turn: is_in_turn.then_some(0),
        turn_seconds: new.turn_seconds.unwrap_or(share).max(TURN_SECONDS_MIN),
        on_silence: new.on_silence.unwrap_or(Silence::Skip),
        step_ends_at: deadline,
        open_until: new.open_until,
        deadline,
        conversation: new.conversation,
        state: State::Asking,
        chosen: None,
        booking: None,
        meeting: None,
        result: None,
        reason: None,
        version: 1,
        created_at: cx.now,
        ended_at: None,
        members,
        candidates,
        answers: Vec::new(),
    })
}

/// How long the meeting is, where nothing was said of it: as long as the first of the times.
fn length(want: &Want, candidates: &[Candidate]) -> u32 {
    if want.minutes == 0 { talk::plain_want(candidates).minutes } else { want.minutes }
}

/// Refuses what cannot be meant, by the name of the field.
pub(super) fn check(cx: &Cx<'_>, new: &NewGroup) -> Result<()> {
    if text::line(&new.question, usize::MAX).is_empty() {
        return Err(Error::invalid("question", "Say what is to be decided."));
    }
    not_too_long("question", &new.question, QUESTION_CHARS_MAX)?;
    let most = cx.house().group_max as usize;
    let mut with = new.with.clone();
    with.sort_unstable();
    with.dedup();
    if with.is_empty() {
        return Err(Error::invalid("with", "Name at least one of your connections."));
    }
    if with.len() < new.with.len() {
        return Err(Error::invalid("with", "Name everybody once."));
    }
    if with.len() >= most {
        let words = format!("A group is of you and {} others at most.", most - 1);
        return Err(Error::invalid("with", words));
    }
    for (name, share) in [("quorum", new.quorum), ("threshold", new.threshold)] {
        if share.is_some_and(|share| share > WHOLE) {
            return Err(Error::invalid(name, "This is a share in thousandths, from 0 to 1000."));
        }
    }
    check_times(cx.now, new)?;
    check_candidates(cx.now, new)
}

/// Refuses what would have to be cut: nobody decides on half a sentence.
pub(super) fn not_too_long(field: impl Into<Cow<'static, str>>, given: &str, most: usize) -> Result<()> {
    if given.chars().count() > most {
        return Err(Error::invalid(field, format!("This is {most} characters long at most.")));
    }
    Ok(())
}

fn check_times(now: Timestamp, new: &NewGroup) -> Result<()> {
    if new.deadline.is_some_and(|at| at > now.plus(LONGEST_MS)) {
        return Err(Error::invalid("deadline", "A group decides within 90 days."));
    }
    if new.open_until.is_some_and(|at| at <= now) {
        return Err(Error::invalid("open_until", "This lies between now and the deadline."));
    }
    if new.rounds.is_some_and(|rounds| !(1..=ROUNDS_MAX).contains(&rounds)) {
        return Err(Error::invalid("rounds", format!("This is from 1 to {ROUNDS_MAX}.")));
    }
    if new.rounds.is_some() && new.mode != Mode::Consensus {
        return Err(Error::invalid("rounds", "Only a consensus has rounds."));
    }
    if new.on_silence.is_some() && new.mode != Mode::Sequential {
        let words = "Somebody is silent in their turn where one answers after the other.";
        return Err(Error::invalid("on_silence", words));
    }
    match new.turn_seconds {
        Some(_) if new.mode != Mode::Sequential => {
            Err(Error::invalid("turn_seconds", "Turns are taken where one answers after the other."))
        }
        Some(seconds) if !(TURN_SECONDS_MIN..=LONGEST_MS / SECOND).contains(&seconds) => {
            Err(Error::invalid("turn_seconds", "A turn has ten seconds at least, and 90 days at most."))
        }
        _ => Ok(()),
    }
}

fn check_candidates(now: Timestamp, new: &NewGroup) -> Result<()> {
    if new.candidates.len() > CANDIDATES_MAX {
        let words = format!("{CANDIDATES_MAX} at most can be voted on.");
        return Err(Error::invalid("candidates", words));
    }
    let is_time = new.subject == Subject::Time;
    for (at, one) in new.candidates.iter().enumerate() {
        let field = format!("candidates[{at}]");
        let label = text::line(&one.label, usize::MAX);
        not_too_long(field.clone(), &one.label, LABEL_CHARS_MAX)?;
        let is_same =
            |other: &NewCandidate| other.time == one.time && text::line(&other.label, usize::MAX) == label;
        if new.candidates[..at].iter().any(is_same) {
            return Err(Error::invalid(field, "Name everything once."));
        }
        match one.time {
            Some((start, end)) if is_time && end <= start => {
                return Err(Error::invalid(field, "A time ends after it starts."));
            }
            Some((start, _)) if is_time && start < now.plus(MINUTE) => {
                return Err(Error::invalid(field, "This time is over, or about to begin."));
            }
            Some((start, end)) if is_time && end.since(start) > DAY => {
                return Err(Error::invalid(field, "A meeting is a day long at most."));
            }
            Some(_) if !is_time => {
                return Err(Error::invalid(field, "Times are voted on where the subject is one."));
            }
            None if is_time => return Err(Error::invalid(field, "Give its start and its end.")),
            None if label.is_empty() => return Err(Error::invalid(field, "Say what it is called.")),
            _ => {}
        }
    }
    if is_time && new.candidates.is_empty() && new.want.is_none() {
        return Err(Error::invalid(
            "candidates",
            "Name times, or say between when and when to look for them.",
        ));
    }
    if !is_time && new.conversation.is_some() {
        return Err(Error::invalid("conversation", "Only a decision on a time begins in a conversation."));
    }
    if new.mode == Mode::Consensus && !is_time && new.candidates.is_empty() {
        return Err(Error::invalid("candidates", "A consensus is about candidates: name them."));
    }
    Ok(())
}
