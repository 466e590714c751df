//! Looking at the queue and steering it: depth and age, holding a topic, making work due.

use super::line::STANDING;
use crate::base::error::{Error, Result};
use crate::base::id::WorkId;
use crate::base::time::Timestamp;
use crate::store::Cx;
use crate::values;

/// One topic at a glance.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Topic {
    /// Its name.
    pub topic: String,
    /// How much work there is.
    pub depth: i64,
    /// How much of it is being done.
    pub leased: i64,
    /// How much of it has failed at least once and waits.
    pub retrying: i64,
    /// How much of it is for later and was never tried: standing jobs and deadlines whose time has not come.
    pub planned: i64,
    /// How many dead letters it has.
    pub dead: i64,
    /// Since when the oldest work waits past its due time, in milliseconds; 0 if none does.
    pub oldest_ms: i64,
    /// Since when the oldest work waits that has failed at least once; `None`: none has.
    #[serde(skip)]
    pub failing_since: Option<Timestamp>,
    /// Why it is held, if it is.
    pub held: Option<String>,
}

impl Topic {
    /// How much work waits to be done: all but what is in hand and what is planned for later.
    pub fn waiting(&self) -> i64 {
        self.depth - self.leased - self.planned
    }
}

/// What stands before the first space of a topic: topics of many, one for each, count as one.
fn family(topic: String) -> String {
    match topic.split_once(' ') {
        Some((family, _)) => family.to_owned(),
        None => topic,
    }
}

impl Topic {
    fn add(&mut self, other: &Self) {
        self.depth += other.depth;
        self.leased += other.leased;
        self.retrying += other.retrying;
        self.planned += other.planned;
        self.oldest_ms = self.oldest_ms.max(other.oldest_ms);
        self.failing_since = self.failing_since.into_iter().chain(other.failing_since).min();
    }
}

/// Every topic that has work, dead letters, or is held. Those whose names begin with the same word and a space are one.
pub fn topics(cx: &Cx<'_>) -> Result<Vec<Topic>> {
    let live = cx.db.all(
        "SELECT topic, COUNT(*) AS depth, COUNT(leased_by) AS leased, COUNT(error) AS retrying, MIN(due_at) AS oldest,
             MIN(CASE WHEN error IS NOT NULL THEN created_at END) AS failing,
             SUM(CASE WHEN leased_by IS NULL AND error IS NULL AND due_at > $1 THEN 1 ELSE 0 END) AS planned
         FROM queue GROUP BY topic",
        values![cx.now],
        |row| {
            let oldest: Timestamp = row.get("oldest")?;
            Ok(Topic {
                topic: family(row.get("topic")?),
                depth: row.get("depth")?,
                leased: row.get("leased")?,
                retrying: row.get("retrying")?,
                planned: row.get("planned")?,
                dead: 0,
                oldest_ms: cx.now.since(oldest).max(0),
                failing_since: row.get("failing")?,
                held: None,
            })
        },
    )?;
    let dead = cx.db.all("SELECT topic, COUNT(*) AS dead FROM dead_letters GROUP BY topic", &[], |row| {
        Ok((row.get::<String>("topic")?, row.get("dead")?))
    })?;
    let mut all: Vec<Topic> = Vec::with_capacity(live.len());
    for one in live {
        entry(&mut all, one.topic.clone()).add(&one);
    }
    for (topic, count) in dead {
        entry(&mut all, topic).dead = count;
    }
    for (topic, reason) in held(cx)? {
        entry(&mut all, topic).held = Some(reason);
    }
    all.sort_by(|a, b| a.topic.cmp(&b.topic));
    Ok(all)
}

fn entry(all: &mut Vec<Topic>, topic: String) -> &mut Topic {
    let at = all.iter().position(|known| known.topic == topic).unwrap_or_else(|| {
        all.push(Topic {
            topic,
            depth: 0,
            leased: 0,
            retrying: 0,
            planned: 0,
            dead: 0,
            oldest_ms: 0,
            failing_since: None,
            held: None,
        });
        all.len() - 1
    });
    &mut all[at]
}

