//! The statements of lanes: what is under way from one agent to another in a session, counted as it comes and goes.
//!
//! A lane stays as long as something of it is known, and says by `is_live` whether anything is under way: the indexes by its
//! two agents are touched when the first comes and when the last has gone.

use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SessionId};
use crate::messages::model::Delivery;
use crate::store::{Cx, Value};
use crate::values;

/// Whose a lane is that no agent sends by.
const HOUSE: &str = "house";

fn place(one: &Delivery) -> [Value; 3] {
    let [session, to] = values![one.session, one.to].clone();
    let from =
        one.from.map_or_else(|| Value::Text(HOUSE.to_owned()), |from| crate::store::ToValue::to_value(&from));
    [session, from, to]
}

/// One more is under way.
pub(in crate::messages) fn enter(cx: &Cx<'_>, one: &Delivery) -> Result<()> {
    let place = place(one);
    let now = cx.db.one(
        "UPDATE lanes SET under_way = under_way + 1 WHERE session_id = $1 AND from_id = $2 AND to_id = $3
         RETURNING under_way",
        &place,
        |row| row.get::<i64>("under_way"),
    )?;
    match now {
        Some(1) => live(cx, &place, true),
        Some(_) => Ok(()),
        None => cx.db.change_one(
            "INSERT INTO lanes (session_id, from_id, to_id, under_way, is_live) VALUES ($1, $2, $3, 1, TRUE)",
            &place,
        ),
    }
}

/// One that was under way is over.
pub(in crate::messages) fn leave(cx: &Cx<'_>, one: &Delivery) -> Result<()> {
    let place = place(one);
    let now = cx.db.one(
        "UPDATE lanes SET under_way = under_way - 1 WHERE session_id = $1 AND from_id = $2 AND to_id = $3
         RETURNING under_way",
        &place,
        |row| row.get::<i64>("under_way"),
    )?;
    match now {
        Some(0) => live(cx, &place, false),
        Some(left) if left > 0 => Ok(()),
        _ => Err(Error::internal("a delivery ended that was not under way")),
    }
}

fn live(cx: &Cx<'_>, place: &[Value; 3], is_live: bool) -> Result<()> {
    let [session, from, to] = place.clone();
    cx.db.change_one(
        "UPDATE lanes SET is_live = $4 WHERE session_id = $1 AND from_id = $2 AND to_id = $3",
        &[session, from, to, Value::Bool(is_live)],
    )
}

/// How many are under way to an agent.
pub(in crate::messages) fn waiting_for(cx: &Cx<'_>, agent: AgentId) -> Result<i64> {
    many(cx, "to_id = $1 AND is_live = TRUE", values![agent])
}

/// How many of an agent's are under way to others.
pub(in crate::messages) fn waiting_from(cx: &Cx<'_>, agent: AgentId) -> Result<i64> {
    many(cx, "from_id = $1 AND is_live = TRUE", values![agent])
}

/// How many of one agent's are under way to another.
pub(in crate::messages) fn waiting_between(cx: &Cx<'_>, from: AgentId, to: AgentId) -> Result<i64> {
    many(cx, "to_id = $1 AND is_live = TRUE AND from_id = $2", values![to, from])
}

fn many(cx: &Cx<'_>, which: &str, given: &[Value]) -> Result<i64> {
    let sql = format!("SELECT COALESCE(SUM(under_way), 0) AS waiting FROM lanes WHERE {which}");
    Ok(cx.db.one(&sql, given, |row| row.get("waiting"))?.unwrap_or(0))
}

/// Deletes the lanes of a session of which nothing is known any more.
pub(in crate::messages) fn delete_unknown(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    let sql = format!(
        "DELETE FROM lanes WHERE session_id = $1 AND is_live = FALSE AND NOT EXISTS
             (SELECT 1 FROM deliveries d WHERE d.session_id = $1 AND d.to_id = lanes.to_id
                  AND COALESCE(d.from_id, '{HOUSE}') = lanes.from_id)"
    );
    cx.db.execute(&sql, values![session]).map(drop)
}

pub(in crate::messages) fn delete_of_session(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    cx.db.execute("DELETE FROM lanes WHERE session_id = $1", values![session]).map(drop)
}

pub(in crate::messages) fn delete_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<()> {
    cx.db.execute("DELETE FROM lanes WHERE to_id = $1", values![agent])?;
    cx.db.execute("DELETE FROM lanes WHERE from_id = $1", values![agent]).map(drop)
}
