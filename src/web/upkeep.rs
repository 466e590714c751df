//! What the house knows of its own upkeep: its database and its mail, as those who run it want to know it. Everything is read
//! from what is there anyway; nothing is tried.

use std::path::{Path, PathBuf};

use super::Web;
use crate::base::error::Result;
use crate::base::text;
use crate::base::time::Timestamp;
use crate::mail::inbound::poll::PollState;
use crate::post::{self, fact, inbound, letter};
use crate::queue::Topic;
use crate::store::Cx;

/// What rows tell.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// When `entente backup` last wrote a copy.
    pub(super) backup_at: Option<Timestamp>,
    /// When `entente audit verify` last went through the journal, and what it found.
    pub(super) verified: Option<(Timestamp, Verified)>,
    /// When a mail was last handed over.
    pub(super) sent_at: Option<Timestamp>,
    /// When a message was last taken in, by whichever road.
    pub(super) received_at: Option<Timestamp>,
    /// Letters on the queue.
    pub(super) letters: Letters,
}

/// What a verification found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// The journal held, up to this entry.
    Holds(i64),
    /// It did not, at this entry.
    Broken(i64),
}

impl Verified {
    /// From the fact's words ([`fact::VERIFIED`]).
    fn parse(words: &str) -> Option<Self> {
        match words.split_once(' ')? {
            ("holds", number) => number.parse().ok().map(Self::Holds),
            ("broken", number) => number.parse().ok().map(Self::Broken),
            _ => None,
        }
    }
}

/// Letters that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    /// How many are to be sent.
    pub(super) waiting: i64,
    /// For how long the oldest waits past its time, in milliseconds.
    pub(super) oldest_ms: i64,
    /// How many could not be sent so far, and are tried again.
    pub(super) retrying: i64,
    /// Since when the oldest of these waits.
    pub(super) failing_since: Option<Timestamp>,
    /// Why none is sent; `None`: they are.
    pub(super) held: Option<String>,
}

/// Reads what rows tell, given the topics of the queue.
pub(super) fn known(cx: &Cx<'_>, topics: &[Topic]) -> Result<Known> {
    let verified = fact::get(cx, fact::VERIFIED)?;
    let letters = topics.iter().find(|topic| topic.topic == post::TOPIC).cloned();
    // What came in this very moment counts as well.
    let newest = inbound::newest(cx, cx.now.plus(1), 1)?;
    Ok(Known {
        backup_at: fact::get(cx, fact::BACKUP)?.map(|(_, at)| at),
        verified: verified.and_then(|(words, at)| Verified::parse(&words).map(|found| (at, found))),
        sent_at: letter::last_sent(cx)?,
        received_at: newest.first().map(|one| one.received_at),
        letters: letters.map_or_else(Letters::default, |topic| Letters {
            waiting: topic.waiting(),
            oldest_ms: topic.oldest_ms,
            retrying: topic.retrying,
            failing_since: topic.failing_since,
            held: topic.held,
        }),
    })
}

/// How large the files of the database are, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// The file.
    pub(super) file: u64,
    /// What was committed and is not in it yet: the log beside it.
    pub(super) log: u64,
}

/// Looks at the files of the database. What cannot be looked at is 0.
pub(super) fn size(file: &Path) -> Size {
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len());
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    Size { file: bytes(file), log: bytes(&PathBuf::from(log)) }
}

/// How the organizer's mailbox is read; `None`: no mailbox is.
pub(super) fn mailbox(web: &Web) -> Option<PollState> {
    web.config.mail.imap.as_ref()?;
    let mut state = web.state.mailbox.state();
    if let Some((_, words)) = &mut state.last_error {
        *words = text::blank_addresses(words);
    }
    Some(state)
}
