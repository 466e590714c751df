//! Seeing groups: their members', and of what others answered what may be known by now.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::may_act;
use super::model::{Answered, Group, LeftOut, Mode};
use super::sql::groups as sql;
use super::start::{self, person};
use super::tally::{self, Count, Vote};
use super::within;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, CandidateId, Id, MeetingId, SessionId, UserId};
use crate::network;
use crate::sessions;
use crate::store::Cx;
use crate::worded;

worded! {
    /// What somebody can do about a group now.
    Verb {
        /// Answer, or change what they said.
        Answer = "answer",
        /// Close it: what is there counts.
        Close = "close",
        /// Take it back.
        Cancel = "cancel",
        /// Leave it.
        Leave = "leave",
    }
}

/// A group as one of its members sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The group; of its answers those that they may know, and of its meeting and its booking what they are part of.
    pub group: Group,
    /// Who sees it.
    pub me: UserId,
    /// Who has answered in this round, of those who belong to it still.
    pub answered: Vec<UserId>,
    /// How many have; of one that is over, how many had when it was counted.
    pub turnout: u32,
    /// The same as a share of the members, in thousandths.
    pub participation: u32,
    /// What was said to each candidate, as far as they may know it.
    pub counts: BTreeMap<CandidateId, Count>,
    /// Whether it waits for them.
    pub waits: bool,
    /// What they can do now.
    pub can: Vec<Verb>,
    /// The times that are voted on and lie outside of their own hours, or of what they let whoever began it do, where they can
    /// answer: they say yes to these themselves, or nobody does for them.
    pub outside: Vec<CandidateId>,
    /// Why they are not at the meeting that came of it; `None`: they are, or there is none.
    pub left_out: Option<LeftOut>,
}

/// How many pages of what is open are looked through for what waits for a person.
const WAITING_PAGES_MAX: u32 = 20;

/// Which groups are listed.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Only what is not over.
    pub open: bool,
    /// Those after this one; `None`: from the newest.
    pub after: Option<SessionId>,
    /// How many.
    pub limit: u32,
}

/// A page of groups.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub groups: Vec<Seen>,
    /// After which the next page begins; `None`: this was the last.
    pub next: Option<SessionId>,
}

