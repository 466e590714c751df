//! The statements of rules.

use crate::base::error::Result;
use crate::base::id::{ApprovalRuleId, ConnectionId, UserId};
use crate::store::{Cx, Row};
use crate::tasks::approvals::model::{Choice, Rule};
use crate::values;

const RULE: &str = "id, user_id, connection_id, kind, decision, after_minutes, until, uses, created_at";
/// Whose what one's own programs ask is.
const OWN: &str = "own";

fn whose(connection: Option<ConnectionId>) -> String {
    connection.map_or_else(|| OWN.to_owned(), |id| id.to_string())
}

fn rule_row(row: &Row<'_>) -> Result<Rule> {
    let decision: String = row.get("decision")?;
    Ok(Rule {
        id: row.get("id")?,
        user: row.get("user_id")?,
        connection: row.get("connection_id")?,
        kind: row.get("kind")?,
        decision: Choice::stored(&decision)?,
        after_minutes: row.get("after_minutes")?,
        until: row.get("until")?,
        uses: row.get("uses")?,
        created_at: row.get("created_at")?,
    })
}

/// Adds a rule; says whether there was none of its kind there.
pub(in crate::tasks) fn insert(cx: &Cx<'_>, rule: &Rule) -> Result<bool> {
    let added = cx.db.execute(
        "INSERT INTO approval_rules (id, user_id, connection_id, whose, kind, decision, after_minutes, until, uses, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) ON CONFLICT (user_id, whose, kind) DO NOTHING",
        values![
            rule.id,
            rule.user,
            rule.connection,
            whose(rule.connection),
            rule.kind,
            rule.decision.as_str(),
            rule.after_minutes,
            rule.until,
            rule.created_at
        ],
    )?;
    Ok(added == 1)
}

pub(in crate::tasks) fn rule(cx: &Cx<'_>, id: ApprovalRuleId) -> Result<Option<Rule>> {
    cx.db.one(&format!("SELECT {RULE} FROM approval_rules WHERE id = $1"), values![id], rule_row)
}

/// The rule for what is asked of somebody through a connection, or by a program of their own.
pub(in crate::tasks) fn matching(
    cx: &Cx<'_>,
    user: UserId,
    connection: Option<ConnectionId>,
    kind: &str,
) -> Result<Option<Rule>> {
    cx.db.one(
        &format!("SELECT {RULE} FROM approval_rules WHERE user_id = $1 AND whose = $2 AND kind = $3"),
        values![user, whose(connection), kind],
        rule_row,
    )
}

pub(in crate::tasks) fn rules_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<Rule>> {
    cx.db.all(
        &format!("SELECT {RULE} FROM approval_rules WHERE user_id = $1 ORDER BY whose, kind"),
        values![user],
        rule_row,
    )
}

pub(in crate::tasks) fn used(cx: &Cx<'_>, id: ApprovalRuleId) -> Result<()> {
    cx.db.change_one("UPDATE approval_rules SET uses = uses + 1 WHERE id = $1", values![id])
}

pub(in crate::tasks) fn delete(cx: &Cx<'_>, id: ApprovalRuleId) -> Result<usize> {
    cx.db.execute("DELETE FROM approval_rules WHERE id = $1", values![id])
}

/// Those that went through a connection.
pub(in crate::tasks) fn through(cx: &Cx<'_>, connection: ConnectionId) -> Result<Vec<Rule>> {
    cx.db.all(
        &format!("SELECT {RULE} FROM approval_rules WHERE connection_id = $1"),
        values![connection],
        rule_row,
    )
}

/// Those whose time is over.
pub(in crate::tasks) fn over(cx: &Cx<'_>) -> Result<Vec<Rule>> {
    cx.db.all(
        &format!("SELECT {RULE} FROM approval_rules WHERE until IS NOT NULL AND until <= $1"),
        values![cx.now],
        rule_row,
    )
}

pub(in crate::tasks) fn delete_of(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM approval_rules WHERE user_id = $1", values![user])
}
