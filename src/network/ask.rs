//! The one gate to anybody else's time or profile.
//!
//! Every question takes the same path and the same number of statements, and is refused in the same words, whether the
//! person does not exist, is not connected, has ended or blocked the connection, or never granted this: what cannot be
//! told apart tells nothing.

use super::grant::{Grant, Reveal, Scope};
use super::{me, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, Id, QuestionId, UserId};
use crate::base::text;
use crate::base::time::{HOUR, Zone};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// The longest purpose, in characters.
const PURPOSE_CHARS_MAX: usize = 200;

/// Whom a question is about, once it may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The account.
    pub id: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// Their zone.
    pub zone: Zone,
}

/// What somebody may know or do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Through which connection.
    pub connection: ConnectionId,
    /// Whom it is about.
    pub about: About,
    /// What lets them.
    pub grant: Grant,
    /// Under which number it is listed; `None`: it was not asked anew.
    pub question: Option<QuestionId>,
}

/// The answer to a question. It is no error inside the unit of work: the question is kept, and spends, whatever the
/// answer is, so that a refusal must not undo it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict(Option<Allowed>);

impl Verdict {
    /// What is allowed, or the refusal, which has the same words for all.
    pub fn allowed(self) -> Result<Allowed> {
        self.0.ok_or_else(refusal)
    }
}

/// The refusal of whatever somebody has not allowed: in the same words for all, whatever there is or is not.
pub fn refusal() -> Error {
    Error::denied("This person has not allowed you to know or do this.")
}

/// A question about somebody's time or profile.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What is to be known or done.
    pub scope: Scope,
    /// What for.
    pub purpose: &'a str,
    /// What an answer shows, as the person it is about reads it; `None`: what the scope says.
    pub shown: Option<&'a str>,
    /// Whether it takes a grant that reveals when they are busy.
    pub is_of_busy: bool,
    /// Whether it is asked for what was agreed before: it spends what is left, and is not refused for want of it.
    pub is_agreed: bool,
}

impl<'a> Wanted<'a> {
    /// A question for `scope`, and what for.
    pub fn of(scope: Scope, purpose: &'a str) -> Self {
        Self { scope, purpose, shown: None, is_of_busy: false, is_agreed: false }
    }
}

/// What is known of a question before it is answered: one row, whatever there is.
pub(super) struct Known {
    pub(super) connection: Option<ConnectionId>,
    pub(super) about: Option<About>,
    pub(super) grant: Option<Grant>,
}

impl Known {
    /// What lets this be known or done, if all of it is there.
    fn allows(self, cx: &Cx<'_>, scope: Scope) -> Option<Allowed> {
        let (connection, about, grant) = (self.connection?, self.about?, self.grant?);
        grant.allows(scope, cx.now).then_some(Allowed { connection, about, grant, question: None })
    }
}

/// Asks whether the caller's agent may do `scope` with `subject`, and for what; spends from the pair's budget, and is
/// listed to the subject.
pub fn ask(cx: &mut Cx<'_>, who: &Actor, subject: UserId, scope: Scope, purpose: &str) -> Result<Verdict> {
    let me = me(cx, who)?.user.id;
    ask_as(cx, (me, &who.trace), subject, Wanted::of(scope, purpose))
}

fn ask_as(
    cx: &mut Cx<'_>,
    (me, trace): (UserId, &str),
    subject: UserId,
    wanted: Wanted<'_>,
) -> Result<Verdict> {
    let Wanted { scope, purpose, .. } = wanted;
    let known = sql::known(cx, me, subject)?;
    let budget =
        Budget { name: "questions", most: i64::from(cx.house().questions_per_hour), window_ms: HOUR };
    let spender = format!("{me} {subject}");
    if wanted.is_agreed {
        limits::allows(cx, budget, &spender, 1)?;
    } else {
        limits::spend(cx, budget, &spender, 1)?;
    }
    let question: QuestionId = cx.id();
    let connection = known.connection;
    let is_seen = |allowed: &Allowed| !wanted.is_of_busy || allowed.grant.reveal == Reveal::Busy;
    let allowed = known.allows(cx, scope).filter(is_seen);
    let allowed = allowed.map(|allowed| Allowed { question: Some(question), ..allowed });
    let entry = sql::NewQuestion {
        id: question,
        connection,
        asker: me,
        subject,
        scope,
        purpose: &text::line(purpose, PURPOSE_CHARS_MAX),
        outcome: if allowed.is_some() { "answered" } else { "refused" },
        shown: if allowed.is_some() { wanted.shown.unwrap_or(shown(scope)) } else { "nothing" },
        trace,
    };
    sql::insert_question(cx, &entry)?;
    Ok(Verdict(allowed))
}

/// As [`ask`], about the other side of a connection. A connection that is none of the caller's is asked about nobody.
pub fn ask_by_connection(
    cx: &mut Cx<'_>,
    who: &Actor,
    id: ConnectionId,
    scope: Scope,
    purpose: &str,
) -> Result<Verdict> {
    let verdict = ask_each(cx, who, &[id], Wanted::of(scope, purpose))?.pop();
    verdict.ok_or_else(|| Error::internal("a question without an answer"))
}

/// One question about the other side of each of these connections: one verdict for each, in their order.
pub fn ask_each(
    cx: &mut Cx<'_>,
    who: &Actor,
    connections: &[ConnectionId],
    wanted: Wanted<'_>,
) -> Result<Vec<Verdict>> {
    let me = me(cx, who)?.user.id;
    let mut verdicts = Vec::with_capacity(connections.len());
    for id in connections {
        let subject = sql::other_side(cx, *id, me)?.unwrap_or_else(|| UserId::from_uuid(uuid::Uuid::nil()));
        verdicts.push(ask_as(cx, (me, &who.trace), subject, wanted)?);
    }
    Ok(verdicts)
}

/// Whether what was asked before is allowed still, of the other side of a connection of `asker`'s: no question, and it shows
/// nothing. For rooms in which something goes on that began with one.
pub fn still(cx: &Cx<'_>, asker: UserId, id: ConnectionId, scope: Scope) -> Result<Option<Allowed>> {
    let Some(subject) = sql::other_side(cx, id, asker)? else { return Ok(None) };
    let known = sql::known(cx, asker, subject)?;
    Ok(known.allows(cx, scope).filter(|allowed| allowed.connection == id))
}

/// By which connection each of two users lets the other's agent do `scope` now, if by any: no question, and it shows nothing.
/// It takes the same number of statements whatever there is between them, and whether there is an `other`; whoever is shut
/// out lets nobody.
pub fn mutual(cx: &Cx<'_>, one: UserId, other: Option<UserId>, scope: Scope) -> Result<Option<ConnectionId>> {
    let other = other.unwrap_or_else(|| UserId::from_uuid(uuid::Uuid::nil()));
    let received = sql::known(cx, one, other)?.allows(cx, scope);
    let given = match sql::known(cx, other, one) {
        Ok(known) => known.allows(cx, scope),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(received.filter(|_| given.is_some()).map(|allowed| allowed.connection))
}

/// What an answer shows, as the person it is about reads it.
fn shown(scope: Scope) -> &'static str {
    match scope {
        Scope::ProfileRead => "your name and your time zone",
        Scope::AvailabilityRead => "when you have time",
        Scope::Propose => "that times may be proposed to you",
        Scope::BookConfirmed => "that you can be asked to confirm a meeting",
        Scope::BookAlone => "that meetings may be booked with you",
    }
}
