//! Plain words, and other mail that holds no calendar: whose it is, as far as a token or a thread tells.

use super::sort::Prepared;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::text::Address;
use crate::meetings::incoming::{self, Verdict, Whose, Words};
use crate::meetings::{self, Meeting};
use crate::post::inbound::Outcome;
use crate::post::letter;
use crate::store::Cx;

/// How many messages of a thread are looked for, newest first.
const REFERENCES_MAX: usize = 20;

/// The meeting and the participant of the first token that is one of ours.
pub(super) fn by_token(cx: &Cx<'_>, message: &Prepared) -> Result<Option<(MeetingId, ParticipantId)>> {
    for token in &message.sender.tokens {
        if let Some(found) = incoming::by_token(cx, token)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Takes in what a person wrote.
pub(super) fn take(cx: &mut Cx<'_>, message: &Prepared, said: &str) -> Result<Verdict> {
    let (meeting, participant) = match writer(cx, message)? {
        Writer::Participant(meeting, participant) => (meeting, participant),
        Writer::Stranger(meeting) => {
            let reason =
                "Plain words of somebody who is not the participant we wrote to; kept, not answered.";
            return Ok(Verdict {
                meeting: Some(meeting),
                ..Verdict::without_meeting(Outcome::Ignored, reason)
            });
        }
        Writer::Nobody => {
            let reason = "Plain words of somebody unknown, about no meeting of this house.";
            return Ok(Verdict::without_meeting(Outcome::Ignored, reason));
        }
    };
    if said.is_empty() {
        return Ok(Verdict {
            outcome: Outcome::Ignored,
            reason: "It answers our mail and says nothing new.".to_owned(),
            meeting: Some(meeting.id),
            participant: Some(participant),
        });
    }
    let headers = &message.headers;
    let thread = headers
        .references
        .first()
        .or(headers.in_reply_to.first())
        .map_or(message.message_id.as_str(), String::as_str);
    let words = Words { text: said, message_id: headers.message_id.clone(), thread };
    let who = Actor::new(Who::Participant(participant), Road::Mail, message.trace.clone());
    incoming::words(cx, &who, &meeting, participant, &words)
}

/// An outcome that changes nothing, with the meeting it belongs to if that is known.
pub(super) fn attributed(cx: &Cx<'_>, message: &Prepared, outcome: Outcome, reason: &str) -> Result<Verdict> {
    let mut verdict = Verdict::without_meeting(outcome, reason);
    match writer(cx, message)? {
        Writer::Participant(meeting, participant) => {
            verdict.meeting = Some(meeting.id);
            verdict.participant = Some(participant);
        }
        Writer::Stranger(meeting) => verdict.meeting = Some(meeting),
        Writer::Nobody => {}
    }
    Ok(verdict)
}

/// Who wrote a message.
enum Writer {
    /// A participant: the token and an address of theirs, or an address of theirs in a thread of ours.
    Participant(Box<Meeting>, ParticipantId),
    /// Somebody else, with the token or in the thread.
    Stranger(MeetingId),
    /// Nobody we know.
    Nobody,
}

fn writer(cx: &Cx<'_>, message: &Prepared) -> Result<Writer> {
    match incoming::whose(cx, &message.sender, None, &[])? {
        Whose::Theirs(meeting, participant) => return Ok(Writer::Participant(meeting, participant)),
        Whose::Forwarded(meeting, ..) => return Ok(Writer::Stranger(meeting.id)),
        Whose::Unproven(..) | Whose::Stranger(_) | Whose::Nobody => {}
    }
    let headers = &message.headers;
    let thread = headers.in_reply_to.iter().chain(headers.references.iter().rev());
    for id in thread.take(REFERENCES_MAX) {
        let Some(kept) = letter::by_message_id(cx, id)? else { continue };
        let Some(participant) = kept.letter.reader.participant else { continue };
        let meeting = meetings::load(cx, meetings::meeting_of(cx, participant)?)?;
        let is_theirs = |address: &Address| Some(address.key()) == key_of(&meeting, participant);
        if message.author.as_ref().is_some_and(is_theirs) {
            return Ok(Writer::Participant(Box::new(meeting), participant));
        }
        return Ok(Writer::Stranger(meeting.id));
    }
    Ok(Writer::Nobody)
}

fn key_of(meeting: &Meeting, participant: ParticipantId) -> Option<String> {
    meeting.participant(participant).ok().map(|one| one.address.key())
}
