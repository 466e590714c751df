//! Rules: what connection X, or one's own programs, ask of kind K is decided by itself, at once or after a while. Off unless
//! somebody makes one.

use std::collections::HashMap;

use serde_json::json;

use super::ask::{self, end};
use super::model::{Approval, ApprovalState, Choice, Of, Rule};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, ApprovalRuleId, ConnectionId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::journal::{self, Happening};
use crate::network;
use crate::queue::{self, Leased, Work};
use crate::store::Cx;
use crate::tasks::TOPIC;
use crate::tasks::sql::approvals as sql;
use crate::tasks::sql::rules;

/// The most rules of one person.
pub const RULES_MAX: usize = 100;
/// The longest that a rule waits for its owner, in minutes.
const AFTER_MINUTES_MAX: u32 = 10_080;

/// A rule to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// What comes through this connection; `None`: what one's own programs ask.
    pub connection: Option<ConnectionId>,
    /// Of which kind.
    pub kind: String,
    /// What it says.
    pub decision: Choice,
    /// After so many minutes in which its owner did not decide; 0: at once.
    pub after_minutes: u32,
    /// Until when it stands; `None`: until it is taken away.
    pub until: Option<Timestamp>,
}

fn owner(who: &Actor) -> Result<UserId> {
    who.people_only()?;
    who.user().ok_or_else(|| Error::denied("Rules are a person's own: act as a user."))
}

/// Makes a rule of one's own. A person's to write, and no program's.
pub fn add_rule(cx: &mut Cx<'_>, who: &Actor, new: &NewRule) -> Result<Rule> {
    let me = owner(who)?;
    if let Some(id) = new.connection {
        let connection = network::connection(cx, who, id)?;
        if connection.state != network::State::Connected {
            return Err(Error::invalid("connection", "You are not connected: there is nothing to decide."));
        }
    }
    if new.after_minutes > AFTER_MINUTES_MAX {
        let words = format!("A rule waits {AFTER_MINUTES_MAX} minutes at most, which is a week.");
        return Err(Error::invalid("after_minutes", words));
    }
    if new.until.is_some_and(|until| until <= cx.now) {
        return Err(Error::invalid("until", "That is over already."));
    }
    if rules::rules_of(cx, me)?.len() >= RULES_MAX {
        return Err(Error::refused("approval-rule.too-many", format!("You have {RULES_MAX} rules already.")));
    }
    let rule = Rule {
        id: cx.id(),
        user: me,
        connection: new.connection,
        kind: ask::kind(&new.kind)?,
        decision: new.decision,
        after_minutes: new.after_minutes,
        until: new.until,
        uses: 0,
        created_at: cx.now,
    };
    if !rules::insert(cx, &rule)? {
        return Err(Error::refused(
            "approval-rule.exists",
            "There is a rule for this already; take it away first.",
        ));
    }
    let data =
        json!({ "kind": rule.kind, "decision": rule.decision.as_str(), "after_minutes": rule.after_minutes });
    journal::append(cx, who, &Happening::to("approval-rule.made", &rule.id).with(&me).data(&data))?;
    Ok(rule)
}

/// One's own rules.
pub fn rules(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Rule>> {
    let me = owner(who)?;
    let all = rules::rules_of(cx, me)?.into_iter();
    Ok(all.filter(|rule| rule.until.is_none_or(|until| until > cx.now)).collect())
}

/// Takes a rule of one's own away. What it decided stays decided.
pub fn remove_rule(cx: &mut Cx<'_>, who: &Actor, id: ApprovalRuleId) -> Result<()> {
    let me = owner(who)?;
    let rule = rules::rule(cx, id)?.filter(|rule| rule.user == me).ok_or(Error::NotFound("rule"))?;
    remove(cx, who, &rule)
}

fn remove(cx: &mut Cx<'_>, who: &Actor, rule: &Rule) -> Result<()> {
    rules::delete(cx, rule.id)?;
    journal::append(cx, who, &Happening::to("approval-rule.removed", &rule.id).with(&rule.user)).map(drop)
}

/// Takes away the rules for what came through a connection that is no more.
pub(in crate::tasks) fn end_through(cx: &mut Cx<'_>, who: &Actor, connection: ConnectionId) -> Result<()> {
    rules::through(cx, connection)?.iter().try_for_each(|rule| remove(cx, who, rule))
}

/// Takes away the rules whose time is over; gives how many.
pub(in crate::tasks) fn end_over(cx: &mut Cx<'_>, who: &Actor) -> Result<usize> {
    let over = rules::over(cx)?;
    over.iter().try_for_each(|rule| remove(cx, who, rule))?;
    Ok(over.len())
}

/// The rule that stands for an approval now, if there is one.
fn standing(cx: &Cx<'_>, one: &Approval) -> Result<Option<Rule>> {
    let Of::User(user) = one.of else { return Ok(None) };
    let connection = if user == one.from {
        None
    } else {
        let owner = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "");
        match network::connected_with(cx, &owner, one.from) {
            Ok(Some(connection)) => Some(connection.id),
            Ok(None) | Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    };
    let rule = rules::matching(cx, user, connection, &one.kind)?;
    Ok(rule.filter(|rule| rule.until.is_none_or(|until| until > cx.now)))
}

/// Lets a rule of whoever is asked decide: at once, or when they have not for a while.
pub(super) fn apply(cx: &mut Cx<'_>, who: &Actor, one: &mut Approval) -> Result<()> {
    let Some(rule) = standing(cx, one)? else { return Ok(()) };
    if rule.after_minutes == 0 {
        return fire(cx, &who.trace, one, &rule);
    }
    let at = cx.now.plus(i64::from(rule.after_minutes) * MINUTE);
    if is_in_time(&rule, one, at) {
        let payload = json!({ "approval": one.id, "rule": rule.id });
        let work = Work::of(TOPIC, &who.trace, payload).keyed(key(one.id)).not_before(at);
        queue::enqueue(cx, &work)?;
    }
    Ok(())
}

/// What a rule will decide by itself, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The rule.
    pub rule: ApprovalRuleId,
    /// What it says.
    pub decision: Choice,
    /// When.
    pub at: Timestamp,
}

