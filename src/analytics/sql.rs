//! The statements of figures.

use std::collections::BTreeMap;

use super::model::{Sums, Trouble};
use super::report::Reported;
use super::tally::Counts;
use crate::base::error::Result;
use crate::base::id::{AgentId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::store::{Cx, Row};
use crate::values;

/// An agent, a day, and with whom.
type Place<'a> = (AgentId, &'a str, Option<AgentId>);

/// Nobody in particular is nothing: a key has no NULL.
fn other(one: Option<AgentId>) -> String {
    one.map_or_else(String::new, |id| id.to_string())
}

pub(super) fn add_counts(cx: &Cx<'_>, (agent, day, with): Place<'_>, counts: Counts) -> Result<()> {
    let [received, sent, started, completed, succeeded, failed, asked, answered, late] = counts;
    cx.db.change_one(
        "INSERT INTO figures (agent_id, day, other_id, received, sent, started, completed, succeeded, failed, asked,
             answered, late)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (agent_id, day, other_id) DO UPDATE SET
             received = figures.received + excluded.received, sent = figures.sent + excluded.sent,
             started = figures.started + excluded.started, completed = figures.completed + excluded.completed,
             succeeded = figures.succeeded + excluded.succeeded, failed = figures.failed + excluded.failed,
             asked = figures.asked + excluded.asked, answered = figures.answered + excluded.answered,
             late = figures.late + excluded.late",
        values![
            agent,
            day,
            other(with),
            received,
            sent,
            started,
            completed,
            succeeded,
            failed,
            asked,
            answered,
            late
        ],
    )
}

pub(super) fn add_times(cx: &Cx<'_>, (agent, day, with): Place<'_>, bucket: usize, many: i64) -> Result<()> {
    let bucket = i64::try_from(bucket).unwrap_or(i64::MAX);
    cx.db.change_one(
        "INSERT INTO figure_times (agent_id, day, other_id, bucket, many) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (agent_id, day, other_id, bucket) DO UPDATE SET many = figure_times.many + excluded.many",
        values![agent, day, other(with), bucket, many],
    )
}

pub(super) fn add_errors(
    cx: &Cx<'_>,
    (agent, day, kind): (AgentId, &str, &str),
    many: i64,
    last: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO figure_errors (agent_id, day, kind, many, last_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (agent_id, day, kind) DO UPDATE SET many = figure_errors.many + excluded.many,
             last_at = CASE WHEN excluded.last_at > figure_errors.last_at THEN excluded.last_at
                 ELSE figure_errors.last_at END",
        values![agent, day, kind, many, last],
    )
}

/// Something that goes on.
pub(super) struct Thread {
    pub(super) agent: AgentId,
    pub(super) other: Option<AgentId>,
    pub(super) began_at: Timestamp,
    pub(super) is_answered: bool,
}

fn thread(row: &Row<'_>) -> Result<Thread> {
    let other: String = row.get("other_id")?;
    Ok(Thread {
        agent: row.get("agent_id")?,
        other: other.parse().ok(),
        began_at: row.get("began_at")?,
        is_answered: row.get("is_answered")?,
    })
}

/// Says whether it is new.
pub(super) fn insert_thread(
    cx: &Cx<'_>,
    id: &str,
    (agent, with): (AgentId, Option<AgentId>),
    at: Timestamp,
) -> Result<bool> {
    let inserted = cx.db.execute(
        "INSERT INTO figure_threads (id, agent_id, other_id, began_at, is_answered) VALUES ($1, $2, $3, $4, FALSE)
         ON CONFLICT (id, agent_id) DO NOTHING",
        values![id, agent, other(with), at],
    )?;
    Ok(inserted == 1)
}

pub(super) fn threads(cx: &Cx<'_>, id: &str) -> Result<Vec<Thread>> {
    cx.db.all(
        "SELECT agent_id, other_id, began_at, is_answered FROM figure_threads WHERE id = $1 ORDER BY agent_id",
        values![id],
        thread,
    )
}

pub(super) fn answer_thread(cx: &Cx<'_>, id: &str, agent: AgentId, with: Option<AgentId>) -> Result<()> {
    cx.db.change_one(
        "UPDATE figure_threads SET is_answered = TRUE, other_id = $3 WHERE id = $1 AND agent_id = $2",
        values![id, agent, other(with)],
    )
}

pub(super) fn thread_of(cx: &Cx<'_>, id: &str, agent: AgentId) -> Result<Option<Thread>> {
    cx.db.one(
        "SELECT agent_id, other_id, began_at, is_answered FROM figure_threads WHERE id = $1 AND agent_id = $2",
        values![id, agent],
        thread,
    )
}

/// The ids of the threads of a group: its own, and those that begin with it and a space.
fn within(group: &str) -> (String, String) {
    (format!("{group} "), format!("{group}!"))
}

