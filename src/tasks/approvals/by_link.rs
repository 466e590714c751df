//! What the bearer of a mailed question can do: say yes, or no, without signing in.
//!
//! Looking changes nothing. A link is one person's, about one approval and one choice; it acts once, as that person, and ends
//! with the approval.

use super::decide::{self, decide};
use super::model::{Approval, ApprovalState, Choice};
use super::rules::{self, Planned};
use super::see;
use crate::accounts::{self, User};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, LinkId, UserId};
use crate::links::{self, About, Link, Purpose, Standing};
use crate::store::Cx;

/// The links of one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalLinks {
    /// Says yes.
    pub approve: LinkId,
    /// Says no.
    pub refuse: LinkId,
}

/// A question as the bearer of its link sees it.
#[derive(Clone, Debug)]
pub struct OpenedApproval {
    /// What is to be decided.
    pub approval: Approval,
    /// Who asks: `Robin`, `Max, your program,`; may be empty.
    pub by: String,
    /// Whose decision it is.
    pub user: User,
    /// What the link says.
    pub choice: Choice,
    /// Whether the link still acts.
    pub standing: Standing,
    /// Whether its reader may still decide.
    pub may_decide: bool,
    /// What a rule of theirs will decide, unless they do first.
    pub planned: Option<Planned>,
}

impl OpenedApproval {
    /// Whether there is something to decide by this link.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Live && self.may_decide
    }

    /// What its reader said before.
    pub fn said(&self) -> Option<Choice> {
        self.approval.vote_of(self.user.id).map(|vote| vote.choice)
    }
}

/// Makes the links of a letter that asks somebody to decide. They end with the approval.
pub fn approval_links(cx: &Cx<'_>, user: &User, one: &Approval) -> Result<ApprovalLinks> {
    let make = |choice: Choice| {
        let detail = Some(format!("{} {}", one.id, choice.as_str()));
        let about = About { user: Some(user.id), detail, ..About::default() };
        links::issue(cx, Purpose::Approval, &user.address, &about, one.due_at)
    };
    Ok(ApprovalLinks { approve: make(Choice::Approve)?, refuse: make(Choice::Refuse)? })
}

/// Opens a link. Changes nothing. What its account or its approval is no more is no link.
pub fn open_approval(cx: &Cx<'_>, secret: &str) -> Result<OpenedApproval> {
    found(cx, secret).map(|(_, opened)| opened)
}

fn reader(user: &User, trace: &str) -> Actor {
    Actor::new(Who::User { id: user.id, admin: false }, Road::Link, trace)
}

fn found(cx: &Cx<'_>, secret: &str) -> Result<(Link, OpenedApproval)> {
    let link = links::find(cx, Purpose::Approval, secret)?;
    let unknown = || Error::NotFound("link");
    let detail = link.about.detail.clone().unwrap_or_default();
    let (id, choice) = detail.split_once(' ').ok_or_else(unknown)?;
    let id: ApprovalId = id.parse().map_err(|_| unknown())?;
    let choice = Choice::parse(choice).ok_or_else(unknown)?;
    let user = accounts::of_link(cx, &link)?;
    let who = reader(&user, "");
    let approval = see::approval(cx, &who, id).map_err(|error| match error {
        Error::NotFound(_) => unknown(),
        other => other,
    })?;
    let may_decide = decide::may_decide(cx, &who, &approval)?;
    let standing = link.standing(cx.now);
    let planned = rules::planned(cx, &who, &approval)?;
    let by = asker(cx, user.id, &approval)?;
    Ok((link, OpenedApproval { approval, by, user, choice, standing, may_decide, planned }))
}

/// Who asks, as the reader knows them.
fn asker(cx: &Cx<'_>, reader: UserId, one: &Approval) -> Result<String> {
    let name = match accounts::get(cx, one.from) {
        Ok(user) => user.given_name().unwrap_or_default(),
        Err(Error::NotFound(_)) => String::new(),
        Err(error) => return Err(error),
    };
    let Some(agent) = one.from_agent else { return Ok(name) };
    let program = agents::name_of(cx, agent)?;
    Ok(if one.from == reader {
        format!("{program}, your program,")
    } else {
        format!("{program}, for {},", if name.is_empty() { "somebody" } else { &name })
    })
}

/// Says what a link says, as the person it was mailed to. A refusal leaves the link as it was.
pub fn decide_by_link(cx: &mut Cx<'_>, who: &Actor, secret: &str, note: &str) -> Result<OpenedApproval> {
    let (link, opened) = found(cx, secret)?;
    match opened.standing {
        Standing::Live => {}
        Standing::Used => return Err(Error::refused("link.used", "This link was used already.")),
        Standing::Expired => return Err(Error::refused("link.expired", "This link has expired.")),
    }
    let approval = decide(cx, &reader(&opened.user, &who.trace), opened.approval.id, opened.choice, note)?;
    links::use_up(cx, link.id)?;
    let may_decide = approval.state == ApprovalState::Pending;
    Ok(OpenedApproval { approval, may_decide, ..opened })
}