/// A group that the caller belongs to. To anybody else there is no such group.
pub fn group(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Seen> {
    let me = person(who)?;
    let group = sql::group(cx, id)?.ok_or(Error::NotFound("group"))?;
    group.member(me)?;
    seen(cx, who, group)
}

/// The groups that the caller belongs to, newest first; of each answer its last revision alone.
pub fn groups(cx: &Cx<'_>, who: &Actor, listing: &Listing) -> Result<Page> {
    let me = person(who)?;
    let before = listing.after.unwrap_or_else(|| SessionId::from_uuid(uuid::Uuid::max()));
    let mut found = sql::of_user(cx, me, before, (listing.limit + 1, listing.open))?;
    let is_more = found.len() > listing.limit as usize;
    found.truncate(listing.limit as usize);
    let next = found.last().filter(|_| is_more).map(|group| group.id);
    let groups = found.into_iter().map(|group| seen(cx, who, group)).collect::<Result<_>>()?;
    Ok(Page { groups, next })
}

/// What waits for the caller themselves, newest first: no program, and no built-in agent, answers for them.
pub fn waiting(cx: &Cx<'_>, who: &Actor, limit: u32) -> Result<Vec<Seen>> {
    let mut open = Listing { open: true, after: None, limit };
    let mut found = Vec::new();
    // Those in which a program answers for them are among it, and may be most of it.
    for _ in 0..WAITING_PAGES_MAX {
        let page = groups(cx, who, &open)?;
        found.extend(page.groups.into_iter().filter(|one| one.waits && is_by_hand(&one.group, one.me)));
        open.after = page.next;
        if open.after.is_none() || found.len() >= limit as usize {
            break;
        }
    }
    found.truncate(limit as usize);
    Ok(found)
}

/// Whether somebody answers themselves: they were asked, or began it.
fn is_by_hand(group: &Group, me: UserId) -> bool {
    let is_begun = |agent: Option<AgentId>| group.initiator == me && agent.is_none();
    group.member(me).is_ok_and(|one| one.asked_at.is_some() || is_begun(one.agent))
}

/// Everybody who belongs to a group, over or not, and has not left it: they may read it. Nobody, where there is none.
pub fn readers(cx: &Cx<'_>, id: SessionId) -> Result<Vec<UserId>> {
    sql::present(cx, id)
}

/// The groups that go on and in which a program is asked for its owner.
pub fn rooms(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<SessionId>> {
    sql::rooms_of(cx, agent)
}

/// A group with the names of its members.
pub(super) fn with_names(cx: &Cx<'_>, mut group: Group) -> Result<Group> {
    for one in &mut group.members {
        one.name = match accounts::get(cx, one.user) {
            Ok(user) => user.given_name().unwrap_or_default(),
            Err(Error::NotFound(_)) => String::new(),
            Err(error) => return Err(error),
        };
    }
    Ok(group)
}

/// A group as a member sees it.
pub(super) fn seen(cx: &Cx<'_>, who: &Actor, group: Group) -> Result<Seen> {
    let me = person(who)?;
    let group = with_names(cx, group)?;
    let is_open_to_all = !group.state.is_open() || has_turn(&group, me);
    let mut counts = BTreeMap::new();
    for one in &group.candidates {
        // Of a round that goes on nothing is told of what the others say.
        let is_over =
            group.candidates.iter().any(|it| it.id == one.id && it.state != super::CandidateState::Open);
        if is_open_to_all || is_over {
            counts.insert(one.id, group.kept_count(one.id).unwrap_or_else(|| group.count_of(one)));
        }
    }
    let answered = group.counted().into_iter().map(|one| one.user).collect();
    let (waits, can) = (waits(cx, &group, me)?, can(who, &group, me));
    let turnout = group.turnout();
    let participation = tally::participation(group.rules, turnout);
    let outside = match group.member(me) {
        Ok(member) if can.contains(&Verb::Answer) => within::outside(cx, &group, member)?,
        _ => Vec::new(),
    };
    let mut blocked = Vec::new();
    for one in group.members.iter().filter(|one| one.user != me) {
        if network::are_blocked(cx, me, one.user)? {
            blocked.push(one.user);
        }
    }
    let meeting = meeting_of(cx, &group, me)?;
    let left_out = if meeting.is_some() { None } else { why_without(&group, me) };
    let mut group = group;
    // Whoever said no is part of neither.
    group.booking = match group.booking {
        Some(booking) if meeting.is_some() || sessions::is_party(cx, me, booking)? => Some(booking),
        _ => None,
    };
    group.meeting = meeting;
    let readable = |one: &Answered| {
        one.user == me || (is_open_to_all || one.round < group.round) && !blocked.contains(&one.user)
    };
    let answers = group.answers.iter().filter(|one| readable(one)).cloned().collect();
    group.answers = answers;
    Ok(Seen { group, me, answered, turnout, participation, counts, waits, can, outside, left_out })
}

/// The meeting that came of a group, where a member is at it.
fn meeting_of(cx: &Cx<'_>, group: &Group, user: UserId) -> Result<Option<MeetingId>> {
    match group.meeting {
        Some(meeting) if sessions::is_at(cx, user, meeting)? => Ok(Some(meeting)),
        _ => Ok(None),
    }
}

/// Why a member is not at the meeting that came of a group, whom it was booked without; `None`: they are, or there is none.
pub(super) fn left_out(cx: &Cx<'_>, group: &Group, user: UserId) -> Result<Option<LeftOut>> {
    Ok(if meeting_of(cx, group, user)?.is_some() { None } else { why_without(group, user) })
}

/// Why somebody is not at what was booked, by what they said to it.
fn why_without(group: &Group, user: UserId) -> Option<LeftOut> {
    let chosen = group.chosen.filter(|_| group.meeting.is_some())?;
    let said = group.answer_in(group.round, user);
    match said.map(|one| one.votes.get(&chosen)) {
        None => Some(LeftOut::Silent),
        Some(Some(Vote::No)) => Some(LeftOut::Refused),
        Some(Some(Vote::Abstain) | None) => Some(LeftOut::Abstained),
        // What they said yes to is not booked without them: they were at it, and are no more.
        Some(Some(Vote::Yes | Vote::IfNeedBe)) => None,
    }
}

/// Whether it waits for somebody, and they can answer: its time is not over, though it may be a moment until it closes, and whoever
/// began it still reaches them.
fn waits(cx: &Cx<'_>, group: &Group, me: UserId) -> Result<bool> {
    Ok(group.waits_for(me)
        && group.deadline > cx.now
        && (group.initiator == me || start::is_in_reach(cx, group.initiator, me)?))
}

/// Whether somebody may know what was said in a sequence: their turn has come.
fn has_turn(group: &Group, me: UserId) -> bool {
    let turn = group.turn.filter(|_| group.mode == Mode::Sequential);
    let mine = group.members.iter().find(|one| one.user == me);
    turn.zip(mine).is_some_and(|(turn, mine)| mine.position <= turn)
}

fn can(who: &Actor, group: &Group, me: UserId) -> Vec<Verb> {
    let Ok(member) = group.member(me) else { return Vec::new() };
    let is_theirs = may_act(who, group, member).is_ok();
    let has_answered = group.answer_in(group.round, me).is_some();
    let may_begin_with = who.agent().is_none() || who.agent() == group.agent;
    let mut can = Vec::new();
    if group.state.is_open() && is_theirs && (group.waits_for(me) || has_answered) {
        can.push(Verb::Answer);
    }
    if group.initiator == me && may_begin_with && group.state.is_open() {
        can.push(Verb::Close);
    }
    if group.initiator == me && may_begin_with && !group.state.is_over() {
        can.push(Verb::Cancel);
    }
    if group.initiator != me && group.state.is_open() && is_theirs {
        can.push(Verb::Leave);
    }
    can
}

/// Whether it was said to somebody so how it ended: those whom it was booked without are told of no meeting.
pub(super) fn is_end_of(data: &mut Value, left_out: Option<LeftOut>) -> bool {
    if let Some(why) = data.get("left_out") {
        return why.as_str() == left_out.map(LeftOut::as_str);
    }
    // Written down before there were two ways to say it.
    if left_out.is_some() {
        data["meeting"] = Value::Null;
    }
    true
}