/// What a rule of the caller's will decide, unless they do first. Nobody else is told before it has: that somebody decides by a
/// rule is theirs to say.
pub fn planned(cx: &Cx<'_>, who: &Actor, one: &Approval) -> Result<Option<Planned>> {
    let is_mine = who.agent().is_none() && who.user().is_some_and(|me| one.of == Of::User(me));
    let is_open = one.state_at(cx.now) == ApprovalState::Pending && one.votes.is_empty();
    if !is_mine || !is_open || !is_whole(cx, one)? {
        return Ok(None);
    }
    // A rule made since does not reach back.
    let rule = standing(cx, one)?.filter(|rule| rule.created_at <= one.created_at);
    Ok(rule.and_then(|rule| {
        let at = one.created_at.plus(i64::from(rule.after_minutes) * MINUTE);
        let is_to_come = at > cx.now && is_in_time(&rule, one, at);
        is_to_come.then_some(Planned { rule: rule.id, decision: rule.decision, at })
    }))
}

/// Whether a rule still stands when its time has come, and the approval still waits.
fn is_in_time(rule: &Rule, one: &Approval, at: Timestamp) -> bool {
    at < one.due_at && rule.until.is_none_or(|until| until > at)
}

fn key(id: ApprovalId) -> String {
    format!("rule {id}")
}

/// What was to be decided later is not any more.
pub(super) fn withdraw_work(cx: &Cx<'_>, id: ApprovalId) -> Result<()> {
    queue::withdraw(cx, TOPIC, &key(id)).map(drop)
}

/// Decides in the name of a rule.
fn fire(cx: &mut Cx<'_>, trace: &str, one: &mut Approval, rule: &Rule) -> Result<()> {
    let state = match rule.decision {
        Choice::Approve => ApprovalState::Approved,
        Choice::Refuse => ApprovalState::Refused,
    };
    rules::used(cx, rule.id)?;
    one.rule = Some(rule.id);
    *one = end(cx, &Actor::house(trace), one.clone(), state)?;
    let data = json!({ "approval": one.id, "kind": one.kind, "decision": rule.decision.as_str() });
    let happening = Happening::to("approval-rule.applied", &rule.id).with(&rule.user);
    journal::append(cx, &Actor::house(trace), &happening.data(&data)).map(drop)
}

/// Work of topic `tasks` that fell due: the rule decides, if it still stands and nobody has.
pub fn due(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let ids: HashMap<String, String> =
        serde_json::from_value(lease.payload.clone()).map_err(Error::internal)?;
    let text =
        |name: &str| ids.get(name).ok_or_else(|| Error::internal("work of a rule without its approval"));
    let (id, rule): (ApprovalId, ApprovalRuleId) = (text("approval")?.parse()?, text("rule")?.parse()?);
    // The work goes first: the approval would take it back, which is ours to end.
    queue::done(cx, lease)?;
    let Some(mut one) = sql::approval(cx, id)? else { return Ok(()) };
    if one.state_at(cx.now) != ApprovalState::Pending || !one.votes.is_empty() {
        return Ok(());
    }
    match standing(cx, &one)? {
        Some(found) if found.id == rule && is_whole(cx, &one)? => fire(cx, &lease.trace, &mut one, &found),
        _ => Ok(()),
    }
}

/// Whether whoever asked may still ask: their program is not retired.
fn is_whole(cx: &Cx<'_>, one: &Approval) -> Result<bool> {
    match one.from_agent {
        None => Ok(true),
        Some(agent) => agents::is_active(cx, agent),
    }
}
