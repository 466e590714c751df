//! Telling the program that asked: an approval that belongs to no task has a session of its own, into which the decision is
//! written, and from which it is brought to the program's inbox.

use serde_json::json;

use super::model::{Approval, ApprovalState, Of};
use super::see;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, Id, SessionId};
use crate::messages::Type;
use crate::sessions::Phase;
use crate::sessions::any::Kind;
use crate::sessions::conversation::Entry;
use crate::sessions::work::{self, NewStep, NewWork};
use crate::store::Cx;

/// The session of an approval that belongs to no task: it bears the approval's number. That of one that belongs to a task is the
/// number alone, which no session has.
pub fn session_of(id: ApprovalId) -> SessionId {
    SessionId::from_uuid(id.uuid())
}

/// How every kind of session stands: that somebody refused is an outcome as well.
fn phase(state: ApprovalState) -> Phase {
    match state {
        ApprovalState::Pending => Phase::Pending,
        ApprovalState::Approved | ApprovalState::Refused => Phase::Completed,
        ApprovalState::Expired => Phase::Expired,
        ApprovalState::Canceled => Phase::Cancelled,
    }
}

/// Opens the session of an approval that belongs to no task; that of a task has the task's.
pub(super) fn open(cx: &Cx<'_>, one: &Approval) -> Result<()> {
    if one.task.is_some() {
        return Ok(());
    }
    let new = NewWork {
        id: session_of(one.id),
        kind: Kind::Approval,
        by: one.from,
        agent: one.from_agent,
        connection: one.connection,
        role: match one.of {
            Of::Role(role) => Some(role),
            Of::User(_) => None,
        },
        state: one.state.as_str(),
        expires: one.due_at,
    };
    work::open(cx, &new)
}

/// Writes down how it ended, and brings it to the program that asked, unless that did it itself.
pub(super) fn ended(cx: &mut Cx<'_>, who: &Actor, one: &Approval) -> Result<()> {
    let author = match who.who {
        Who::House => None,
        _ => who.user(),
    };
    let data = json!({
        "approval": one.id,
        "kind": one.kind,
        "decision": one.state.as_str(),
        "version": one.version,
        "rule": one.rule,
    });
    let to: Vec<_> = one.from_agent.into_iter().collect();
    let session = session_of(one.id);
    let said = NewStep {
        session,
        author,
        agent: who.agent(),
        kind: "decided",
        is: Type::Step,
        data: &data,
        to: &to,
        full: &[],
        asks: None,
    };
    work::say(cx, who, &said)?;
    work::stand(cx, session, phase(one.state), one.state.as_str(), one.ended_at)
}

/// Takes the session of an approval away, if it has one, with what is still on its way.
pub(in crate::tasks) fn forget(cx: &mut Cx<'_>, id: ApprovalId) -> Result<()> {
    work::delete(cx, session_of(id))
}

/// What was said in the session of an approval of the caller's after a place, in order.
pub fn transcript(cx: &Cx<'_>, who: &Actor, id: ApprovalId, after: i64) -> Result<Vec<Entry>> {
    let one = see::approval(cx, who, id)?;
    work::transcript(cx, session_of(one.id), after, &|_| true)
}

/// The approval of the caller's that a session belongs to.
pub fn of_session(cx: &Cx<'_>, who: &Actor, session: SessionId) -> Result<Approval> {
    let one = see::approval(cx, who, ApprovalId::from_uuid(session.uuid()))?;
    if one.task.is_some() { Err(Error::NotFound("approval")) } else { Ok(one) }
}
