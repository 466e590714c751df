//! What a message does, in one transaction: known again or judged, kept with its outcome, told to the journal,
//! and the mailbox's cursor moved past it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::proof::Proof;
use super::sort::{News, Prepared, Sort};
use super::{Cursor, Taken, VERIFY, probe, wish, words};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{InboundId, ParticipantId};
use crate::base::text::Address;
use crate::itip::{Attendee, Incoming, Method, PartStat};
use crate::journal::{self, Happening};
use crate::links;
use crate::meetings;
use crate::meetings::incoming::{self, Beside, Sender, Verdict, Whose};
use crate::post;
use crate::post::inbound::{Inbound, Outcome};
use crate::post::letter::{self, Kept, Says, State, TokenMode};
use crate::queue::{self, Priority, Work};
use crate::sessions::Help;
use crate::store::Cx;
use crate::words::wish::Phrases;

/// A message before this one is not taken in yet.
pub(super) const OUT_OF_ORDER: &str = "inbound.out-of-order";
/// How many recipients of a report are looked for.
const RECIPIENTS_MAX: usize = 10;

/// How far a message came.
#[derive(Debug)]
pub(super) enum Step {
    /// It is taken in.
    Taken(Taken),
    /// Nothing was done: its sender decides, and is to be checked first.
    Unproven,
    /// Nothing was done: a language model is to be asked about this line first.
    Unread(String),
}

/// What was found out about a message outside of any transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// What a check of its signatures found, if one was made.
    pub(super) checked: Option<Proof>,
    /// Whether there is a language model that was not asked yet.
    pub(super) may_ask: bool,
    /// What one said of its line.
    pub(super) said: Option<Phrases>,
}

/// What a message came to.
pub(super) enum Judged {
    /// This; and whether its sender is worth checking afterwards.
    Verdict(Verdict),
    /// This, of what somebody with an account asks for.
    Wish(Verdict),
    /// Its sender is to be checked first.
    Unproven,
    /// A language model is to be asked first.
    Unread(String),
}

/// Takes a message in.
pub(super) fn take(cx: &mut Cx<'_>, message: &Prepared, found: &Found) -> Result<Step> {
    if let Some(cursor) = &message.received.cursor {
        must_be_next(cx, cursor)?;
    }
    if let Some(known) = post::inbound::known(cx, &message.message_id, &message.content_hash)? {
        return again(cx, message, &known).map(Step::Taken);
    }
    let id: InboundId = cx.id();
    let proof = message.proof.as_ref().or(found.checked.as_ref());
    // A fault of ours in one message must not stop the mailbox.
    let judged = catch_unwind(AssertUnwindSafe(|| judge(cx, id, message, (proof, found))))
        .unwrap_or_else(|_| Err(Error::refused("inbound.panic", "a fault of this program")))?;
    match judged {
        Judged::Unproven => Ok(Step::Unproven),
        Judged::Unread(line) => Ok(Step::Unread(line)),
        Judged::Verdict(verdict) => keep(cx, id, message, proof, verdict).map(Step::Taken),
        Judged::Wish(verdict) => {
            let taken = keep(cx, id, message, proof, verdict)?;
            // It was answered. Whose words those are no table says, so that they could not be erased with them.
            post::inbound::forget_words(cx, id)?;
            Ok(Step::Taken(taken))
        }
    }
}

/// Keeps a message that no room would have, and says why.
pub(super) fn reject(cx: &mut Cx<'_>, message: &Prepared, reason: &str) -> Result<Taken> {
    if let Some(cursor) = &message.received.cursor {
        must_be_next(cx, cursor)?;
    }
    let id: InboundId = cx.id();
    keep(cx, id, message, message.proof.as_ref(), Verdict::without_meeting(Outcome::Rejected, reason))
}

/// Several messages of a folder may be under way at once: each waits for the one before it.
fn must_be_next(cx: &Cx<'_>, cursor: &Cursor) -> Result<()> {
    let Some(after) = cursor.after else { return Ok(()) };
    let known = post::cursor::get(cx, &cursor.mailbox, &cursor.folder)?;
    if known.is_some_and(|known| known.uid_validity == cursor.uid_validity && known.uid >= after) {
        Ok(())
    } else {
        Err(Error::refused(OUT_OF_ORDER, "The message before this one is not taken in yet."))
    }
}

