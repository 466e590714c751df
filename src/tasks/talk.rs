//! What is said in a task: each step is an entry of its session's transcript, and brought to the other side.

use serde_json::Value;

use super::model::Task;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::SessionId;
use crate::store::Cx;

pub(super) fn open(_: &Cx<'_>, _: &Actor, _: &Task) -> Result<()> {
    Ok(())
}

pub(super) fn say(_: &mut Cx<'_>, _: &Actor, _: &Task, _: &str, _: &Value) -> Result<()> {
    Ok(())
}

pub(super) fn keep(_: &Cx<'_>, _: &Task) -> Result<()> {
    Ok(())
}

pub(super) fn delete(_: &Cx<'_>, _: SessionId) -> Result<()> {
    Ok(())
}
