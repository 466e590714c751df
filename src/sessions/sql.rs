//! The statements of sessions.

use super::answering::Asked;
use super::any::sql::{purpose, sealed};
use super::conversation::sql::Content;
use super::held::Begun;
use super::hold::Reserved;
use super::model::{Party, Phase, Proposal, ProposalState, Role, Said, Session, Standing, State, Want};
use crate::agents;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ConnectionId, MeetingId, MessageId, ProposalId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::slots::Reason;
use crate::store::{Cx, Row};
use crate::values;

const SESSION: &str =
    "s.id, s.state, s.sealed_purpose, s.initiator_id, s.want, s.rounds, s.rounds_max, s.places, s.chosen,
    s.meeting_id, s.group_id, s.conversation_id, s.reason, s.version, s.created_at, s.expires_at, s.ended_at";

fn session_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Session> {
    let (state, want): (String, String) = (row.get("state")?, row.get("want")?);
    Ok(Session {
        id: row.get("id")?,
        state: State::stored(&state)?,
        purpose: purpose(cx, row)?,
        initiator: row.get("initiator_id")?,
        want: serde_json::from_str(&want).map_err(Error::internal)?,
        rounds: row.get("rounds")?,
        rounds_max: row.get("rounds_max")?,
        places: row.get("places")?,
        chosen: row.get("chosen")?,
        group: row.get("group_id")?,
        conversation: row.get("conversation_id")?,
        meeting: row.get("meeting_id")?,
        reason: row.get("reason")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
        parties: Vec::new(),
        proposals: Vec::new(),
    })
}

fn party_row(row: &Row<'_>) -> Result<Party> {
    let (role, standing): (String, String) = (row.get("role")?, row.get("standing")?);
    Ok(Party {
        user: row.get("user_id")?,
        name: row.get::<Option<String>>("name")?.unwrap_or_default(),
        connection: row.get("connection_id")?,
        role: Role::stored(&role)?,
        standing: Standing::stored(&standing)?,
        proposal: row.get("proposal_id")?,
        has_stepped_in: row.get("has_stepped_in")?,
        agent: row.get("agent_id")?,
    })
}

fn proposal_row(row: &Row<'_>) -> Result<Proposal> {
    let (state, reason): (String, Option<String>) = (row.get("state")?, row.get("reason")?);
    Ok(Proposal {
        id: row.get("id")?,
        round: row.get("round")?,
        author: row.get("author_id")?,
        by_person: false,
        start: row.get("starts_at")?,
        end: row.get("ends_at")?,
        state: ProposalState::stored(&state)?,
        reason: reason.as_deref().map(Reason::stored).transpose()?,
    })
}

fn said_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Said> {
    // Of whom is forgotten, nothing is left of it.
    let body = Content::opened(cx, row)?.and_then(|content| content.body);
    Ok(Said {
        id: row.get("id")?,
        place: row.get("place")?,
        author: row.get("author_id")?,
        by_person: row.get("by_person")?,
        agent: row.get("agent_id")?,
        kind: row.get("type")?,
        body: body.unwrap_or_else(|| serde_json::json!({})),
        at: row.get("created_at")?,
    })
}

/// `by`: the program that begins it; `None`: a person, or the house, does.
pub(super) fn insert(cx: &Cx<'_>, session: &Session, by: Option<AgentId>) -> Result<()> {
    let want: &Want = &session.want;
    cx.db.change_one(
        "INSERT INTO sessions (id, kind, phase, state, sealed_purpose, initiator_id, want, rounds, rounds_max, places, version,
             created_at, expires_at, group_id, by_agent_id, conversation_id)
         VALUES ($1, 'scheduling', $2, $3, $4, $5, $6, 0, $7, 0, 1, $8, $9, $10, $11, $12)",
        values![
            session.id,
            session.state.phase().as_str(),
            session.state.as_str(),
            sealed(cx, &session.purpose),
            session.initiator,
            serde_json::to_string(want).map_err(Error::internal)?,
            session.rounds_max,
            session.created_at,
            session.expires_at,
            session.group,
            by,
            session.conversation
        ],
    )?;
    for party in &session.parties {
        cx.db.change_one(
            "INSERT INTO session_parties (session_id, user_id, connection_id, role, standing, has_stepped_in)
             VALUES ($1, $2, $3, $4, $5, $6)",
            values![
                session.id,
                party.user,
                party.connection,
                party.role.as_str(),
                party.standing.as_str(),
                party.has_stepped_in
            ],
        )?;
    }
    Ok(())
}

