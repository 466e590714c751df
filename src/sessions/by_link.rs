//! What the bearer of a mailed decision can do: agree to the time it names, or refuse it, without signing in.
//!
//! Looking changes nothing. A link is one person's, about one session, and about one time where the letter names one; it acts
//! once, as that person, and only as long as the session has not moved on.

use super::message::Message;
use super::model::Session;
use super::say::{Answer, say};
use super::sql;
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, ProposalId, SessionId};
use crate::base::time::Timestamp;
use crate::links::{self, About, Link, Purpose, Standing};
use crate::store::Cx;

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Agrees to the time.
    Agree,
    /// Refuses it; without a time, all of it.
    Refuse,
}

impl Verb {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Refuse => "refuse",
        }
    }
}

/// The links of one letter that asks for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionLinks {
    /// Agrees to each of the times, in their order.
    pub agree: Vec<(ProposalId, LinkId)>,
    /// Refuses the time, if there is one; all of them, if there are several.
    pub refuse: LinkId,
}

/// A decision as the bearer of its link sees it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Whose decision it is.
    pub user: User,
    /// What the link does.
    pub verb: Verb,
    /// The time it names.
    pub proposal: Option<ProposalId>,
    /// Whether the link still acts.
    pub standing: Standing,
}

impl Opened {
    /// Whether there is something to decide by this link.
    pub fn is_open(&self) -> bool {
        let step = match self.verb {
            Verb::Agree => super::Step::Accept,
            Verb::Refuse => super::Step::Decline,
        };
        self.standing == Standing::Live
            && step.is_legal(self.session.state)
            && self.proposal.is_none_or(|id| self.session.open_proposal(id).is_ok())
    }

    /// Whether something waits for its reader at `now`, by this link or by another.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.session.waits_for(self.user.id, now)
    }
}

/// Makes the links of a letter that asks somebody to decide about times of a session. They end with the session.
pub fn decision_links(
    cx: &Cx<'_>,
    user: &User,
    session: &Session,
    proposals: &[ProposalId],
) -> Result<DecisionLinks> {
    let make = |verb: Verb, proposal: Option<ProposalId>| {
        let about = About {
            user: Some(user.id),
            proposal,
            detail: Some(format!("{} {}", session.id, verb.as_str())),
            ..About::default()
        };
        links::issue(cx, Purpose::Decide, &user.address, &about, session.expires_at)
    };
    let agree = proposals.iter().map(|id| Ok((*id, make(Verb::Agree, Some(*id))?)));
    let only = (proposals.len() == 1).then(|| proposals.first().copied()).flatten();
    Ok(DecisionLinks { agree: agree.collect::<Result<_>>()?, refuse: make(Verb::Refuse, only)? })
}

/// Opens a link. Changes nothing. What its account or its session is no more is no link.
pub fn open(cx: &Cx<'_>, secret: &str) -> Result<Opened> {
    found(cx, secret).map(|(_, opened)| opened)
}

fn found(cx: &Cx<'_>, secret: &str) -> Result<(Link, Opened)> {
    let link = links::find(cx, Purpose::Decide, secret)?;
    let unknown = || Error::NotFound("link");
    let detail = link.about.detail.clone().unwrap_or_default();
    let (session, verb) = detail.split_once(' ').ok_or_else(unknown)?;
    let session: SessionId = session.parse().map_err(|_| unknown())?;
    let verb = if verb == Verb::Agree.as_str() { Verb::Agree } else { Verb::Refuse };
    let user = accounts::of_link(cx, &link)?;
    let session = sql::session(cx, session)?.ok_or_else(unknown)?;
    session.party(user.id).map_err(|_| unknown())?;
    let standing = link.standing(cx.now);
    let proposal = link.about.proposal;
    Ok((link, Opened { session, user, verb, proposal, standing }))
}

/// Does what a link says, as the person it was mailed to. A refusal is a value, as in [`say`], and leaves the link as it was.
pub fn decide(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<(Opened, Answer)> {
    let (link, opened) = found(cx, secret)?;
    match opened.standing {
        Standing::Live => {}
        Standing::Used => return Err(Error::refused("link.used", "This link was used already.")),
        Standing::Expired => return Err(Error::refused("link.expired", "This link has expired.")),
    }
    let message = match (opened.verb, opened.proposal) {
        (Verb::Agree, Some(proposal)) => Message::Accept { proposal },
        (Verb::Agree, None) => return Err(Error::NotFound("link")),
        (Verb::Refuse, proposal) => Message::Decline { proposal, note: String::new() },
    };
    let me = Actor::new(Who::User { id: opened.user.id, admin: false }, Road::Link, who.trace.clone());
    let answer = say(cx, &me, opened.session.id, &message)?;
    if answer.refused.is_none() {
        links::use_up(cx, link.id)?;
    }
    Ok((opened, answer))
}