/// The agents that answered in time in any round of a group.
pub(super) fn answerers_within(cx: &Cx<'_>, group: &str) -> Result<Vec<AgentId>> {
    let (from, to) = within(group);
    cx.db.all(
        "SELECT DISTINCT agent_id FROM figure_threads WHERE id >= $1 AND id < $2 AND is_answered ORDER BY agent_id",
        values![from, to],
        |row| row.get("agent_id"),
    )
}

/// Ends all that goes on of a group.
pub(super) fn end_threads_within(cx: &Cx<'_>, group: &str) -> Result<()> {
    let (from, to) = within(group);
    cx.db.execute("DELETE FROM figure_threads WHERE id >= $1 AND id < $2", values![from, to])?;
    end_threads(cx, group).map(drop)
}

/// Whose they were.
pub(super) fn end_threads(cx: &Cx<'_>, id: &str) -> Result<Vec<Thread>> {
    let found = threads(cx, id)?;
    if !found.is_empty() {
        cx.db.execute("DELETE FROM figure_threads WHERE id = $1", values![id])?;
    }
    Ok(found)
}

pub(super) fn end_thread(cx: &Cx<'_>, id: &str, agent: AgentId) -> Result<()> {
    cx.db.execute("DELETE FROM figure_threads WHERE id = $1 AND agent_id = $2", values![id, agent]).map(drop)
}

/// Erases everything that the follower computes.
pub(super) fn clear(cx: &Cx<'_>) -> Result<()> {
    for sql in [
        "DELETE FROM figures",
        "DELETE FROM figure_times",
        "DELETE FROM figure_errors",
        "DELETE FROM figure_threads",
    ] {
        cx.db.execute(sql, &[])?;
    }
    Ok(())
}

pub(super) fn delete_of_agent(cx: &Cx<'_>, agent: AgentId) -> Result<()> {
    for sql in [
        "DELETE FROM figures WHERE agent_id = $1",
        "DELETE FROM figure_times WHERE agent_id = $1",
        "DELETE FROM figure_errors WHERE agent_id = $1",
        "DELETE FROM figure_threads WHERE agent_id = $1",
        "DELETE FROM ratings WHERE agent_id = $1",
        "DELETE FROM agent_metrics WHERE agent_id = $1",
    ] {
        cx.db.execute(sql, values![agent])?;
    }
    Ok(())
}

fn sums(row: &Row<'_>) -> Result<Sums> {
    Ok(Sums {
        received: row.get("received")?,
        sent: row.get("sent")?,
        started: row.get("started")?,
        completed: row.get("completed")?,
        succeeded: row.get("succeeded")?,
        failed: row.get("failed")?,
        asked: row.get("asked")?,
        answered: row.get("answered")?,
        late: row.get("late")?,
        ..Sums::default()
    })
}

const SUMMED: &str = "SUM(received) AS received, SUM(sent) AS sent, SUM(started) AS started,
    SUM(completed) AS completed, SUM(succeeded) AS succeeded, SUM(failed) AS failed, SUM(asked) AS asked,
    SUM(answered) AS answered, SUM(late) AS late";
const SPAN: &str = "WHERE agent_id = $1 AND day >= $2 AND day <= $3";

/// What an agent did from a day to another, by `day` or by `other_id`.
fn by(cx: &Cx<'_>, key: &str, (agent, from, to): (AgentId, &str, &str)) -> Result<BTreeMap<String, Sums>> {
    let counted = cx.db.all(
        &format!("SELECT {key} AS place, {SUMMED} FROM figures {SPAN} GROUP BY {key}"),
        values![agent, from, to],
        |row| Ok((row.get::<String>("place")?, sums(row)?)),
    )?;
    let mut all: BTreeMap<String, Sums> = counted.into_iter().collect();
    let timed = cx.db.all(
        &format!(
            "SELECT {key} AS place, bucket, SUM(many) AS many FROM figure_times {SPAN} GROUP BY {key}, bucket"
        ),
        values![agent, from, to],
        |row| Ok((row.get::<String>("place")?, row.get("bucket")?, row.get("many")?)),
    )?;
    for (place, bucket, many) in timed {
        all.entry(place).or_default().times.add(bucket, many);
    }
    Ok(all)
}

pub(super) fn by_day(cx: &Cx<'_>, span: (AgentId, &str, &str)) -> Result<BTreeMap<String, Sums>> {
    let mut days = by(cx, "day", span)?;
    let (agent, from, to) = span;
    let rated = cx.db.all(
        &format!("SELECT day, COUNT(*) AS ratings, SUM(score) AS score FROM ratings {SPAN} GROUP BY day"),
        values![agent, from, to],
        |row| Ok((row.get::<String>("day")?, row.get::<i64>("ratings")?, row.get::<i64>("score")?)),
    )?;
    for (day, ratings, score) in rated {
        let sums = days.entry(day).or_default();
        (sums.ratings, sums.score) = (ratings, score);
    }
    Ok(days)
}

