//! Reading connections and questions, each as its reader's side sees it.

use super::invite::pair_key;
use super::model::{Connection, Pair, Question, Side, State};
use super::{Me, me, sql};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, Id, QuestionId, UserId};
use crate::base::text::Address;
use crate::links;
use crate::store::{Cx, Fact};
use crate::values;

/// A page of connections, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The connections.
    pub connections: Vec<Connection>,
    /// After which the next page begins; `None`: this is the last.
    pub next: Option<ConnectionId>,
}

/// A page of questions, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionPage {
    /// The questions.
    pub questions: Vec<Question>,
    /// After which the next page begins; `None`: this is the last.
    pub next: Option<QuestionId>,
}

/// One's own connections after `after`, newest first, at most `limit`.
pub fn connections(cx: &Cx<'_>, who: &Actor, after: Option<ConnectionId>, limit: u32) -> Result<Page> {
    let me = me(cx, who)?;
    let before = after.unwrap_or_else(|| ConnectionId::from_uuid(uuid::Uuid::max()));
    let mut seen: Vec<Connection> = sql::sent(cx, me.user.id, before, limit + 1)?
        .iter()
        .filter_map(|pair| pair.seen_by(Side::Inviter, cx.now))
        .collect();
    let received = sql::received(cx, (me.user.id, &me.hash), before, limit + 1)?;
    seen.extend(received.iter().filter_map(|pair| pair.seen_by(Side::Invitee, cx.now)));
    seen.sort_by_key(|one| std::cmp::Reverse(one.id));
    let has_more = seen.len() > limit as usize;
    seen.truncate(limit as usize);
    let next = seen.last().filter(|_| has_more).map(|one| one.id);
    Ok(Page { connections: seen, next })
}

/// One of one's own connections.
pub fn connection(cx: &Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Connection> {
    mine(cx, &me(cx, who)?, id).map(|(_, seen)| seen)
}

/// What connects oneself with another user now, if anything does.
pub fn connected_with(cx: &Cx<'_>, who: &Actor, other: UserId) -> Result<Option<Connection>> {
    let me = me(cx, who)?;
    let theirs = links::address_hash(cx, &accounts::get(cx, other)?.address);
    let pair = sql::live(cx, &pair_key(&me.hash, &theirs))?.filter(|pair| pair.state == State::Connected);
    let Some(pair) = pair else { return Ok(None) };
    let side = if pair.inviter == me.user.id { Side::Inviter } else { Side::Invitee };
    Ok(pair.seen_by(side, cx.now))
}

/// How two users stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// Whether they are connected.
    pub are_connected: bool,
    /// Whether one of them blocked the other.
    pub are_blocked: bool,
}

const BETWEEN: Fact = Fact { name: "network.between", tables: &["users", "connections", "blocks"] };

/// How two users stand to each other, for rooms that have settled who is asking: by as many statements whatever it is, and where
/// one is not there at all.
pub fn between(cx: &Cx<'_>, one: UserId, other: UserId) -> Result<Between> {
    cx.known(BETWEEN, values![one, other], |cx| read_between(cx, one, other))
}

fn read_between(cx: &Cx<'_>, one: UserId, other: UserId) -> Result<Between> {
    let hash = |address: Option<Address>| address.map(|address| links::address_hash(cx, &address));
    let (ones, others) = accounts::addresses_of(cx, one, other)?;
    let (ones, others) = (hash(ones), hash(others));
    let are_there = ones.is_some() && others.is_some();
    let (ones, others) = (ones.unwrap_or_default(), others.unwrap_or_default());
    let found = sql::between(cx, &pair_key(&ones, &others), (one, &ones), (other, &others))?;
    Ok(Between { are_connected: are_there && found.are_connected, ..found })
}

/// Whether two users are connected, as [`between`] says it.
pub fn are_connected(cx: &Cx<'_>, one: UserId, other: UserId) -> Result<bool> {
    between(cx, one, other).map(|found| found.are_connected)
}

/// Whether one of two users blocked the other, as [`between`] says it.
pub fn are_blocked(cx: &Cx<'_>, one: UserId, other: UserId) -> Result<bool> {
    between(cx, one, other).map(|found| found.are_blocked)
}

/// Between whom a connection is or was, for rooms that have settled who is asking. `None`: there is none, or one of them never
/// had an account.
pub fn users_of(cx: &Cx<'_>, id: ConnectionId) -> Result<Option<(UserId, UserId)>> {
    sql::users_of(cx, id)
}

/// A connection with what this side sees of it. One that is none of theirs, or that they are not shown, is not there.
pub(super) fn mine(cx: &Cx<'_>, me: &Me, id: ConnectionId) -> Result<(Pair, Connection)> {
    let nothing = || Error::NotFound("connection");
    let pair = sql::pair(cx, id, me.user.id)?.ok_or_else(nothing)?;
    let side = if pair.inviter == me.user.id {
        Side::Inviter
    } else if pair.invitee_hash == me.hash {
        Side::Invitee
    } else {
        return Err(nothing());
    };
    let seen = pair.seen_by(side, cx.now).ok_or_else(nothing)?;
    Ok((pair, seen))
}

/// What was asked about oneself after `after`, newest first, at most `limit`.
pub fn questions(cx: &Cx<'_>, who: &Actor, after: Option<QuestionId>, limit: u32) -> Result<QuestionPage> {
    let me = me(cx, who)?;
    let before = after.unwrap_or_else(|| QuestionId::from_uuid(uuid::Uuid::max()));
    let mut questions = sql::questions(cx, me.user.id, before, limit + 1)?;
    let has_more = questions.len() > limit as usize;
    questions.truncate(limit as usize);
    let next = questions.last().filter(|_| has_more).map(|one| one.id);
    Ok(QuestionPage { questions, next })
}
