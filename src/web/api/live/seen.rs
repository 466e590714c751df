//! What a socket sees when it looks: what is new since its place, what an administrator announced, what fell due by itself.
//!
//! What stands in the journal was said to whoever stood in the room then, and is told to them however late they come. What was
//! announced is told to those who stand in its room when they look.

use serde_json::Value;

use crate::agents::{self, Announcement};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::messages::{self, News, NewsKind};
use crate::sessions::conversation;
use crate::store::Cx;
use crate::web::live::event;

/// How many entries of the journal are looked through at once.
const BATCH: u32 = 50;

/// What it sees.
pub(super) struct Seen {
    /// What it tells, in order.
    pub(super) events: Vec<(&'static str, Value)>,
    /// The number up to which that is; where it is another than before there may be more.
    pub(super) place: i64,
    /// In how many milliseconds something falls due next.
    pub(super) next_ms: Option<i64>,
    pub(super) now: Timestamp,
}

impl Seen {
    /// Looks for what is new after a number, and for what fell due after an instant.
    pub(super) fn of(
        cx: &Cx<'_>,
        who: &Actor,
        agent: AgentId,
        (place, rung_until): (i64, Timestamp),
    ) -> Result<Self> {
        let (news, looked) = messages::news(cx, who, agent, (place, BATCH), |_| true)?;
        let (announced, cut) = agents::announced(cx, place, BATCH)?;
        let place = end((place, looked), &announced, cut);
        let mut told = Vec::with_capacity(news.len());
        for one in news.iter().filter(|one| one.number <= place) {
            if is_heard(cx, one)? {
                told.push((one.number, event::of_news(agent, one)));
            }
        }
        for (number, one) in announced.iter().filter(|(number, _)| *number <= place) {
            if one.is_current(cx.now) && one.is_for(cx, &agents::registered(cx, who, agent)?) {
                told.push((*number, event::of_announcement(*number, one)));
            }
        }
        told.sort_by_key(|(number, _)| *number);
        let mut events: Vec<_> = told.into_iter().map(|(_, event)| event).collect();
        let (came, next) = messages::came_due(cx, who, agent, rung_until)?;
        for one in came {
            if conversation::may_hear(cx, &one)? {
                events.push(event::of_due(&one));
            }
        }
        Ok(Self { events, place, next_ms: next.map(|at| at.since(cx.now)), now: cx.now })
    }
}

/// Up to which number both lists are whole: each may go on where it was cut. News were looked through up to `looked`, from
/// `place`; beyond the last of them there are none if there was none at all.
fn end((place, looked): (i64, i64), announced: &[(i64, Announcement)], cut: Option<i64>) -> i64 {
    let last = cut.or(announced.last().map(|(number, _)| *number));
    match (last, cut) {
        (Some(last), _) if looked == place => last,
        (_, Some(cut)) => looked.min(cut),
        _ => looked,
    }
}

/// Whether an agent is told of something that is new: of whoever was blocked since it does not hear.
fn is_heard(cx: &Cx<'_>, one: &News) -> Result<bool> {
    match &one.delivery {
        Some(delivery) if one.kind == NewsKind::Message => conversation::may_hear(cx, delivery),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::end;
    use crate::agents::{Announcement, SocketRoom};
    use crate::base::id::{EntryId, Id};
    use crate::base::time::Timestamp;

    fn one(number: i64) -> (i64, Announcement) {
        let announcement = Announcement {
            id: EntryId::from_uuid(uuid::Uuid::nil()),
            at: Timestamp::from_ms(0),
            room: SocketRoom::Broadcast,
            text: String::new(),
            starts_at: None,
            ends_at: None,
        };
        (number, announcement)
    }

    #[test]
    fn a_socket_goes_on_after_what_both_lists_hold_whole() {
        let cases = [
            // Nothing, and news alone.
            ((7, 7), vec![], None, 7),
            ((7, 9), vec![], None, 9),
            // Announcements alone, whole and cut.
            ((7, 7), vec![8, 12], None, 12),
            ((7, 7), vec![8, 12], Some(12), 12),
            // Both: what lies behind the last of the news comes with the next look.
            ((7, 10), vec![8, 12], None, 10),
            ((7, 20), vec![8, 12], Some(12), 12),
            ((7, 10), vec![8, 12], Some(12), 10),
        ];
        for (looked, numbers, cut, expected) in cases {
            let announced: Vec<_> = numbers.iter().copied().map(one).collect();
            assert_eq!(end(looked, &announced, cut), expected, "{looked:?} {numbers:?} {cut:?}");
        }
    }
}
