//! What participants are written: each letter with its reader's own event, and of the others only their faces.

use super::model::{Meeting, Participant, Proposal, Role, Status};
use super::resources::Resource;
use super::sql;
use crate::accounts::{self, User};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{LinkId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp};
use crate::calendar;
use crate::journal::{self, Happening};
use crate::links::{self, About, Purpose};
use crate::post::letter::{self, Cause, Draft, Enqueued, Event, Kept, Outcome, Says, State};
use crate::store::Cx;

/// Letters that a newer revision makes pointless.
const OF_OLDER_REVISIONS: [&str; 6] =
    ["invitation", "update", "proposal-ask", "fresh-link", "auto-answer", "nudge"];

/// What kind of revision the event is sent for.
#[derive(Clone, Copy)]
pub(super) enum Sending {
    /// The first time, or again.
    Invitation,
    /// It was at this time before.
    Update(Timestamp, Timestamp),
}

/// The event as `reader` gets it.
pub(super) fn event(meeting: &Meeting, reader: &Participant) -> Event {
    Event {
        meeting: meeting.id,
        uid: meeting.uid.clone(),
        sequence: meeting.sequence,
        edition: meeting.edition,
        title: meeting.title.clone(),
        location: meeting.place(),
        description: meeting.description.clone(),
        start: meeting.start.ms(),
        end: meeting.end.ms(),
        created: meeting.created_at.ms(),
        others: meeting.others(reader.id),
        partstat: reader.partstat.as_str().to_owned(),
        token_mode: meeting.token_mode,
        // Who asked for a room is told why it is not there; to everybody else it is the place that counts.
        let_go: if reader.role == Role::Host { let_go(meeting) } else { Vec::new() },
    }
}

/// Why rooms are no longer part of a meeting, since it last changed.
fn let_go(meeting: &Meeting) -> Vec<String> {
    meeting.let_go().map(Resource::let_go_words).collect()
}

/// A fresh respond link for `reader`, in place of those they hold; `detail` is what its form is filled
/// with. Lives until the meeting ends or its next revision.
pub(super) fn respond_link(
    cx: &Cx<'_>,
    meeting: &Meeting,
    reader: &Participant,
    detail: Option<String>,
) -> Result<LinkId> {
    let about = About { meeting: Some(meeting.id), participant: Some(reader.id), detail, ..About::default() };
    links::issue(cx, Purpose::Respond, &reader.address, &about, meeting.end)
}

pub(super) fn draft(
    who: &Actor,
    meeting: &Meeting,
    reader: &Participant,
    unique_key: String,
    says: Says,
) -> Draft {
    Draft {
        to: reader.address.clone(),
        name: (!reader.name.is_empty()).then(|| reader.name.clone()),
        zone: meeting.zone_of(reader),
        participant: Some(reader.id),
        unique_key,
        in_reply_to: reader.first_message_id.clone(),
        expires: Some(meeting.end),
        trace: who.trace.clone(),
        says,
    }
}

/// The key by which an event's letter is written once: (uid, sequence, address, method, edition).
fn event_key(meeting: &Meeting, address: &Address, method: &str) -> String {
    format!("{} {} {} {method} {}", meeting.uid, meeting.sequence, address.key(), meeting.edition)
}

/// By which road the event goes to `reader`: into the calendar where it lies, or that they chose before they were sent anything
/// of it; else by mail. Two roads for one event would be two owners of it.
fn by(cx: &Cx<'_>, meeting: &Meeting, reader: &Participant) -> Result<letter::By> {
    if calendar::is_written(cx, reader.id)? {
        return Ok(letter::By::Calendar);
    }
    if meeting.status == Status::Cancelled
        || reader.first_message_id.is_some() && letter::may_have_event(cx, reader.id, true)?
    {
        return Ok(letter::By::Mail);
    }
    let Some(user) = accounts::by_address(cx, &reader.address)? else { return Ok(letter::By::Mail) };
    let is_planned = calendar::plan_write(cx, reader.id, user.id, &meeting.uid, meeting.end)?;
    Ok(if is_planned { letter::By::Calendar } else { letter::By::Mail })
}

/// Sends the event to everybody who gets mail.
pub(super) fn send_all(cx: &mut Cx<'_>, who: &Actor, meeting: &Meeting, sending: Sending) -> Result<()> {
    for reader in meeting.written_to() {
        send(cx, who, meeting, reader, sending)?;
    }
    Ok(())
}

/// Sends the event to one participant, in place of what of older revisions still waits for them.
pub(super) fn send(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    reader: &Participant,
    sending: Sending,
) -> Result<()> {
    let mut sending = sending;
    if matches!(sending, Sending::Update(..)) {
        links::replace(cx, reader.id, Purpose::Respond)?;
        letter::supersede(cx, reader.id, &OF_OLDER_REVISIONS)?;
        if !letter::may_have_event(cx, reader.id, reader.first_message_id.is_some())? {
            sending = Sending::Invitation;
        }
    }
    let respond = respond_link(cx, meeting, reader, None)?;
    let event = event(meeting, reader);
    let says = match sending {
        Sending::Update(start, end) => Says::Update { event, was: (start.ms(), end.ms()), respond },
        Sending::Invitation => Says::Invitation { event, respond },
    };
    let key = event_key(meeting, &reader.address, "request");
    let by = by(cx, meeting, reader)?;
    let enqueued = letter::enqueue_by(cx, draft(who, meeting, reader, key, says), by)?;
    note(cx, who, meeting, reader.id, enqueued, "request")
}