fn move_cursor(cx: &Cx<'_>, message: &Prepared) -> Result<()> {
    match &message.received.cursor {
        Some(at) => post::cursor::set(cx, &at.mailbox, &at.folder, at.uid_validity, at.uid),
        None => Ok(()),
    }
}

/// It came before, by whichever road: nothing is done twice.
fn again(cx: &mut Cx<'_>, message: &Prepared, known: &Inbound) -> Result<Taken> {
    move_cursor(cx, message)?;
    let who = actor(message, Who::Anyone);
    let data = serde_json::json!({ "road": message.received.road, "outcome": Outcome::Duplicate.as_str() });
    journal::append(cx, &who, &Happening::to("inbound.duplicate", &known.id).data(&data))?;
    Ok(Taken {
        id: known.id,
        outcome: Outcome::Duplicate,
        reason: format!("It came before, and its outcome was: {}.", known.outcome.as_str()),
        meeting: known.meeting,
        participant: known.participant,
    })
}

fn keep(
    cx: &mut Cx<'_>,
    id: InboundId,
    message: &Prepared,
    proof: Option<&Proof>,
    verdict: Verdict,
) -> Result<Taken> {
    let is_tokened = is_proven_by_token(cx, message, &verdict)?;
    let authenticity = match (is_tokened, proof) {
        (true, Some(proof)) => Some(format!("token; {}", proof.words)),
        (true, None) => Some("token".to_owned()),
        (false, Some(proof)) => Some(proof.words.clone()),
        (false, None) => None,
    };
    let inbound = Inbound {
        id,
        road: message.received.road.to_owned(),
        message_id: message.message_id.clone(),
        content_hash: message.content_hash.clone(),
        received_at: cx.now,
        outcome: verdict.outcome,
        reason: verdict.reason.clone(),
        detail: message.detail.clone(),
        meeting: verdict.meeting,
        participant: verdict.participant,
        method: message.method().map(str::to_owned),
        partstat: message.partstat().map(|partstat| partstat.as_str().to_owned()),
        sequence: message.sequence(),
        authenticity,
        size_bytes: message.size_bytes,
        trace: message.trace.clone(),
    };
    match &message.sealed_raw {
        Some(sealed) => post::inbound::keep_sealed(cx, &inbound, sealed)?,
        None => post::inbound::keep(cx, &inbound, &message.received.raw)?,
    }
    tell(cx, &inbound)?;
    move_cursor(cx, message)?;
    // What stays in the house has no signature to check.
    if is_tokened && proof.is_none() && message.received.road != "mailroom" && !cx.house().is_mailroom {
        let later = Work::of(VERIFY, &message.trace, serde_json::json!({ "message": id }))
            .keyed(id.to_string())
            .priority(Priority::Low);
        queue::enqueue(cx, &later)?;
    }
    Ok(Taken {
        id,
        outcome: verdict.outcome,
        reason: verdict.reason,
        meeting: verdict.meeting,
        participant: verdict.participant,
    })
}

