//! The one gate to anybody else's time or profile.
//!
//! Every question takes the same path and the same number of statements, and is refused in the same words, whether the
//! person does not exist, is not connected, has ended or blocked the connection, or never granted this: what cannot be
//! told apart tells nothing.

use super::grant::{Grant, Scope};
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
    /// Under which number it is listed.
    pub question: QuestionId,
}

/// The answer to a question. It is no error inside the unit of work: the question is kept, and spends, whatever the
/// answer is, so that a refusal must not undo it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict(Option<Allowed>);

impl Verdict {
    /// What is allowed, or the refusal, which has the same words for all.
    pub fn allowed(self) -> Result<Allowed> {
        self.0.ok_or_else(|| Error::denied("This person has not allowed you to know or do this."))
    }
}

/// What is known of a question before it is answered: one row, whatever there is.
pub(super) struct Known {
    pub(super) connection: Option<ConnectionId>,
    pub(super) about: Option<About>,
    pub(super) grant: Option<Grant>,
}

/// Asks whether the caller's agent may do `scope` with `subject`, and for what; spends from the pair's budget, and is
/// listed to the subject.
pub fn ask(cx: &mut Cx<'_>, who: &Actor, subject: UserId, scope: Scope, purpose: &str) -> Result<Verdict> {
    let me = me(cx, who)?.user.id;
    let known = sql::known(cx, me, subject)?;
    let budget =
        Budget { name: "questions", most: i64::from(cx.house().questions_per_hour), window_ms: HOUR };
    limits::spend(cx, budget, &format!("{me} {subject}"), 1)?;
    let question: QuestionId = cx.id();
    let connection = known.connection;
    let allowed = match known {
        Known { connection: Some(connection), about: Some(about), grant: Some(grant) }
            if grant.allows(scope, cx.now) =>
        {
            Some(Allowed { connection, about, grant, question })
        }
        _ => None,
    };
    let entry = sql::NewQuestion {
        id: question,
        connection,
        asker: me,
        subject,
        scope,
        purpose: &text::line(purpose, PURPOSE_CHARS_MAX),
        outcome: if allowed.is_some() { "answered" } else { "refused" },
        shown: if allowed.is_some() { shown(scope) } else { "nothing" },
        trace: &who.trace,
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
    let me = me(cx, who)?.user.id;
    let subject = sql::other_side(cx, id, me)?.unwrap_or_else(|| UserId::from_uuid(uuid::Uuid::nil()));
    ask(cx, who, subject, scope, purpose)
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