/// Takes the event out of everybody's calendar, each told why.
pub(super) fn cancel_all(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    cause: impl Fn(&Participant) -> Cause,
) -> Result<()> {
    // Whoever was never sent the event, because they asked for no mail, is not told that it is off either.
    for reader in meeting.written_to().filter(|reader| reader.first_message_id.is_some()) {
        links::replace(cx, reader.id, Purpose::Respond)?;
        letter::supersede(cx, reader.id, &OF_OLDER_REVISIONS)?;
        let says = Says::Cancellation { event: event(meeting, reader), cause: cause(reader) };
        let key = event_key(meeting, &reader.address, "cancel");
        let draft = Draft { expires: Some(cx.now.plus(7 * DAY)), ..draft(who, meeting, reader, key, says) };
        let enqueued = letter::enqueue_by(cx, draft, by(cx, meeting, reader)?)?;
        note(cx, who, meeting, reader.id, enqueued, "cancel")?;
    }
    Ok(())
}

/// Notes on the invitation what became of its letter.
fn note(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    reader: ParticipantId,
    enqueued: Enqueued,
    method: &str,
) -> Result<()> {
    match enqueued {
        Enqueued::Yes(letter, message_id) => sql::note_letter(cx, reader, letter, &message_id, method),
        Enqueued::Before => Ok(()),
        Enqueued::Suppressed => super::delivery::undeliverable(
            cx,
            who,
            meeting,
            reader,
            "The recipient asked never to be written to.",
        ),
    }
}

/// Asks an approver about a proposal. `edition` rises when the question is asked again.
pub(super) fn ask(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposal: &Proposal,
    approver: &Participant,
    edition: i64,
) -> Result<()> {
    let by = meeting.participant(proposal.by)?;
    let about = About {
        meeting: Some(meeting.id),
        participant: Some(approver.id),
        proposal: Some(proposal.id),
        ..About::default()
    };
    let approve = links::issue(cx, Purpose::Approve, &approver.address, &about, proposal.expires_at)?;
    let decline = links::issue(cx, Purpose::Decline, &approver.address, &about, proposal.expires_at)?;
    let says = Says::ProposalAsk {
        proposal: proposal.id,
        event: event(meeting, approver),
        asked: (proposal.start.ms(), proposal.end.ms()),
        by: by.face(),
        note: proposal.note.clone(),
        by_zone: None,
        approve,
        decline,
        expires: proposal.expires_at.ms(),
    };
    let key = format!("proposal-ask {} {} {edition}", proposal.id, approver.address.key());
    let draft = Draft { expires: Some(proposal.expires_at), ..draft(who, meeting, approver, key, says) };
    letter::enqueue(cx, draft).map(drop)
}

/// Tells a proposer what became of their proposal.
pub(super) fn tell_outcome(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposal: &Proposal,
    outcome: Outcome,
) -> Result<()> {
    let reader = meeting.participant(proposal.by)?;
    let says = Says::ProposalOutcome {
        proposal: proposal.id,
        event: event(meeting, reader),
        asked: (proposal.start.ms(), proposal.end.ms()),
        outcome,
        counter: proposal.road == "counter",
        respond: respond_link(cx, meeting, reader, None)?,
    };
    let key = format!("proposal-outcome {} {}", proposal.id, reader.address.key());
    let mut draft = draft(who, meeting, reader, key, says);
    if meeting.end <= cx.now {
        // That nobody decided is news also when the meeting is over.
        draft.expires = Some(cx.now.plus(7 * DAY));
    }
    letter::enqueue(cx, draft).map(drop)
}

/// Tells those whom a question about a proposal has reached that it was taken back.
pub(super) fn tell_withdrawn(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    proposal: &Proposal,
    asked: &[ParticipantId],
) -> Result<()> {
    for reader in meeting.written_to().filter(|reader| asked.contains(&reader.id)) {
        let is_question = |kept: &Kept| {
            matches!(&kept.letter.says, Says::ProposalAsk { proposal: about, .. } if *about == proposal.id)
                && kept.state != State::Superseded
        };
        // What was never sent is not taken back.
        if !letter::of_participant(cx, reader.id, 50)?.iter().any(is_question) {
            continue;
        }
        let says = Says::ProposalOutcome {
            proposal: proposal.id,
            event: event(meeting, reader),
            asked: (proposal.start.ms(), proposal.end.ms()),
            outcome: Outcome::Withdrawn,
            counter: false,
            respond: respond_link(cx, meeting, reader, None)?,
        };
        let key = format!("proposal-withdrawn {} {}", proposal.id, reader.address.key());
        letter::enqueue(cx, draft(who, meeting, reader, key, says))?;
    }
    Ok(())
}

