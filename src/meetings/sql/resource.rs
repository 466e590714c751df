//! The statements of the rooms and things of meetings.

use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MeetingId};
use crate::base::time::Timestamp;
use crate::meetings::model::Meeting;
use crate::meetings::resources::{Resource, ResourceState};
use crate::store::{Cx, Row};
use crate::values;

fn resource_row(row: &Row<'_>) -> Result<Resource> {
    let state: String = row.get("state")?;
    Ok(Resource {
        id: row.get("agent_id")?,
        name: row.get::<Option<String>>("name")?.unwrap_or_default(),
        state: ResourceState::parse(&state)
            .ok_or_else(|| Error::internal("the state of a room is not one of ours"))?,
        reason: row.get("reason")?,
        let_go_at: row.get("let_go_at")?,
    })
}

/// The rooms and things of a meeting, with those it had, in order.
pub(in crate::meetings) fn resources(cx: &Cx<'_>, meeting: MeetingId) -> Result<Vec<Resource>> {
    cx.db.all(
        "SELECT r.agent_id, a.name, r.state, r.reason, r.let_go_at
         FROM meeting_resources r LEFT JOIN agents a ON a.id = r.agent_id
         WHERE r.meeting_id = $1 ORDER BY r.position",
        values![meeting],
        resource_row,
    )
}

pub(in crate::meetings) fn insert_resource(
    cx: &Cx<'_>,
    meeting: &Meeting,
    position: usize,
    resource: &Resource,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO meeting_resources (meeting_id, agent_id, position, state, start_at) VALUES ($1, $2, $3, $4, $5)",
        values![
            meeting.id,
            resource.id,
            i64::try_from(position).unwrap_or(i64::MAX),
            resource.state.as_str(),
            meeting.start
        ],
    )
}

/// How a room or thing stands to a meeting from now on.
pub(in crate::meetings) fn set_resource(cx: &Cx<'_>, meeting: &Meeting, resource: &Resource) -> Result<()> {
    cx.db.change_one(
        "UPDATE meeting_resources SET state = $3, reason = $4, let_go_at = $5, start_at = $6
         WHERE meeting_id = $1 AND agent_id = $2",
        values![
            meeting.id,
            resource.id,
            resource.state.as_str(),
            resource.reason,
            resource.let_go_at,
            meeting.start
        ],
    )
}

/// The meetings that begin after `from` and have this room or thing.
pub(in crate::meetings) fn meetings_with(
    cx: &Cx<'_>,
    agent: AgentId,
    from: Timestamp,
) -> Result<Vec<MeetingId>> {
    cx.db.all(
        "SELECT meeting_id FROM meeting_resources WHERE agent_id = $1 AND start_at > $2 AND state <> 'let_go'
         ORDER BY start_at, meeting_id",
        values![agent, from],
        |row| row.get("meeting_id"),
    )
}