/// A session whole: four reads.
pub(super) fn session(cx: &Cx<'_>, id: SessionId) -> Result<Option<Session>> {
    let found = cx.db.one(
        &format!("SELECT {SESSION} FROM sessions s WHERE s.id = $1 AND s.kind = 'scheduling'"),
        values![id],
        |row| session_row(cx, row),
    )?;
    found.map(|session| with_parts(cx, session)).transpose()
}

fn with_parts(cx: &Cx<'_>, mut session: Session) -> Result<Session> {
    session.parties = cx.db.all(
        "SELECT p.user_id, u.name, p.connection_id, p.role, p.standing, p.proposal_id,
             p.has_stepped_in, e.agent_id FROM session_parties p LEFT JOIN users u ON u.id = p.user_id
             LEFT JOIN agent_engagements e ON e.session_id = p.session_id AND e.user_id = p.user_id
         WHERE p.session_id = $1",
        values![session.id],
        party_row,
    )?;
    session.parties.sort_by(|one, other| {
        (one.role, one.name.to_lowercase(), one.user).cmp(&(
            other.role,
            other.name.to_lowercase(),
            other.user,
        ))
    });
    session.proposals = cx.db.all(
        "SELECT id, round, author_id, starts_at, ends_at, state, reason FROM session_proposals
         WHERE session_id = $1 ORDER BY id",
        values![session.id],
        proposal_row,
    )?;
    // Each round is one such entry of the transcript, which says who spoke.
    let rounds: Vec<bool> = cx.db.all(
        "SELECT by_person FROM session_messages
         WHERE session_id = $1 AND type IN ('proposal', 'counter') ORDER BY place",
        values![session.id],
        |row| row.get("by_person"),
    )?;
    for proposal in &mut session.proposals {
        let round = usize::try_from(proposal.round - 1).ok();
        proposal.by_person = round.and_then(|round| rounds.get(round).copied()).unwrap_or(false);
    }
    Ok(session)
}

/// The sessions of somebody, newest first.
pub(super) fn sessions_of(cx: &Cx<'_>, user: UserId, before: SessionId, limit: u32) -> Result<Vec<Session>> {
    let found = cx.db.all(
        &format!(
            "SELECT {SESSION} FROM session_parties m JOIN sessions s ON s.id = m.session_id
             WHERE m.user_id = $1 AND m.session_id < $2 ORDER BY m.session_id DESC LIMIT $3"
        ),
        values![user, before, limit],
        |row| session_row(cx, row),
    )?;
    found.into_iter().map(|session| with_parts(cx, session)).collect()
}

/// The sessions of somebody in which they must decide, newest first.
pub(super) fn waiting_for(cx: &Cx<'_>, user: UserId, limit: u32) -> Result<Vec<Session>> {
    let found = cx.db.all(
        &format!(
            "SELECT {SESSION} FROM session_parties m JOIN sessions s ON s.id = m.session_id
             WHERE m.user_id = $1 AND m.standing = 'decides' AND s.state = 'awaiting_confirmation'
             ORDER BY m.session_id DESC LIMIT $2"
        ),
        values![user, limit],
        |row| session_row(cx, row),
    )?;
    found.into_iter().map(|session| with_parts(cx, session)).collect()
}

/// The scheduling sessions of somebody that began in a conversation, newest first.
pub(super) fn began_in(cx: &Cx<'_>, conversation: SessionId, user: UserId, limit: u32) -> Result<Vec<Begun>> {
    cx.db.all(
        "SELECT s.id, s.sealed_purpose, s.state, s.meeting_id FROM sessions s JOIN session_parties m ON m.session_id = s.id
         WHERE s.conversation_id = $1 AND m.user_id = $2 ORDER BY s.id DESC LIMIT $3",
        values![conversation, user, limit],
        |row| {
            Ok(Begun {
                id: row.get("id")?,
                purpose: purpose(cx, row)?,
                state: State::stored(&row.get::<String>("state")?)?,
                meeting: row.get("meeting_id")?,
            })
        },
    )
}

/// Scheduling sessions that began in a conversation and go on.
pub(super) fn alive_in(cx: &Cx<'_>, conversation: SessionId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT id FROM sessions WHERE conversation_id = $1 AND ended_at IS NULL",
        values![conversation],
        |row| row.get("id"),
    )
}

/// Sessions that go on through a connection.
pub(super) fn alive_through(cx: &Cx<'_>, connection: ConnectionId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT s.id FROM session_parties p JOIN sessions s ON s.id = p.session_id
         WHERE p.connection_id = $1 AND s.ended_at IS NULL",
        values![connection],
        |row| row.get("id"),
    )
}

