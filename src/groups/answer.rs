//! Answering: a vote for each candidate, or words. Every revision is kept; the last one counts, unless it came too late.

use std::collections::BTreeMap;

use super::model::{Answered, Group, Member, State, Subject};
use super::sql::answers as sql;
use super::start::person;
use super::tally::Vote;
use super::{end, go_on, see, start, talk, within};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{CandidateId, SessionId, UserId};
use crate::base::text;
use crate::base::time::HOUR;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::network::{self, Scope};
use crate::sessions::work;
use crate::store::Cx;

/// The longest answer in words, in characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// How many answers somebody, and their programs, may give in an hour.
const ANSWERS: Budget = Budget { name: "group-answers", most: 120, window_ms: HOUR };

/// How many revisions the answer of a member in one round has of their own, and apart from these of their programs.
const REVISIONS_MAX: usize = 50;

/// What somebody says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAnswer {
    /// To each candidate; one that is not named is abstained from.
    pub votes: BTreeMap<CandidateId, Vote>,
    /// In words.
    pub text: String,
    /// In which round; the one that goes on, if not given.
    pub round: Option<i64>,
}

/// Answers, in the caller's name. What comes too late is kept, and does not count.
///
/// # Errors
/// `group.turn`, before the member's turn; `group.round`, where what is spoken of was not voted on in that round;
/// `session.decides`, for a program whose owner has answered themselves; `session.not-granted`, for a yes to a time that the
/// grant does not let be booked; `group.outside`, for a program's yes to a time outside of its owner's hours; `group.revisions`,
/// where it was changed too often.
pub fn answer(cx: &mut Cx<'_>, who: &Actor, id: SessionId, new: &NewAnswer) -> Result<Group> {
    let me = person(who)?;
    let mut group = end::current(cx, &who.trace, id)?;
    let member = group.member(me)?.clone();
    let by_person = who.is_person();
    may_act(who, &group, &member)?;
    limits::spend(cx, ANSWERS, &me.to_string(), 1)?;
    // In a sequence each change is told at once to those who had their turn, else all of it when the round is over.
    if let Some(turn) = group.turn {
        let told = group.present().filter(|one| one.user != me && one.position <= turn);
        let told: Vec<_> = told.filter_map(|one| one.agent).collect();
        if !told.is_empty() {
            work::admit_step(cx, who, id, &told)?;
        }
    }
    give(cx, who, &mut group, (&member, by_person), new)?;
    see::with_names(cx, group)
}

/// Refuses a program that is not asked for its owner here, or whose owner has had the last word.
pub(super) fn may_act(who: &Actor, group: &Group, member: &Member) -> Result<()> {
    if who.agent().is_none() {
        return Ok(());
    }
    if member.agent != who.agent() {
        return Err(Error::refused("session.not-played", "This agent is not asked for its owner here."));
    }
    if group.has_spoken(member.user) {
        let words = "This is for the agent's owner to decide now, or they have decided.";
        return Err(Error::refused("session.decides", words));
    }
    Ok(())
}

