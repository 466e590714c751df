//! `mail status`, `retry`, `release`, `test`.

use clap::Subcommand;
use serde_json::json;

use super::Room;
use super::doctor;
use super::print::table;
use crate::base::error::{Error, Result};
use crate::post::TOPIC;
use crate::queue;

/// Waiting mail.
#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Show what waits on the queue, what is being tried again, and what is dead
    Status,
    /// Make waiting mail due now
    Retry {
        /// Put dead letters back on the queue as well
        #[arg(long)]
        all: bool,
    },
    /// Let held mail go out (after a restore)
    Release,
    /// Try the mail servers: connect, encrypt, sign in
    Test,
}

impl Mail {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        if matches!(self, Self::Test) {
            return doctor::mail(room).await;
        }
        let app = room.open()?;
        match self {
            Self::Status | Self::Test => {
                let (topics, dead) = app
                    .store
                    .read(|cx| Ok((queue::topics(cx)?, queue::dead_letters(cx, TOPIC, 50)?)))
                    .await?;
                room.printer.print(&json!({ "topics": topics, "dead": dead }), || status(&topics, &dead));
            }
            Self::Retry { all } => {
                let (due, revived) = app
                    .store
                    .write(move |cx| {
                        let revived = if all { queue::retry_dead_topic(cx, TOPIC)? } else { 0 };
                        Ok((queue::make_due(cx, TOPIC)?, revived))
                    })
                    .await?;
                room.printer.print(&json!({ "due": due, "revived": revived }), || {
                    format!("{due} waiting mails are due now; {revived} dead letters are back on the queue.")
                });
            }
            Self::Release => {
                let was_held = app.store.write(|cx| queue::release(cx, TOPIC)).await?;
                if !was_held {
                    return Err(Error::refused("queue.not-held", "Mail is not held."));
                }
                room.printer.print(&json!({ "released": true }), || "Mail goes out again.".into());
            }
        }
        Ok(())
    }
}

fn status(topics: &[queue::Topic], dead: &[queue::DeadLetter]) -> String {
    let rows: Vec<Vec<String>> = topics
        .iter()
        .map(|topic| {
            vec![
                topic.topic.clone(),
                topic.waiting().to_string(),
                topic.planned.to_string(),
                topic.leased.to_string(),
                topic.retrying.to_string(),
                topic.dead.to_string(),
                format!("{} s", topic.oldest_ms / 1_000),
                topic.held.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let mut text =
        table(&["TOPIC", "WAITING", "PLANNED", "IN HAND", "RETRYING", "DEAD", "OLDEST", "HELD"], &rows);
    for letter in dead {
        let error = letter.error.as_deref().unwrap_or("");
        let line =
            format!("dead: {}  after {} attempts ({}): {error}", letter.id, letter.attempts, letter.reason);
        text = format!("{text}\n{line}");
    }
    text
}