/// Stops `topic` until it is released; what is being done is finished.
pub fn hold(cx: &Cx<'_>, topic: &str, reason: &str) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO held_topics (topic, reason, since) VALUES ($1, $2, $3)
         ON CONFLICT (topic) DO UPDATE SET reason = excluded.reason",
        values![topic, reason, cx.now],
    )
}

/// Lets `topic` go on; says whether it was held.
pub fn release(cx: &Cx<'_>, topic: &str) -> Result<bool> {
    Ok(cx.db.execute("DELETE FROM held_topics WHERE topic = $1", values![topic])? == 1)
}

/// The topics that are held, with why.
pub fn held(cx: &Cx<'_>) -> Result<Vec<(String, String)>> {
    cx.db.all("SELECT topic, reason FROM held_topics ORDER BY topic", &[], |row| {
        Ok((row.get("topic")?, row.get("reason")?))
    })
}

pub(super) fn is_held(cx: &Cx<'_>, topic: &str) -> Result<bool> {
    let held = cx.db.one("SELECT 1 AS held FROM held_topics WHERE topic = $1", values![topic], |row| {
        row.get::<i64>("held")
    })?;
    Ok(held.is_some())
}

/// Makes everything that waits in `topic` due now; gives how much that was.
pub fn make_due(cx: &Cx<'_>, topic: &str) -> Result<usize> {
    let sql = format!(
        "UPDATE queue SET due_at = $2, rank = $2 - priority * 60000
         WHERE leased_by IS NULL AND due_at > $2 AND id IN ({STANDING} SELECT id FROM standing)"
    );
    cx.db.execute(&sql, values![topic, cx.now])
}

/// How much of the same topic is taken before this work: 0 is next. What has an ordering key waits for those of the same key
/// that were enqueued before it, and so for all that is taken before them.
pub fn position(cx: &Cx<'_>, id: WorkId) -> Result<i64> {
    let place =
        cx.db.one("SELECT topic, ordering_key, rank FROM queue WHERE id = $1", values![id], |row| {
            Ok((
                row.get::<String>("topic")?,
                row.get::<Option<String>>("ordering_key")?,
                row.get::<Timestamp>("rank")?,
            ))
        })?;
    let (topic, key, rank) = place.ok_or(Error::NotFound("work"))?;
    // Those before it in its line, by whom each stands behind.
    let last_of_key = cx.db.one(
        "SELECT id, rank FROM queue WHERE leased_by IS NULL AND id IN (
             WITH RECURSIVE standing (id) AS (
                 SELECT w.after_id FROM queue w WHERE w.id = $1 AND w.after_id IS NOT NULL
                 UNION ALL SELECT w.after_id FROM standing JOIN queue w ON w.id = standing.id WHERE w.after_id IS NOT NULL)
             SELECT id FROM standing)
         ORDER BY rank DESC, id DESC LIMIT 1",
        values![id],
        |row| Ok((row.get::<Timestamp>("rank")?, row.get::<WorkId>("id")?)),
    )?;
    let (rank, last) = last_of_key.filter(|held_up| *held_up > (rank, id)).unwrap_or((rank, id));
    let sql = format!(
        "SELECT COUNT(*) AS ahead FROM queue WHERE id IN ({STANDING} SELECT id FROM standing)
             AND leased_by IS NULL AND (rank < $2 OR (rank = $2 AND id <= $3)) AND id <> $4
             AND (ordering_key IS NULL OR ordering_key <> $5 OR id < $4)"
    );
    let before =
        cx.db.one(&sql, values![topic, rank, last, id, key.unwrap_or_default()], |row| row.get("ahead"))?;
    Ok(before.unwrap_or(0))
}