/// Sessions of somebody that go on.
pub(super) fn alive_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT s.id FROM session_parties p JOIN sessions s ON s.id = p.session_id
         WHERE p.user_id = $1 AND s.ended_at IS NULL",
        values![user],
        |row| row.get("id"),
    )
}

/// Sessions whose time is over.
pub(super) fn overdue(cx: &Cx<'_>, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at <= $1 AND kind = 'scheduling'
         ORDER BY expires_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("id"),
    )
}

/// Writes how a session stands now. One value of it is written once: a second, older one is a fault of ours.
pub(super) fn update(cx: &Cx<'_>, session: &mut Session) -> Result<()> {
    if session.state.is_over() && session.ended_at.is_none() {
        session.ended_at = Some(cx.now);
        agents::disengage(cx, session.id)?;
    }
    let phase: Phase = session.state.phase();
    let changed = cx.db.execute(
        "UPDATE sessions SET phase = $3, state = $4, rounds = $5, places = $6, chosen = $7, meeting_id = $8,
             reason = $9, ended_at = $10, version = version + 1
         WHERE id = $1 AND version = $2",
        values![
            session.id,
            session.version,
            phase.as_str(),
            session.state.as_str(),
            session.rounds,
            session.places,
            session.chosen,
            session.meeting,
            session.reason,
            session.ended_at
        ],
    )?;
    if changed == 0 {
        return Err(Error::internal("a session was changed twice in one unit of work"));
    }
    session.version += 1;
    for party in &session.parties {
        cx.db.change_one(
            "UPDATE session_parties SET standing = $3, proposal_id = $4, has_stepped_in = $5
             WHERE session_id = $1 AND user_id = $2",
            values![session.id, party.user, party.standing.as_str(), party.proposal, party.has_stepped_in],
        )?;
    }
    for proposal in &session.proposals {
        cx.db.execute(
            "UPDATE session_proposals SET state = $2 WHERE id = $1 AND state <> $2",
            values![proposal.id, proposal.state.as_str()],
        )?;
    }
    Ok(())
}

pub(super) fn insert_proposal(cx: &Cx<'_>, session: SessionId, proposal: &Proposal) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO session_proposals (id, session_id, round, author_id, starts_at, ends_at, state, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            proposal.id,
            session,
            proposal.round,
            proposal.author,
            proposal.start,
            proposal.end,
            proposal.state.as_str(),
            proposal.reason.map(Reason::as_str)
        ],
    )
}

/// A new entry of the transcript.
pub(super) struct NewSaid<'a> {
    pub(super) id: MessageId,
    pub(super) session: SessionId,
    pub(super) place: i64,
    pub(super) author: Option<UserId>,
    pub(super) by_person: bool,
    pub(super) agent: Option<AgentId>,
    pub(super) kind: &'a str,
    pub(super) body: &'a serde_json::Value,
}

pub(super) fn insert_said(cx: &Cx<'_>, said: &NewSaid<'_>) -> Result<()> {
    let content = Content { body: Some(said.body.clone()), ..Content::default() };
    cx.db.change_one(
        "INSERT INTO session_messages (id, session_id, place, author_id, by_person, type, content, created_at, agent_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            said.id,
            said.session,
            said.place,
            said.author,
            said.by_person,
            said.kind,
            content.sealed(cx)?,
            cx.now,
            said.agent
        ],
    )
}

/// When the last step was taken; what is said besides is none.
pub(super) fn last_step_at(cx: &Cx<'_>, session: SessionId) -> Result<Option<Timestamp>> {
    cx.db.one(
        "SELECT created_at FROM session_messages WHERE session_id = $1 AND type <> 'note' ORDER BY place DESC LIMIT 1",
        values![session],
        |row| row.get("created_at"),
    )
}

/// The transcript after a place.
pub(super) fn said_after(cx: &Cx<'_>, session: SessionId, place: i64, limit: u32) -> Result<Vec<Said>> {
    cx.db.all(
        "SELECT id, place, author_id, by_person, agent_id, type, content, created_at FROM session_messages
         WHERE session_id = $1 AND place > $2 ORDER BY place LIMIT $3",
        values![session, place, limit],
        |row| said_row(cx, row),
    )
}

/// One entry of a transcript.
pub(super) fn said(cx: &Cx<'_>, id: MessageId) -> Result<Option<Said>> {
    cx.db.one(
        "SELECT id, place, author_id, by_person, agent_id, type, content, created_at FROM session_messages
         WHERE id = $1",
        values![id],
        |row| said_row(cx, row),
    )
}