fn is_proven_by_token(cx: &Cx<'_>, message: &Prepared, verdict: &Verdict) -> Result<bool> {
    let Some(participant) = verdict.participant else { return Ok(false) };
    for token in &message.sender.tokens {
        if incoming::by_token(cx, token)?.is_some_and(|(_, whose)| whose == participant) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One entry for every message; those that could not be read have a kind of their own, to be counted by.
fn tell(cx: &mut Cx<'_>, inbound: &Inbound) -> Result<()> {
    let kind = if inbound.outcome == Outcome::Rejected { "inbound.rejected" } else { "inbound.received" };
    let party = inbound.participant.map_or(Who::Anyone, Who::Participant);
    let who = Actor::new(party, Road::Mail, inbound.trace.clone());
    let data = serde_json::json!({
        "outcome": inbound.outcome.as_str(), "method": inbound.method, "road": inbound.road,
    });
    let mut what = Happening::to(kind, &inbound.id);
    if let Some(meeting) = inbound.meeting {
        what = what.with(&meeting);
    }
    journal::append(cx, &who, &what.data(&data)).map(drop)
}

fn actor(message: &Prepared, who: Who) -> Actor {
    Actor::new(who, Road::Mail, message.trace.clone())
}

fn judge(
    cx: &mut Cx<'_>,
    id: InboundId,
    message: &Prepared,
    (proof, found): (Option<&Proof>, &Found),
) -> Result<Judged> {
    let verdict = match &message.sort {
        Sort::Unreadable(reason) => Verdict::without_meeting(Outcome::Rejected, reason.clone()),
        Sort::News(news) => report(cx, message, news)?,
        sort => {
            if let Some(verdict) = own(cx, message)? {
                return Ok(Judged::Verdict(verdict));
            }
            match sort {
                Sort::Answer(incoming, beside) => return answer(cx, id, message, proof, (incoming, beside)),
                Sort::Tnef(partstat, uid, beside) => {
                    match from_outlook(cx, message, *partstat, uid.as_deref())? {
                        Some(incoming) => return answer(cx, id, message, proof, (&incoming, beside)),
                        None => words::take(cx, message, &beside.text)?,
                    }
                }
                Sort::Foreign(incoming) => foreign(cx, message, incoming)?,
                Sort::Automatic => {
                    let reason = "A machine answered for somebody; kept, not answered.";
                    words::attributed(cx, message, Outcome::AutoReply, reason)?
                }
                Sort::Words(said) => return in_words(cx, message, (proof, found), said),
                Sort::Bulk | Sort::Unreadable(_) | Sort::News(_) => {
                    let reason = "A list's mail or a machine's: kept, never answered.";
                    words::attributed(cx, message, Outcome::Ignored, reason)?
                }
            }
        }
    };
    Ok(Judged::Verdict(verdict))
}

/// What a person wrote: a wish of somebody with an account, or words about a meeting.
fn in_words(
    cx: &mut Cx<'_>,
    message: &Prepared,
    (proof, found): (Option<&Proof>, &Found),
    said: &str,
) -> Result<Judged> {
    let Some(user) = wish::whose(cx, message)? else {
        return words::take(cx, message, said).map(Judged::Verdict);
    };
    if proof.is_none() && can_be_checked(cx, message) {
        return Ok(Judged::Unproven);
    }
    let help = if found.may_ask { Help::MayBeAsked } else { Help::Said(found.said.as_ref()) };
    wish::take(cx, message, (user, proof), (said, help))
}

/// Our own mail that comes back; of the probe, what was changed on its way.
fn own(cx: &Cx<'_>, message: &Prepared) -> Result<Option<Verdict>> {
    if let Some(verdict) = probe::take(cx, message)? {
        return Ok(Some(verdict));
    }
    let organizer = cx.house().organizer.mailbox_key();
    let is_from_us = message.headers.from.iter().any(|party| party.address.mailbox_key() == organizer);
    let is_ours = match &message.headers.message_id {
        Some(id) => letter::by_message_id(cx, id)?.is_some(),
        None => false,
    };
    Ok((is_from_us || is_ours)
        .then(|| Verdict::without_meeting(Outcome::Ignored, "Our own mail came back to us.")))
}

/// REPLY, COUNTER and REFRESH are the room's.
fn answer(
    cx: &mut Cx<'_>,
    id: InboundId,
    message: &Prepared,
    proof: Option<&Proof>,
    (incoming, beside): (&Incoming, &Beside),
) -> Result<Judged> {
    let sender = Sender {
        authenticated: proof.is_some_and(|proof| proof.authenticated) && message.author.is_some(),
        ..message.sender.clone()
    };
    let attendees: Vec<Address> = incoming
        .attendees
        .iter()
        .flat_map(|one| [one.address.clone(), one.email_param.clone()])
        .flatten()
        .collect();
    let whose = incoming::whose(cx, &sender, Some(&incoming.uid), &attendees)?;
    let who = match &whose {
        Whose::Unproven(..) if proof.is_none() && can_be_checked(cx, message) => return Ok(Judged::Unproven),
        Whose::Theirs(_, participant) => Who::Participant(*participant),
        _ => Who::Anyone,
    };
    let verdict = incoming::take_of(cx, &actor(message, who), id, (&sender, whose), incoming, beside)?;
    Ok(Judged::Verdict(verdict))
}

/// Whether signatures may say something: not of what never left the house.
fn can_be_checked(cx: &Cx<'_>, message: &Prepared) -> bool {
    message.received.road != "mailroom" && !cx.house().is_mailroom
}

/// Only an organizer invites, cancels and publishes, and here that is this house.
fn foreign(cx: &Cx<'_>, message: &Prepared, incoming: &Incoming) -> Result<Verdict> {
    let method = match &incoming.method {
        Method::Add => "An ADD".to_owned(),
        Method::Other(_) => "A message of an unknown method".to_owned(),
        method => format!("A {}", method.as_str()),
    };
    let reason =
        format!("{method} from outside: this mailbox organizes, and takes no invitations or changes.");
    let whose = incoming::whose(cx, &message.sender, Some(&incoming.uid), &[])?;
    let (meeting, participant) = match whose {
        Whose::Theirs(meeting, participant) => (Some(meeting.id), Some(participant)),
        Whose::Forwarded(meeting, ..) | Whose::Unproven(meeting, _) | Whose::Stranger(meeting) => {
            (Some(meeting.id), None)
        }
        Whose::Nobody => (None, None),
    };
    Ok(Verdict { outcome: Outcome::Ignored, reason, meeting, participant })
}

/// What an Outlook answer would be as a REPLY, if its UID or the token says to which meeting.
fn from_outlook(
    cx: &Cx<'_>,
    message: &Prepared,
    partstat: PartStat,
    uid: Option<&str>,
) -> Result<Option<Incoming>> {
    let by_token = words::by_token(cx, message)?;
    let uid = match (uid, by_token) {
        (_, Some((meeting, _))) => meetings::load(cx, meeting)?.uid,
        (Some(uid), None) => uid.to_owned(),
        (None, None) => return Ok(None),
    };
    let known = incoming::whose(cx, &message.sender, Some(&uid), &[])?;
    if matches!(known, Whose::Nobody) {
        return Ok(None);
    }
    let attendee = Attendee {
        address: message.author.clone(),
        raw: crate::base::secret::Secret::default(),
        email_param: None,
        name: None,
        partstat: Some(partstat),
        delegated_to: Vec::new(),
        sent_by: None,
        proposed: None,
        response_comment: None,
    };
    Ok(Some(Incoming {
        method: Method::Reply,
        uid,
        recurrence_id: None,
        sequence: None,
        dtstamp: None,
        replied_at: None,
        organizer: None,
        attendees: vec![attendee],
        start: None,
        end: None,
        original_start: None,
        original_end: None,
        comment: None,
        request_status: Vec::new(),
        prodid: None,
        status: None,
        summary: None,
        location: None,
        description: None,
        events: 1,
    }))
}

/// A report goes to the letter it is about: by the token that the envelope's sender had, by the Message-ID,
/// or else by its recipient.
fn report(cx: &mut Cx<'_>, message: &Prepared, news: &News) -> Result<Verdict> {
    let who = actor(message, Who::Anyone);
    let participant = words::by_token(cx, message)?.map(|(_, participant)| participant);
    let mut found = tell_of(cx, &who, news.original.as_deref(), participant, news)?;
    if found.is_none() {
        for recipient in news.recipients.iter().take(RECIPIENTS_MAX) {
            let Some(id) = last_sent_to(cx, recipient)? else { continue };
            found = tell_of(cx, &who, Some(&id), None, news)?;
            break;
        }
    }
    let Some(kept) = found else {
        let reason = "A delivery report about no mail of ours.";
        return Ok(Verdict::without_meeting(Outcome::Ignored, reason));
    };
    if matches!((&kept.letter.says, news.report), (Says::Probe { .. }, meetings::Report::Bounced)) {
        post::fact::set(cx, post::fact::PROBE, TokenMode::Off.as_str())?;
    }
    Ok(Verdict {
        outcome: Outcome::Bounce,
        reason: news.says.to_owned(),
        meeting: kept.letter.says.event().map(|event| event.meeting),
        participant: kept.letter.reader.participant,
    })
}

fn tell_of(
    cx: &mut Cx<'_>,
    who: &Actor,
    original: Option<&str>,
    participant: Option<ParticipantId>,
    news: &News,
) -> Result<Option<Kept>> {
    meetings::report(cx, who, original, participant, news.report, news.detail.as_deref())
}

/// The Message-ID of the newest mail that went to an address.
fn last_sent_to(cx: &Cx<'_>, address: &Address) -> Result<Option<String>> {
    let sent = letter::of_address(cx, &links::address_hash(cx, address), 10)?;
    let newest = sent
        .into_iter()
        .find(|kept| !matches!(kept.state, State::Queued | State::Superseded))
        .map(|kept| kept.letter.message_id);
    Ok(newest)
}

impl Prepared {
    /// The revision it says it answers.
    fn sequence(&self) -> Option<i64> {
        match &self.sort {
            Sort::Answer(message, _) | Sort::Foreign(message) => message.sequence.map(i64::from),
            _ => None,
        }
    }
}
