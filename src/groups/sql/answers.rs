//! The statements of candidates and answers.

use std::collections::BTreeMap;

use crate::base::error::{Error, Result};
use crate::base::id::{CandidateId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::groups::model::{Answered, Candidate, CandidateState};
use crate::groups::tally::Vote;
use crate::store::{Cx, Row};
use crate::values;

/// Where words lie sealed.
const LABEL: &str = "group_candidates.label";
const TEXT: &str = "group_answers.text";

pub(super) fn line(cx: &Cx<'_>, place: &str, sealed: Option<Vec<u8>>) -> Result<String> {
    let Some(sealed) = sealed else { return Ok(String::new()) };
    String::from_utf8(cx.keys().open(place, &sealed)?).map_err(Error::internal)
}

pub(super) fn sealed(cx: &Cx<'_>, place: &str, line: &str) -> Option<Vec<u8>> {
    (!line.is_empty()).then(|| cx.keys().seal(cx.chance(), place, line.as_bytes()))
}

fn candidate_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Candidate> {
    let (start, end): (Option<Timestamp>, Option<Timestamp>) = (row.get("starts_at")?, row.get("ends_at")?);
    let state: String = row.get("state")?;
    Ok(Candidate {
        id: row.get("id")?,
        round: row.get("round")?,
        position: row.get("position")?,
        label: line(cx, LABEL, row.get("label")?)?,
        time: start.zip(end),
        state: CandidateState::stored(&state)?,
    })
}

pub(in crate::groups) fn candidates(cx: &Cx<'_>, id: SessionId) -> Result<Vec<Candidate>> {
    cx.db.all(
        "SELECT id, round, position, label, starts_at, ends_at, state FROM group_candidates
         WHERE session_id = $1 ORDER BY position",
        values![id],
        |row| candidate_row(cx, row),
    )
}

pub(in crate::groups) fn insert_candidate(cx: &Cx<'_>, id: SessionId, one: &Candidate) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO group_candidates (id, session_id, round, position, label, starts_at, ends_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            one.id,
            id,
            one.round,
            one.position,
            sealed(cx, LABEL, &one.label),
            one.time.map(|(start, _)| start),
            one.time.map(|(_, end)| end),
            one.state.as_str()
        ],
    )
}

pub(in crate::groups) fn set_candidate(cx: &Cx<'_>, id: CandidateId, state: CandidateState) -> Result<()> {
    cx.db.change_one("UPDATE group_candidates SET state = $2 WHERE id = $1", values![id, state.as_str()])
}

fn answer_row(cx: &Cx<'_>, row: &Row<'_>) -> Result<Answered> {
    let votes: String = row.get("votes")?;
    let votes: BTreeMap<String, String> = serde_json::from_str(&votes).map_err(Error::internal)?;
    let vote = |(id, vote): (String, String)| Ok((id.parse::<CandidateId>()?, Vote::stored(&vote)?));
    Ok(Answered {
        id: row.get("id")?,
        round: row.get("round")?,
        user: row.get("user_id")?,
        revision: row.get("revision")?,
        votes: votes.into_iter().map(vote).collect::<Result<_>>()?,
        text: line(cx, TEXT, row.get("text")?)?,
        is_late: row.get("is_late")?,
        by_person: row.get("by_person")?,
        agent: row.get("agent_id")?,
        road: row.get("road")?,
        at: row.get("created_at")?,
    })
}

/// Every revision of every answer.
pub(in crate::groups) fn answers(cx: &Cx<'_>, id: SessionId) -> Result<Vec<Answered>> {
    cx.db.all(
        "SELECT id, round, user_id, revision, votes, text, is_late, by_person, agent_id, road, created_at
         FROM group_answers WHERE session_id = $1 ORDER BY round, user_id, revision",
        values![id],
        |row| answer_row(cx, row),
    )
}

/// Of each member and round what counts and what came too late, each as it was said last: for lists.
pub(in crate::groups) fn last_answers(cx: &Cx<'_>, id: SessionId) -> Result<Vec<Answered>> {
    cx.db.all(
        "SELECT a.id, a.round, a.user_id, a.revision, a.votes, a.text, a.is_late, a.by_person, a.agent_id, a.road, a.created_at
         FROM group_answers a WHERE a.session_id = $1 AND NOT EXISTS
             (SELECT 1 FROM group_answers n WHERE n.session_id = a.session_id AND n.round = a.round AND n.user_id = a.user_id
                  AND n.revision > a.revision AND n.is_late = a.is_late)
         ORDER BY a.round, a.user_id, a.revision",
        values![id],
        |row| answer_row(cx, row),
    )
}

pub(in crate::groups) fn insert_answer(cx: &Cx<'_>, id: SessionId, one: &Answered) -> Result<()> {
    let votes: BTreeMap<String, &str> =
        one.votes.iter().map(|(id, vote)| (id.to_string(), vote.as_str())).collect();
    cx.db.change_one(
        "INSERT INTO group_answers (id, session_id, round, user_id, revision, votes, text, is_late, by_person, agent_id, road,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            one.id,
            id,
            one.round,
            one.user,
            one.revision,
            serde_json::to_string(&votes).map_err(Error::internal)?,
            sealed(cx, TEXT, &one.text),
            one.is_late,
            one.by_person,
            one.agent,
            one.road,
            one.at
        ],
    )
}

pub(in crate::groups) fn delete_answers_of(cx: &Cx<'_>, id: SessionId, user: UserId) -> Result<usize> {
    cx.db.execute("DELETE FROM group_answers WHERE session_id = $1 AND user_id = $2", values![id, user])
}