/// The sessions that came to a meeting, and of which something was on its way to an agent.
pub(super) fn asked_for(cx: &Cx<'_>, agent: AgentId, meeting: MeetingId) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT s.id FROM lanes l JOIN sessions s ON s.id = l.session_id
         WHERE l.to_id = $1 AND s.meeting_id = $2 AND s.kind = 'scheduling'",
        values![agent, meeting],
        |row| row.get("id"),
    )
}

/// A booking between its two phases.
#[derive(Clone, Debug)]
pub(super) struct Underway {
    pub(super) session: SessionId,
    pub(super) proposal: ProposalId,
    pub(super) user: UserId,
    pub(super) deadline: Timestamp,
    /// The ids that the meeting will have, where its time is held in calendars too.
    pub(super) reserved: Option<Reserved>,
    /// The rooms and things whose programs are asked.
    pub(super) rooms: Vec<Asked>,
}

fn underway_row(row: &Row<'_>) -> Result<Underway> {
    let (reserved, rooms): (Option<String>, Option<String>) = (row.get("reserved")?, row.get("rooms")?);
    let rooms = rooms.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()?;
    Ok(Underway {
        session: row.get("session_id")?,
        proposal: row.get("proposal_id")?,
        user: row.get("user_id")?,
        deadline: row.get("deadline_at")?,
        reserved: reserved.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()?,
        rooms: rooms.unwrap_or_default(),
    })
}

pub(super) fn insert_underway(cx: &Cx<'_>, underway: &Underway) -> Result<()> {
    let reserved =
        underway.reserved.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
    cx.db.change_one(
        "INSERT INTO session_bookings (session_id, proposal_id, user_id, started_at, deadline_at, reserved, rooms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            underway.session,
            underway.proposal,
            underway.user,
            cx.now,
            underway.deadline,
            reserved,
            written(&underway.rooms)?
        ],
    )
}

/// As they lie in the store; `None`: nobody is asked.
fn written(rooms: &[Asked]) -> Result<Option<String>> {
    if rooms.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(rooms).map(Some).map_err(Error::internal)
}

/// Writes which of the rooms have answered.
pub(super) fn set_rooms(cx: &Cx<'_>, underway: &Underway) -> Result<()> {
    cx.db.change_one(
        "UPDATE session_bookings SET rooms = $2 WHERE session_id = $1",
        values![underway.session, written(&underway.rooms)?],
    )
}

pub(super) fn underway(cx: &Cx<'_>, session: SessionId) -> Result<Option<Underway>> {
    cx.db.one(
        "SELECT session_id, proposal_id, user_id, deadline_at, reserved, rooms FROM session_bookings WHERE session_id = $1",
        values![session],
        underway_row,
    )
}

pub(super) fn delete_underway(cx: &Cx<'_>, session: SessionId) -> Result<usize> {
    cx.db.execute("DELETE FROM session_bookings WHERE session_id = $1", values![session])
}

/// Bookings that were left between their phases.
pub(super) fn left_underway(cx: &Cx<'_>, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT session_id FROM session_bookings WHERE deadline_at <= $1 ORDER BY deadline_at LIMIT $2",
        values![cx.now, limit],
        |row| row.get("session_id"),
    )
}

/// Takes somebody out of what was said: their words, not that they took part.
pub(super) fn forget_words(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "UPDATE session_messages SET content = NULL WHERE author_id = $1 AND session_id IN
             (SELECT session_id FROM session_parties WHERE user_id = $1)",
        values![user],
    )
}

/// Takes what a session was for out of those that somebody began.
pub(super) fn forget_purposes(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "UPDATE sessions SET sealed_purpose = NULL WHERE initiator_id = $1 AND id IN
             (SELECT session_id FROM session_parties WHERE user_id = $1
              UNION SELECT session_id FROM conversation_members WHERE user_id = $1)",
        values![user],
    )
}

/// Scheduling sessions that ended before an instant and came to no meeting.
pub(super) fn ended_before(cx: &Cx<'_>, before: Timestamp, limit: u32) -> Result<Vec<SessionId>> {
    cx.db.all(
        "SELECT id FROM sessions WHERE ended_at IS NOT NULL AND ended_at < $1 AND meeting_id IS NULL AND kind = 'scheduling'
         ORDER BY ended_at LIMIT $2",
        values![before, limit],
        |row| row.get("id"),
    )
}

pub(super) fn delete(cx: &Cx<'_>, id: SessionId) -> Result<()> {
    for table in ["session_messages", "session_proposals", "session_parties"] {
        cx.db.execute(&format!("DELETE FROM {table} WHERE session_id = $1"), values![id])?;
    }
    cx.db.change_one("DELETE FROM sessions WHERE id = $1", values![id])
}