/// Writes an answer down, and goes on from there.
pub(super) fn give(
    cx: &mut Cx<'_>,
    who: &Actor,
    group: &mut Group,
    (member, by_person): (&Member, bool),
    new: &NewAnswer,
) -> Result<()> {
    let round = new.round.unwrap_or(group.round);
    if !(1..=group.round).contains(&round) {
        return Err(Error::invalid("round", format!("It is in round {}.", group.round)));
    }
    let is_late = !group.state.is_open()
        || round < group.round
        || group.deadline <= cx.now
        || group.turn.is_some_and(|turn| member.position < turn)
            && group.answer_in(round, member.user).is_none();
    if !is_late && group.turn.is_some_and(|turn| member.position > turn) {
        return Err(Error::refused(
            "group.turn",
            "It is somebody else's turn: you are asked when it is yours.",
        ));
    }
    let mut last = group.answers.iter().filter(|one| one.round == round && one.user == member.user);
    let of_them = last.clone().filter(|one| one.by_person == by_person).count();
    let (revisions, said) = (last.clone().map(|one| one.revision).max().unwrap_or(0), last.next_back());
    let votes = votes(group, round, new)?;
    start::not_too_long("text", &new.text, TEXT_CHARS_MAX)?;
    let words = text::blank_addresses(&text::paragraphs(&new.text, TEXT_CHARS_MAX));
    if group.candidates.is_empty() && words.is_empty() {
        return Err(Error::invalid("text", "Say something: there is nothing to vote on."));
    }
    if said.is_some_and(|one| (&one.votes, &one.text, one.by_person) == (&votes, &words, by_person)) {
        return Ok(());
    }
    let is_of_somebody = by_person || who.agent().is_some();
    if is_of_somebody && of_them >= REVISIONS_MAX {
        let words =
            format!("This was said in {REVISIONS_MAX} ways already in this round: the last one stays.");
        return Err(Error::refused("group.revisions", words));
    }
    if is_of_somebody && !is_late && says_yes(&votes) {
        may_be_booked(cx, group, (member, by_person), &votes)?;
    }
    let one = Answered {
        id: cx.id(),
        round,
        user: member.user,
        revision: revisions + 1,
        votes,
        text: words,
        is_late,
        by_person,
        agent: who.agent(),
        road: who.road.as_str().to_owned(),
        at: cx.now,
    };
    sql::insert_answer(cx, group.id, &one)?;
    talk::note_answer(cx, who, group, &one)?;
    let kind = if is_late { "group.late" } else { "group.answered" };
    let data = serde_json::json!({ "revision": one.revision, "by_person": by_person });
    let happening = Happening::to(kind, &group.id).with(&member.user).amount(round);
    journal::append(cx, who, &happening.data(&data))?;
    group.answers.push(one);
    if is_late {
        return Ok(());
    }
    if group.state == State::Asking {
        group.state = State::Answering;
    }
    go_on::answered(cx, who, group, member.user)?;
    end::keep(cx, group)
}

fn says_yes(votes: &BTreeMap<CandidateId, Vote>) -> bool {
    votes.values().any(|vote| matches!(vote, Vote::Yes | Vote::IfNeedBe))
}

/// What is said to what there was to vote on in a round.
fn votes(group: &Group, round: i64, new: &NewAnswer) -> Result<BTreeMap<CandidateId, Vote>> {
    for id in new.votes.keys() {
        if !group.candidates.iter().any(|one| one.id == *id) {
            return Err(Error::invalid("votes", format!("{id} is nothing to vote on here.")));
        }
    }
    let there: Vec<CandidateId> =
        group.candidates.iter().filter(|one| group.is_of_round(one, round)).map(|one| one.id).collect();
    let mut votes = new.votes.clone();
    // Nothing of what somebody says is left out in silence.
    if votes.keys().any(|id| !there.contains(id)) {
        let words =
            format!("Not all of what you speak of is voted on in round {round}: say in which it was.");
        return Err(Error::refused("group.round", words));
    }
    if votes.is_empty() && !group.candidates.is_empty() && new.text.trim().is_empty() {
        return Err(Error::invalid("votes", "Say yes, if_need_be, no or abstain to what is voted on."));
    }
    for id in there {
        votes.entry(id).or_insert(Vote::Abstain);
    }
    Ok(votes)
}

/// Whether what is said yes to could be booked with them at all. Their own hours and limits do not stand against what
/// somebody says themselves; a program keeps to them.
fn may_be_booked(
    cx: &Cx<'_>,
    group: &Group,
    (member, by_person): (&Member, bool),
    votes: &BTreeMap<CandidateId, Vote>,
) -> Result<()> {
    if group.subject != Subject::Time {
        return Ok(());
    }
    if let Some(connection) = member.connection
        && !is_let(cx, group.initiator, connection)?
    {
        let words = "You let them propose times, and not book what you confirm. Allow that first, where you say what they may do.";
        return Err(Error::refused("session.not-granted", words));
    }
    let wanted = |id: &CandidateId| matches!(votes.get(id), Some(Vote::Yes | Vote::IfNeedBe));
    if !by_person && within::outside(cx, group, member)?.iter().any(wanted) {
        let words = "This lies outside of the hours and limits that the agent's owner has set. Only they can say yes to it, themselves.";
        return Err(Error::refused("group.outside", words));
    }
    Ok(())
}

fn is_let(cx: &Cx<'_>, initiator: UserId, connection: crate::base::id::ConnectionId) -> Result<bool> {
    for scope in [Scope::BookAlone, Scope::BookConfirmed] {
        if network::still(cx, initiator, connection, scope)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
