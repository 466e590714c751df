//! The statements of groups and their members.

use super::answers::{answers, candidates, last_answers, line, sealed};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::groups::model::{Group, Member, Mode, Silence, State, Subject};
use crate::groups::tally::Rules;
use crate::store::{Cx, Row};
use crate::values;

/// Where a question lies sealed.
const QUESTION: &str = "group_decisions.question";

const GROUP: &str = "d.session_id, d.initiator_id, d.agent_id, d.question, d.mode, d.subject, d.want, d.members, d.quorum,
    d.threshold, d.rounds_max, d.round, d.turn, d.turn_seconds, d.on_silence, d.step_ends_at, d.open_until_at, d.deadline_at,
    d.conversation_id, d.state, d.candidate_id, d.booking_id, d.meeting_id, d.result, d.reason, d.version, d.created_at, d.ended_at";

fn group_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Group> {
    let (mode, subject): (String, String) = (row.get("mode")?, row.get("subject")?);
    let (silence, state): (String, String) = (row.get("on_silence")?, row.get("state")?);
    let (want, result): (Option<String>, Option<String>) = (row.get("want")?, row.get("result")?);
    Ok(Group {
        id: row.get("session_id")?,
        initiator: row.get("initiator_id")?,
        agent: row.get("agent_id")?,
        question: line(cx, QUESTION, row.get("question")?)?,
        mode: Mode::stored(&mode)?,
        subject: Subject::stored(&subject)?,
        want: want.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()?,
        rules: Rules {
            members: row.get("members")?,
            quorum: row.get("quorum")?,
            threshold: row.get("threshold")?,
        },
        rounds_max: row.get("rounds_max")?,
        round: row.get("round")?,
        turn: row.get("turn")?,
        turn_seconds: row.get("turn_seconds")?,
        on_silence: Silence::stored(&silence)?,
        step_ends_at: row.get("step_ends_at")?,
        open_until: row.get("open_until_at")?,
        deadline: row.get("deadline_at")?,
        conversation: row.get("conversation_id")?,
        state: State::stored(&state)?,
        chosen: row.get("candidate_id")?,
        booking: row.get("booking_id")?,
        meeting: row.get("meeting_id")?,
        result: result.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()?,
        reason: row.get("reason")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
        members: Vec::new(),
        candidates: Vec::new(),
        answers: Vec::new(),
    })
}

fn member_row(row: &Row<'_>) -> Result<Member> {
    Ok(Member {
        user: row.get("user_id")?,
        name: String::new(),
        agent: row.get("agent_id")?,
        connection: row.get("connection_id")?,
        position: row.get("position")?,
        asked_at: row.get("asked_at")?,
        left_at: row.get("left_at")?,
    })
}

/// A group whole: four reads. Names are for whoever shows them.
pub(in crate::groups) fn group(cx: &Cx<'_>, id: SessionId) -> Result<Option<Group>> {
    let found = cx.db.one(
        &format!("SELECT {GROUP} FROM group_decisions d WHERE d.session_id = $1"),
        values![id],
        |row| group_row(cx, row),
    )?;
    let found = found.map(|group| with_parts(cx, group)).transpose()?;
    let all = |group: Group| Ok(Group { answers: answers(cx, id)?, ..group });
    found.map(all).transpose()
}

/// A group with its members and candidates.
fn with_parts(cx: &Cx<'_>, mut group: Group) -> Result<Group> {
    group.members = cx.db.all(
        "SELECT user_id, agent_id, connection_id, position, asked_at, left_at FROM group_members
         WHERE session_id = $1",
        values![group.id],
        member_row,
    )?;
    group.members.sort_by_key(|one| one.position);
    group.candidates = candidates(cx, group.id)?;
    Ok(group)
}

pub(in crate::groups) fn insert(cx: &Cx<'_>, group: &Group) -> Result<()> {
    let want = group.want.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO group_decisions (session_id, initiator_id, agent_id, question, mode, subject, want, members, quorum,
             threshold, rounds_max, round, turn, turn_seconds, on_silence, step_ends_at, open_until_at, deadline_at, state,
             version, created_at, conversation_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1, $20, $21)",
        values![
            group.id,
            group.initiator,
            group.agent,
            sealed(cx, QUESTION, &group.question),
            group.mode.as_str(),
            group.subject.as_str(),
            want,
            group.rules.members,
            group.rules.quorum,
            group.rules.threshold,
            group.rounds_max,
            group.round,
            group.turn,
            group.turn_seconds,
            group.on_silence.as_str(),
            group.step_ends_at,
            group.open_until,
            group.deadline,
            group.state.as_str(),
            group.created_at,
            group.conversation
        ],
    )?;
    for one in &group.members {
        cx.db.change_one(
            "INSERT INTO group_members (session_id, user_id, agent_id, connection_id, position)
             VALUES ($1, $2, $3, $4, $5)",
            values![group.id, one.user, one.agent, one.connection, one.position],
        )?;
    }
    Ok(())
}

