//! A session that began in a conversation: at every step it is held to what is shared there at that moment.
//!
//! Where availability is shared no more, agents look at nobody else's calendar and name no times: what their own user's
//! calendar says would be told by these. Where commitments are not, no agent's yes books anything. People go on by hand.

use super::conversation::{self, Right};
use super::model::{Session, Standing, State};
use super::{awaited, builtin, common, sql};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{MeetingId, SessionId, UserId};
use crate::store::Cx;

/// The most of what began in a conversation that is told of it.
const BEGAN_MAX: u32 = 50;

/// Whether a session may go by something now, as far as the conversation goes that it began in. What began in none goes by
/// grants alone.
pub(super) fn lets(cx: &Cx<'_>, session: &Session, right: Right) -> Result<bool> {
    session.conversation.map_or(Ok(true), |id| conversation::lets(cx, id, right))
}

/// Hands a session to the person whose agent may not name times in it. Where nothing is on the table and somebody has been
/// asked to name times already, it waits for them.
pub(super) fn hand_over(cx: &mut Cx<'_>, who: &Actor, session: &mut Session, user: UserId) -> Result<()> {
    let is_empty = session.open_proposals().next().is_none();
    let waits = !common::deciding(session).is_empty();
    if is_empty && waits || session.party(user)?.standing == Standing::Decides {
        return Ok(());
    }
    session.state = State::AwaitingConfirmation;
    for party in session.parties.iter_mut().filter(|party| party.user == user) {
        (party.standing, party.proposal) = (Standing::Decides, None);
    }
    common::remark(cx, who, session, "rights")?;
    common::tell_decision(cx, who, session, user)?;
    common::keep(cx, who, session)
}

/// Looks again at what began in a conversation in which less is shared now: where its agents may name no times any more, and
/// nothing is on the table, the house hands it over.
pub(super) fn look_again(cx: &Cx<'_>, who: &Actor, conversation: SessionId) -> Result<()> {
    for id in sql::alive_in(cx, conversation)? {
        let Some(session) = sql::session(cx, id)? else { continue };
        if awaited::is_for_people(cx, &session)? {
            builtin::wake(cx, who, &session)?;
        }
    }
    Ok(())
}

/// A scheduling session that began in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its id.
    pub id: SessionId,
    /// What it is for.
    pub purpose: String,
    /// How it stands.
    pub state: State,
    /// What it came to.
    pub meeting: Option<MeetingId>,
}

/// The scheduling sessions that began in a conversation and that the caller takes part in, the newest first, for doors that
/// have settled that the conversation is theirs to see.
pub fn began_in(cx: &Cx<'_>, who: &Actor, conversation: SessionId) -> Result<Vec<Begun>> {
    match who.user() {
        Some(me) => sql::began_in(cx, conversation, me, BEGAN_MAX),
        None => Ok(Vec::new()),
    }
}