/// Sends a fresh link in place of one that was used or has expired.
pub(super) fn fresh_link(cx: &Cx<'_>, who: &Actor, meeting: &Meeting, reader: &Participant) -> Result<()> {
    let respond = respond_link(cx, meeting, reader, None)?;
    let says = Says::FreshLink { event: event(meeting, reader), respond };
    let key = format!("fresh-link {respond}");
    letter::enqueue(cx, draft(who, meeting, reader, key, says)).map(drop)
}

/// Answers plain words with a link to the form, filled with the time that was found in them.
pub(super) fn auto_answer(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    reader: &Participant,
    found: Option<(Timestamp, Timestamp)>,
    (thread, answers): (&str, Option<String>),
) -> Result<bool> {
    let detail = found.map(|(start, end)| format!("{} {}", start.ms(), end.ms()));
    let says = Says::AutoAnswer {
        event: event(meeting, reader),
        found: found.map(|(start, end)| (start.ms(), end.ms())),
        respond: respond_link(cx, meeting, reader, detail)?,
    };
    let key = format!("auto-answer {} {thread}", reader.id);
    let mut draft = draft(who, meeting, reader, key, says);
    draft.in_reply_to = answers.or(draft.in_reply_to);
    Ok(matches!(letter::enqueue(cx, draft)?, Enqueued::Yes(..)))
}

/// What a participant is asked to confirm.
pub(super) struct Doubt {
    /// What the reply said.
    pub(super) said: String,
    /// The time it asked for.
    pub(super) asked: Option<(Timestamp, Timestamp)>,
    /// Confirms it.
    pub(super) confirm: LinkId,
    /// Whether it came from an address that is not theirs.
    pub(super) from_elsewhere: bool,
    /// What makes the question the same.
    pub(super) key: String,
}

/// Asks a participant whether a reply is theirs; says whether they can be asked.
pub(super) fn ask_whether_theirs(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    reader: &Participant,
    doubt: Doubt,
) -> Result<bool> {
    let says = Says::ConfirmReply {
        event: event(meeting, reader),
        said: doubt.said,
        asked: doubt.asked.map(|(start, end)| (start.ms(), end.ms())),
        confirm: doubt.confirm,
        from_elsewhere: doubt.from_elsewhere,
    };
    let enqueued = letter::enqueue(cx, draft(who, meeting, reader, doubt.key, says))?;
    Ok(!matches!(enqueued, Enqueued::Suppressed))
}

/// Tells the host that somebody's invitation could not be delivered: by letter where they have no account, else by a
/// notice, learnt from the journal, by the road that they chose. Where it is the host's own, whoever made the
/// meeting, if they have a mailbox of their own. Where nobody can be written to, the meeting's page says it, and the
/// administrators' list of delivery problems.
pub(super) fn tell_undelivered(
    cx: &Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    whose: &Participant,
    key: &str,
) -> Result<()> {
    let host = meeting.host()?;
    let says = Says::DeliveryFailed { event: event(meeting, host), whose: whose.face() };
    if host.id != whose.id {
        let has_account =
            accounts::by_address(cx, &host.address)?.is_some_and(|user| user.disabled_at.is_none());
        if !host.is_written_to() || has_account {
            return Ok(());
        }
        let unique = format!("delivery-failed {key} {}", host.address.key());
        return letter::enqueue(cx, draft(who, meeting, host, unique, says)).map(drop);
    }
    let Some(owner) = owner_elsewhere(cx, meeting, host)? else { return Ok(()) };
    let unique = format!("delivery-failed {key} {}", owner.address.key());
    let draft = Draft {
        name: owner.given_name(),
        zone: owner.zone,
        participant: None,
        in_reply_to: None,
        to: owner.address,
        ..draft(who, meeting, host, unique, says)
    };
    letter::enqueue(cx, draft).map(drop)
}

/// Who made the meeting, if that is an account in use whose mailbox is not the host's.
fn owner_elsewhere(cx: &Cx<'_>, meeting: &Meeting, host: &Participant) -> Result<Option<User>> {
    let Some(owner) = meeting.owner else { return Ok(None) };
    match accounts::get(cx, owner) {
        Ok(owner) => {
            let is_elsewhere = owner.address.mailbox_key() != host.address.mailbox_key();
            Ok(Some(owner).filter(|owner| is_elsewhere && owner.disabled_at.is_none()))
        }
        // They were erased meanwhile.
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Appends to the meeting's story.
pub(super) fn tell(
    cx: &mut Cx<'_>,
    who: &Actor,
    kind: &'static str,
    meeting: &Meeting,
    participant: Option<ParticipantId>,
    data: &serde_json::Value,
) -> Result<()> {
    let mut happening = Happening::to(kind, &meeting.id).amount(meeting.sequence);
    if let Some(participant) = participant {
        happening = happening.with(&participant);
    }
    journal::append(cx, who, &happening.data(data)).map(drop)
}