pub(super) fn by_other(cx: &Cx<'_>, span: (AgentId, &str, &str)) -> Result<BTreeMap<String, Sums>> {
    by(cx, "other_id", span)
}

pub(super) fn errors(cx: &Cx<'_>, (agent, from, to): (AgentId, &str, &str)) -> Result<Vec<Trouble>> {
    let sql = format!(
        "SELECT kind, SUM(many) AS many, MAX(last_at) AS last_at FROM figure_errors {SPAN} GROUP BY kind
         ORDER BY last_at DESC, kind"
    );
    cx.db.all(&sql, values![agent, from, to], |row| {
        Ok(Trouble { kind: row.get("kind")?, many: row.get("many")?, last_at: row.get("last_at")? })
    })
}

/// Keeps what somebody says now: whatever was said before is older, also where a clock was set back.
pub(super) fn set_rating(
    cx: &Cx<'_>,
    (session, agent, user): (SessionId, AgentId, UserId),
    score: i64,
    day: &str,
    at: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO ratings (session_id, agent_id, user_id, score, day, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (session_id, agent_id, user_id) DO UPDATE SET score = excluded.score, day = excluded.day,
             at = CASE WHEN excluded.at > ratings.at THEN excluded.at ELSE ratings.at + 1 END",
        values![session, agent, user, score, day, at],
    )
}

/// Keeps what was read of the journal, where nothing newer is known: while figures are computed again, ratings do not go back in
/// time.
pub(super) fn read_rating(
    cx: &Cx<'_>,
    (session, agent, user): (SessionId, AgentId, UserId),
    score: i64,
    day: &str,
    at: Timestamp,
) -> Result<()> {
    let sql =
        "INSERT INTO ratings (session_id, agent_id, user_id, score, day, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (session_id, agent_id, user_id) DO UPDATE SET score = excluded.score, day = excluded.day,
             at = excluded.at WHERE excluded.at >= ratings.at";
    cx.db.execute(sql, values![session, agent, user, score, day, at]).map(drop)
}

pub(super) fn rating(
    cx: &Cx<'_>,
    (session, agent, user): (SessionId, AgentId, UserId),
) -> Result<Option<i64>> {
    cx.db.one(
        "SELECT score FROM ratings WHERE session_id = $1 AND agent_id = $2 AND user_id = $3",
        values![session, agent, user],
        |row| row.get("score"),
    )
}

pub(super) fn ratings_by(cx: &Cx<'_>, user: UserId) -> Result<Vec<(SessionId, AgentId, i64, Timestamp)>> {
    cx.db.all(
        "SELECT session_id, agent_id, score, at FROM ratings WHERE user_id = $1 ORDER BY at, session_id",
        values![user],
        |row| Ok((row.get("session_id")?, row.get("agent_id")?, row.get("score")?, row.get("at")?)),
    )
}

pub(super) fn delete_ratings_by(cx: &Cx<'_>, user: UserId) -> Result<()> {
    cx.db.execute("DELETE FROM ratings WHERE user_id = $1", values![user]).map(drop)
}

pub(super) fn add_metric(cx: &Cx<'_>, (agent, day): (AgentId, &str), name: &str, value: i64) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO agent_metrics (agent_id, day, name, many, total, least, most) VALUES ($1, $2, $3, 1, $4, $4, $4)
         ON CONFLICT (agent_id, day, name) DO UPDATE SET many = agent_metrics.many + 1,
             total = agent_metrics.total + excluded.total,
             least = CASE WHEN excluded.least < agent_metrics.least THEN excluded.least ELSE agent_metrics.least END,
             most = CASE WHEN excluded.most > agent_metrics.most THEN excluded.most ELSE agent_metrics.most END",
        values![agent, day, name, value],
    )
}

pub(super) fn metrics(cx: &Cx<'_>, (agent, from, to): (AgentId, &str, &str)) -> Result<Vec<Reported>> {
    let sql = format!(
        "SELECT name, SUM(many) AS many, SUM(total) AS total, MIN(least) AS least, MAX(most) AS most
         FROM agent_metrics {SPAN} GROUP BY name ORDER BY name"
    );
    cx.db.all(&sql, values![agent, from, to], |row| {
        Ok(Reported {
            name: row.get("name")?,
            many: row.get("many")?,
            total: row.get("total")?,
            least: row.get("least")?,
            most: row.get("most")?,
        })
    })
}

pub(super) fn delete_metrics_before(cx: &Cx<'_>, day: &str) -> Result<usize> {
    cx.db.execute("DELETE FROM agent_metrics WHERE day < $1", values![day])
}