/// Writes how a group stands now. One value of it is written once: a second, older one is a fault of ours.
pub(in crate::groups) fn update(cx: &Cx<'_>, group: &mut Group) -> Result<()> {
    let result = group.result.as_ref().map(ToString::to_string);
    let outcome = group.state.is_over().then(|| group.state.as_str());
    let changed = cx.db.execute(
        "UPDATE group_decisions SET round = $3, turn = $4, step_ends_at = $5, state = $6, outcome = $7, candidate_id = $8,
             booking_id = $9, meeting_id = $10, result = $11, reason = $12, ended_at = $13, deadline_at = $14, version = version + 1
         WHERE session_id = $1 AND version = $2",
        values![
            group.id,
            group.version,
            group.round,
            group.turn,
            group.step_ends_at,
            group.state.as_str(),
            outcome,
            group.chosen,
            group.booking,
            group.meeting,
            result,
            group.reason,
            group.ended_at,
            group.deadline
        ],
    )?;
    if changed == 0 {
        return Err(Error::internal("a group was changed twice in one unit of work"));
    }
    group.version += 1;
    Ok(())
}

/// Writes how a member stands now.
pub(in crate::groups) fn update_member(cx: &Cx<'_>, id: SessionId, one: &Member) -> Result<()> {
    cx.db.change_one(
        "UPDATE group_members SET agent_id = $3, asked_at = $4, left_at = $5 WHERE session_id = $1 AND user_id = $2",
        values![id, one.user, one.agent, one.asked_at, one.left_at],
    )
}

/// The groups of somebody that they belong to still, newest first: of what was answered the last of each member and round.
pub(in crate::groups) fn of_user(
    cx: &Cx<'_>,
    user: UserId,
    before: SessionId,
    (limit, is_open): (u32, bool),
) -> Result<Vec<Group>> {
    let found = cx.db.all(
        &format!(
            "SELECT {GROUP} FROM group_members m JOIN group_decisions d ON d.session_id = m.session_id
             WHERE m.user_id = $1 AND m.session_id < $2 AND m.left_at IS NULL AND (NOT $4 OR d.ended_at IS NULL)
             ORDER BY m.session_id DESC LIMIT $3"
        ),
        values![user, before, limit, is_open],
        |row| group_row(cx, row),
    )?;
    let last = |group: Group| {
        let answers = last_answers(cx, group.id)?;
        Ok(Group { answers, ..with_parts(cx, group)? })
    };
    found.into_iter().map(last).collect()
}

/// Who belongs to a group still, in order; nobody, where there is none.
pub(in crate::groups) fn present(cx: &Cx<'_>, id: SessionId) -> Result<Vec<UserId>> {
    cx.db.all(
        "SELECT user_id FROM group_members WHERE session_id = $1 AND left_at IS NULL ORDER BY position",
        values![id],
        |row| row.get("user_id"),
    )
}

/// Everything that somebody is, or was, a member of.
pub(in crate::groups) fn all_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT session_id FROM group_members WHERE user_id = $1 ORDER BY session_id",
        values![user],
        |row| row.get("session_id"),
    )
}

/// The groups that go on and to which somebody belongs through a connection.
pub(in crate::groups) fn alive_through(
    cx: &Cx<'_>,
    connection: ConnectionId,
) -> Result<Vec<(SessionId, UserId)>> {
    cx.db.all(
        "SELECT m.session_id, m.user_id FROM group_members m JOIN group_decisions d ON d.session_id = m.session_id
         WHERE m.connection_id = $1 AND m.left_at IS NULL AND d.ended_at IS NULL",
        values![connection],
        |row| Ok((row.get("session_id")?, row.get("user_id")?)),
    )
}

/// The groups that go on and in which a program is asked for its owner.
pub(in crate::groups) fn alive_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<(SessionId, UserId)>> {
    cx.db.all(
        "SELECT m.session_id, m.user_id FROM group_members m JOIN group_decisions d ON d.session_id = m.session_id
         WHERE m.agent_id = $1 AND m.left_at IS NULL AND d.ended_at IS NULL",
        values![agent],
        |row| Ok((row.get("session_id")?, row.get("user_id")?)),
    )
}

/// The groups that go on and in which a program is, newest first.
pub(in crate::groups) fn rooms_of(cx: &Cx<'_>, agent: AgentId) -> Result<Vec<SessionId>> {
    Ok(alive_of_agent(cx, agent)?.into_iter().map(|(id, _)| id).collect())
}

/// The group that a scheduling session books.
pub(in crate::groups) fn booked_by(cx: &Cx<'_>, booking: SessionId) -> Result<Option<SessionId>> {
    cx.db.one("SELECT session_id FROM group_decisions WHERE booking_id = $1", values![booking], |row| {
        row.get("session_id")
    })
}

/// Groups that ended before an instant and came to no meeting, oldest first.
pub(in crate::groups) fn ended_before(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT session_id FROM group_decisions WHERE ended_at IS NOT NULL AND ended_at < $1 AND meeting_id IS NULL
         ORDER BY ended_at LIMIT $2",
        values![before, limit],
        |row| row.get("session_id"),
    )
}

/// Takes a group away, with everything that was answered.
pub(in crate::groups) fn delete(cx: &Cx<'_>, id: SessionId) -> Result<()> {
    for table in ["group_answers", "group_candidates", "group_members", "group_decisions"] {
        cx.db.execute(&format!("DELETE FROM {table} WHERE session_id = $1"), values![id])?;
    }
    Ok(())
}

/// Takes somebody out of a group that stays.
pub(in crate::groups) fn delete_member(cx: &Cx<'_>, id: SessionId, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM group_members WHERE session_id = $1 AND user_id = $2", values![id, user])
}
