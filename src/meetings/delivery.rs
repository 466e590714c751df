//! Delivery: how far each invitation has come, and who is told when it does not arrive.

use super::model::{Delivery, Meeting};
use super::{sql, write};
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{LetterId, ParticipantId};
use crate::base::text;
use crate::journal::{self, Happening};
use crate::post::letter::{self, Kept, State};
use crate::store::Cx;

/// The longest word of a mail server that is kept, in characters.
const DETAIL_CHARS_MAX: usize = 500;

/// Records what became of a letter, on the letter and, if it carries the present invitation, there too.
/// The host is told of what does not arrive; of their own invitation, whoever made the meeting.
pub fn settle(cx: &mut Cx<'_>, who: &Actor, id: LetterId, state: State, detail: Option<&str>) -> Result<()> {
    let kept = letter::without_bytes(cx, id)?;
    // What a mail server says often names the address, and is shown to those who must not know it.
    let detail = detail.map(|said| text::line(said, DETAIL_CHARS_MAX));
    let detail = detail.as_deref();
    if !is_news(kept.state, state) {
        return Ok(());
    }
    letter::settle(cx, id, state, detail)?;
    let kind = match state {
        State::Sent => "letter.sent",
        State::Delivered => "letter.delivered",
        State::InCalendar => "letter.laid",
        State::Delayed => "letter.delayed",
        State::Failed => "letter.failed",
        State::Bounced => "letter.bounced",
        State::Superseded | State::Queued => return Ok(()),
    };
    append(cx, who, kind, &kept)?;
    let event = kept.letter.says.event().map(|event| event.meeting);
    let (Some(meeting), Some(participant)) = (event, kept.letter.reader.participant) else { return Ok(()) };
    if !kept.letter.says.is_event() {
        return Ok(());
    }
    sql::set_delivery_by(cx, participant, id, delivery(state), detail)?;
    if !matches!(state, State::Failed | State::Bounced) {
        return Ok(());
    }
    let Some(meeting) = sql::meeting(cx, meeting)? else { return Ok(()) };
    let Ok(reader) = meeting.participant(participant) else { return Ok(()) };
    if meeting.is_ahead(cx.now) {
        write::tell_undelivered(cx, who, &meeting, reader, &id.to_string())?;
    }
    Ok(())
}

/// Whether `new` says more than `old`: what has come back was sent, and what was sent stays so. What
/// could not be handed over may be yet, when somebody tries it again.
fn is_news(old: State, new: State) -> bool {
    if old == State::Failed && matches!(new, State::Sent | State::Delivered | State::InCalendar) {
        return true;
    }
    let rank = |state| match state {
        State::Queued | State::Superseded => 0,
        State::Sent => 1,
        State::Delayed => 2,
        State::Delivered | State::InCalendar => 3,
        State::Failed => 4,
        State::Bounced => 5,
    };
    // What was given up and is tried again by hand may arrive after all.
    let is_revived = old == State::Failed && matches!(new, State::Sent | State::Delivered);
    rank(new) > rank(old) || is_revived
}

fn delivery(state: State) -> Delivery {
    match state {
        State::Queued | State::Superseded => Delivery::Queued,
        State::Sent => Delivery::Sent,
        State::Delivered => Delivery::Delivered,
        State::InCalendar => Delivery::InCalendar,
        State::Delayed => Delivery::Delayed,
        State::Failed => Delivery::Failed,
        State::Bounced => Delivery::Bounced,
    }
}

/// Appends to the meeting's story, or to the journal alone where a letter belongs to no meeting.
fn append(cx: &mut Cx<'_>, who: &Actor, kind: &'static str, kept: &Kept) -> Result<()> {
    let data = serde_json::json!({ "letter": kept.letter.id, "kind": kept.letter.says.kind() });
    let mut happening = match kept.letter.says.event() {
        Some(event) => Happening::to(kind, &event.meeting).amount(event.sequence),
        None => Happening::of(kind),
    };
    if let Some(participant) = kept.letter.reader.participant {
        happening = happening.with(&participant);
    }
    journal::append(cx, who, &happening.data(&data)).map(drop)
}

/// An invitation was not even written, for a reason that will not pass.
pub(super) fn undeliverable(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    why: &str,
) -> Result<()> {
    sql::set_delivery(cx, participant, Delivery::Failed, Some(why))?;
    let data = serde_json::json!({ "kind": "invitation" });
    write::tell(cx, who, "invitation.undeliverable", meeting, Some(participant), &data)?;
    let reader = meeting.participant(participant)?;
    let key = format!("{} {} {}", meeting.id, meeting.sequence, participant);
    write::tell_undelivered(cx, who, meeting, reader, &key)
}

/// What a delivery report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It lies in the mailbox.
    Delivered,
    /// It is still being tried.
    Delayed,
    /// It came back.
    Bounced,
    /// Its reader called it unwanted.
    Complained,
}

/// Takes in a delivery report about one of our letters: by Message-ID, or else the last event that went
/// to `participant`. Gives the letter, if it was found.
pub fn report(
    cx: &mut Cx<'_>,
    who: &Actor,
    message_id: Option<&str>,
    participant: Option<ParticipantId>,
    report: Report,
    detail: Option<&str>,
) -> Result<Option<Kept>> {
    let message_id = message_id.map(|id| id.trim().trim_start_matches('<').trim_end_matches('>'));
    let by_id = message_id.map(|id| letter::by_message_id(cx, id)).transpose()?.flatten();
    let kept = match (by_id, participant) {
        (Some(kept), _) => Some(kept),
        (None, Some(participant)) => letter::of_participant(cx, participant, 10)?
            .into_iter()
            .find(|kept| kept.letter.says.is_event() && kept.state != State::Queued),
        (None, None) => None,
    };
    let Some(kept) = kept else { return Ok(None) };
    let state = match report {
        Report::Delivered => State::Delivered,
        Report::Delayed => State::Delayed,
        Report::Bounced => State::Bounced,
        // Whoever calls our mail unwanted is not written to again, and their host is not told on them.
        Report::Complained => {
            let address = crate::base::text::Address::parse(&kept.letter.reader.address);
            if let Some(address) = address {
                let hash = crate::links::address_hash(cx, &address);
                crate::post::suppress::suppress(cx, &hash)?;
            }
            append(cx, who, "letter.complained", &kept)?;
            return Ok(Some(kept));
        }
    };
    settle(cx, who, kept.letter.id, state, detail)?;
    Ok(Some(kept))
}
