//! Which answer counts: a reply against the current revision and the answer recorded last.
//!
//! DTSTAMP alone does not order replies: `SOGo`, Outlook for Mac and others repeat the invitation's own.
//! It knows no participant and no store; whose reply it is has been settled before.

use crate::base::Timestamp;

use super::model::PartStat;

/// The revision that is current, as one participant was sent it.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// Its SEQUENCE.
    pub sequence: u32,
    /// The DTSTAMP of the REQUEST that was sent.
    pub dtstamp: Timestamp,
    /// Its start.
    pub start: Timestamp,
    /// The starts of earlier revisions.
    pub older_starts: &'a [Timestamp],
}

/// When a message reached the mailbox: later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// The mailbox's own time for it (INTERNALDATE), or ours.
    pub at: Timestamp,
    /// Its number in the mailbox (UID), 0 if it came by another road.
    pub number: u32,
}

/// The participant's latest recorded answer to the current revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it was.
    pub partstat: PartStat,
    /// Its DTSTAMP.
    pub dtstamp: Option<Timestamp>,
    /// Its `X-MICROSOFT-CDO-REPLYTIME`.
    pub replied_at: Option<Timestamp>,
    /// When it arrived.
    pub arrived: Arrival,
}

/// A reply that has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it says, with its times.
    pub answer: Answer,
    /// The revision that it says it answers; a higher one than ours is taken as ours.
    pub sequence: Option<u32>,
    /// The start that it repeats ([`Incoming::answered_start`](super::Incoming::answered_start)).
    pub start: Option<Timestamp>,
}

/// What a reply is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It answers the current revision and is the latest answer: apply it.
    Current,
    /// It is to be recorded, and changes nothing.
    Stale(Stale),
    /// It says what is known already, or nothing.
    Noop,
}

/// Why a reply is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It answers an earlier time.
    Revision,
    /// A later answer of the same revision is recorded.
    Answer,
}

/// Decides on a reply. `latest` is the participant's latest recorded answer *to this revision*.
pub fn order(revision: &Revision<'_>, latest: Option<&Answer>, reply: &Reply) -> Order {
    let is_of_earlier_revision = match reply.sequence {
        Some(sequence) => sequence < revision.sequence,
        // The start of a reply is used for nothing else: some programs write it wrong.
        None => {
            reply.start.is_some_and(|start| start != revision.start && revision.older_starts.contains(&start))
        }
    };
    if is_of_earlier_revision {
        return Order::Stale(Stale::Revision);
    }
    if reply.answer.partstat == PartStat::NeedsAction {
        return Order::Noop;
    }
    match latest {
        Some(latest) if latest.partstat == reply.answer.partstat => Order::Noop,
        Some(latest) if is_earlier(revision, &reply.answer, latest) => Order::Stale(Stale::Answer),
        _ => Order::Current,
    }
}

fn is_earlier(revision: &Revision<'_>, reply: &Answer, latest: &Answer) -> bool {
    // Not later than the REQUEST is the REQUEST's own; later than the arrival is a clock that is wrong.
    let known = |answer: &Answer| {
        answer.dtstamp.filter(|at| *at > revision.dtstamp.whole_second() && *at <= answer.arrived.at)
    };
    match (known(reply), known(latest)) {
        (Some(one), Some(other)) if one != other => return one < other,
        _ => {}
    }
    match (reply.replied_at, latest.replied_at) {
        (Some(one), Some(other)) if one != other => one < other,
        _ => reply.arrived < latest.arrived,
    }
}
