//! Letters: mails that are to leave, as frozen facts without a secret.
//!
//! What composes a letter is given its reader and the *public face* of everybody else, and a face has no
//! address: so no address of another person can be in it. A letter keeps its Message-ID and its date from
//! the moment it is enqueued; letters to one reader keep their order.

use serde::{Deserialize, Serialize};

pub use super::facts::{
    BookingEnd, Cause, Choices, Event, Face, News, Outcome, Reader, TokenMode, WishRead, is_of_names,
    together, with,
};
pub use super::says::Says;
use super::{packed, sql, suppress};
use crate::base::error::{Error, Result};
use crate::base::id::{Id, LetterId, MeetingId, ParticipantId, UserId};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::links;
use crate::queue::{self, Work};
use crate::store::{Cx, Ground};

/// The queue's topic of mail.
pub const TOPIC: &str = "mail";
/// The queue's topic of letters that are written into their readers' calendars, and of answers that are to stand there.
pub const CALENDARS: &str = "calendar-letters";
/// How long the link to what is stored about a reader acts after the meeting, in milliseconds.
const ABOUT_YOU_MS: i64 = 400 * DAY;
/// How many letters to one address are looked through for invitations of somebody who is forgotten.
const INVITATIONS_MAX: u32 = 1_000;

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// To whom.
    pub reader: Reader,
    /// What it says.
    pub says: Says,
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// The Message-ID it answers, without brackets: mail programs thread by it.
    pub in_reply_to: Option<String>,
    /// Its Date, and the DTSTAMP of its event, in UTC milliseconds, a whole second.
    pub at: i64,
    /// Not worth sending after, in UTC milliseconds.
    pub expires: Option<i64>,
}

/// A letter to be enqueued, before it has an id and a date.
#[derive(Clone, Debug)]
pub struct Draft {
    /// To whom.
    pub to: Address,
    /// Their name.
    pub name: Option<String>,
    /// The zone their times are told in.
    pub zone: Zone,
    /// The participant they are.
    pub participant: Option<ParticipantId>,
    /// What it says.
    pub says: Says,
    /// What makes it the same letter, so that it is never written twice.
    pub unique_key: String,
    /// The Message-ID it answers.
    pub in_reply_to: Option<String>,
    /// Not worth sending after.
    pub expires: Option<Timestamp>,
    /// The trace id of what asked for it.
    pub trace: String,
}

/// By which road a letter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// To its reader's mailbox.
    Mail,
    /// Into the reader's own calendar; by mail, where that cannot be.
    Calendar,
}

impl By {
    fn topic(self) -> &'static str {
        match self {
            Self::Mail => TOPIC,
            Self::Calendar => CALENDARS,
        }
    }
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is on the queue, under this Message-ID.
    Yes(LetterId, String),
    /// It was written before.
    Before,
    /// Its reader asked never to be written to.
    Suppressed,
}

/// Enqueues a letter, once.
pub fn enqueue(cx: &Cx<'_>, draft: Draft) -> Result<Enqueued> {
    enqueue_at(cx, draft, None)
}

/// As [`enqueue`], by a road: letters of one participant keep their order on each.
pub fn enqueue_by(cx: &Cx<'_>, draft: Draft, by: By) -> Result<Enqueued> {
    enqueue_as(cx, draft, None, by)
}

/// As [`enqueue`], to leave not before `not_before`, which is its date then. Such a letter, like one of news, keeps no
/// order with others: those do not wait for it.
pub fn enqueue_at(cx: &Cx<'_>, draft: Draft, not_before: Option<Timestamp>) -> Result<Enqueued> {
    enqueue_as(cx, draft, not_before, By::Mail)
}

fn enqueue_as(cx: &Cx<'_>, draft: Draft, not_before: Option<Timestamp>, by: By) -> Result<Enqueued> {
    let not_before = not_before.filter(|at| *at > cx.now);
    let hash = links::address_hash(cx, &draft.to);
    if !draft.says.is_asked_for() && suppress::is_suppressed(cx, &draft.to)? {
        return Ok(Enqueued::Suppressed);
    }
    let id: LetterId = cx.id();
    let meeting = draft.says.meeting();
    let user = match &draft.says {
        Says::SignIn { user, .. } | Says::Leaving { user, .. } | Says::AddressNews { user, .. } => {
            Some(*user)
        }
        _ => None,
    };
    let about = links::About { meeting, participant: draft.participant, user, ..links::About::default() };
    let keep_until = cx.now.plus(cx.house().raw_retention_ms);
    // What is stored outlives the letter, and so does the way to it.
    let ends = draft.says.event().map_or(cx.now, |event| Timestamp::from_ms(event.end).max(cx.now));
    let about_you = links::issue(cx, links::Purpose::AboutYou, &draft.to, &about, ends.plus(ABOUT_YOU_MS))?;
    let letter = Letter {
        id,
        reader: Reader {
            address: draft.to.as_str().to_owned(),
            name: draft.name,
            zone: draft.zone.name().to_owned(),
            participant: draft.participant,
            about_you,
        },
        message_id: format!("{}@{}", id.uuid().simple(), cx.house().organizer.domain()),
        in_reply_to: draft.in_reply_to,
        at: not_before.unwrap_or(cx.now).whole_second().ms(),
        expires: draft.expires.map(Timestamp::ms),
        says: draft.says,
    };
    let kept = sql::Row {
        kind: letter.says.kind(),
        unique_key: &draft.unique_key,
        meeting,
        address: &draft.to,
        address_hash: &hash,
        keep_until,
    };
    if !sql::insert_letter(cx, &letter, &kept)? {
        return Ok(Enqueued::Before);
    }
    let mut work = work_of(&letter, &draft.trace, by);
    work.not_before = not_before;
    if not_before.is_none()
        && !matches!(
            letter.says,
            Says::Notice { .. }
                | Says::Decision { .. }
                | Says::BookingAsk { .. }
                | Says::ApprovalAsk { .. }
                | Says::GroupAsk { .. }
                | Says::Digest { .. }
        )
    {
        let order = draft.participant.map_or_else(|| hash.clone(), |participant| participant.to_string());
        work.ordering_key = Some(order);
    }
    if let (By::Calendar, Some(participant)) = (by, draft.participant) {
        // It carries the answer itself, and is not to wait behind one that cannot be written.
        queue::withdraw(cx, CALENDARS, &participant.to_string())?;
    }
    queue::enqueue(cx, &work)?;
    Ok(Enqueued::Yes(id, letter.message_id))
}

/// Has what a participant has answered written into their event, after all letters that go into their calendar before. `tries` says how
/// often that was tried, for whoever does it.
pub fn enqueue_answer(
    cx: &Cx<'_>,
    participant: ParticipantId,
    (tries, not_before): (u32, Timestamp),
    trace: &str,
) -> Result<()> {
    let payload = serde_json::json!({ "answer_of": participant, "tries": tries });
    let key = participant.to_string();
    let work = Work::of(CALENDARS, trace, payload).keyed(key.clone()).ordered(key).not_before(not_before);
    queue::enqueue(cx, &work).map(drop)
}

fn work_of(letter: &Letter, trace: &str, by: By) -> Work {
    Work::of(by.topic(), trace, serde_json::json!({ "letter": letter.id }))
        .keyed(letter.id.to_string())
        .priority(letter.says.priority())
}

/// Sends by mail what was to be written into a calendar: the same letter, under the same Message-ID.
pub fn by_mail(cx: &Cx<'_>, id: LetterId, trace: &str) -> Result<()> {
    let kept = without_bytes(cx, id)?;
    let mut work = work_of(&kept.letter, trace, By::Mail);
    work.ordering_key = kept.letter.reader.participant.map(|participant| participant.to_string());
    queue::enqueue(cx, &work).map(drop)
}

/// Takes back the work of a letter, by whichever road it was to go; says whether it waited.
fn withdraw(cx: &Cx<'_>, id: LetterId) -> Result<bool> {
    let key = id.to_string();
    Ok(queue::withdraw(cx, TOPIC, &key)? || queue::withdraw(cx, CALENDARS, &key)?)
}

/// How far a letter has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits on the queue.
    Queued,
    /// The mail server took it.
    Sent,
    /// It lies in the reader's mailbox.
    Delivered,
    /// Its event lies in the reader's own calendar, as it says.
    InCalendar,
    /// A mail server on the way is still trying.
    Delayed,
    /// It could not be handed over.
    Failed,
    /// It came back.
    Bounced,
    /// A newer one took its place before it was sent.
    Superseded,
}

impl State {
    /// The word kept in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::InCalendar => "in-calendar",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Superseded => "superseded",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Sent,
            Self::Delivered,
            Self::InCalendar,
            Self::Delayed,
            Self::Failed,
            Self::Bounced,
            Self::Superseded,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// A letter as the store has it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The letter.
    pub letter: Letter,
    /// How far it has come.
    pub state: State,
    /// What a mail server said of it.
    pub detail: Option<String>,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
    /// Its bytes, once they were rendered and as long as they may be needed again.
    pub bytes: Option<Vec<u8>>,
}

/// One letter.
pub fn get(cx: &Cx<'_>, id: LetterId) -> Result<Kept> {
    let mut kept = without_bytes(cx, id)?;
    if let Some(sealed) = sql::sealed_bytes(cx, id)? {
        kept.bytes = Some(packed::unpack(cx, "letter", &sealed)?);
    }
    Ok(kept)
}

/// As [`get`], for whoever does not need the bytes.
pub fn without_bytes(cx: &Cx<'_>, id: LetterId) -> Result<Kept> {
    sql::letter(cx, id)?.ok_or(Error::NotFound("letter"))
}

/// The letter with this Message-ID, if it is ours.
pub fn by_message_id(cx: &Cx<'_>, message_id: &str) -> Result<Option<Kept>> {
    sql::letter_by_message_id(cx, message_id)
}

/// The newest letters to a participant, newest first.
pub fn of_participant(cx: &Cx<'_>, participant: ParticipantId, limit: u32) -> Result<Vec<Kept>> {
    sql::letters_of_participant(cx, participant, limit)
}

/// The newest letters to an address, newest first.
pub fn of_address(cx: &Cx<'_>, address_hash: &str, limit: u32) -> Result<Vec<Kept>> {
    sql::letters_of_address(cx, address_hash, limit)
}

/// Whether this house ever wrote to an address.
pub fn is_known(cx: &Cx<'_>, address: &Address) -> Result<bool> {
    Ok(!sql::letters_of_address(cx, &links::address_hash(cx, address), 1)?.is_empty())
}

/// Rendered bytes, packed and sealed for the store: a letter's, and its calendar part's for the record.
#[derive(Clone)]
pub struct SealedBytes {
    bytes: Vec<u8>,
    calendar: Option<Vec<u8>>,
}

/// Packs and seals rendered bytes. Outside a transaction: it takes longer than all statements about a letter, and the
/// one writer has others to serve.
pub fn seal_bytes(ground: &Ground, bytes: &[u8], calendar: Option<&[u8]>) -> Result<SealedBytes> {
    let calendar = calendar.map(|calendar| packed::pack(ground, "calendar", calendar)).transpose()?;
    Ok(SealedBytes { bytes: packed::pack(ground, "letter", bytes)?, calendar })
}

/// Keeps sealed bytes before the first attempt. `false`: there are bytes already, and those stay, or the letter is
/// gone.
pub fn keep_sealed(cx: &Cx<'_>, id: LetterId, sealed: &SealedBytes) -> Result<bool> {
    sql::keep_bytes(cx, id, &sealed.bytes, sealed.calendar.as_deref())
}

/// Seals the rendered bytes and keeps them. If there are bytes already, those stay, and are given.
pub fn keep_bytes(cx: &Cx<'_>, id: LetterId, bytes: &[u8], calendar: Option<&[u8]>) -> Result<Vec<u8>> {
    if let Some(first) = get(cx, id)?.bytes {
        return Ok(first);
    }
    keep_sealed(cx, id, &seal_bytes(cx.ground(), bytes, calendar)?)?;
    Ok(bytes.to_vec())
}

/// The calendar part that was sent with a letter, as long as it is kept.
pub fn calendar(cx: &Cx<'_>, id: LetterId) -> Result<Option<Vec<u8>>> {
    sql::sealed_calendar(cx, id)?.map(|sealed| packed::unpack(cx, "calendar", &sealed)).transpose()
}

/// When a letter was last handed over to a mail server, or laid into the mailroom; `None`: none was that is still kept.
pub fn last_sent(cx: &Cx<'_>) -> Result<Option<Timestamp>> {
    sql::last_sent(cx)
}

/// Records how far a letter has come. What is final erases the bytes, which hold links.
pub fn settle(cx: &Cx<'_>, id: LetterId, state: State, detail: Option<&str>) -> Result<()> {
    let erase = state != State::Queued;
    sql::settle(cx, id, state, detail, erase)?;
    // What could not be handed over may be tried again by hand, and is still to be written then.
    if matches!(state, State::Queued | State::Failed) {
        return Ok(());
    }
    let Some(mut kept) = sql::letter(cx, id)? else { return Ok(()) };
    if kept.letter.says.is_forgotten_once_sent() {
        sql::rewrite_letter(cx, &kept.letter)?;
    }
    Ok(())
}

/// Takes back what waits for a participant among `kinds`, because something newer says more. Gives how
/// many letters that were.
pub fn supersede(cx: &Cx<'_>, participant: ParticipantId, kinds: &[&str]) -> Result<usize> {
    let mut taken_back = 0;
    for (id, kind) in sql::queued_of_participant(cx, participant)? {
        if kinds.contains(&kind.as_str()) && withdraw(cx, id)? {
            settle(cx, id, State::Superseded, None)?;
            taken_back += 1;
        }
    }
    Ok(taken_back)
}

/// Takes back a letter that has not left, by what makes it the same letter; says whether it was there.
pub fn take_back(cx: &Cx<'_>, unique_key: &str) -> Result<bool> {
    let Some(id) = sql::queued_by_key(cx, unique_key)? else { return Ok(false) };
    let taken = withdraw(cx, id)?;
    if taken {
        settle(cx, id, State::Superseded, None)?;
    }
    Ok(taken)
}

/// Deletes letters whose time of keeping is over; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_letters(cx)
}

/// Whether the event may be in a participant's calendar: a REQUEST was written to them, and not every one
/// was taken back before it left.
pub fn may_have_event(cx: &Cx<'_>, participant: ParticipantId, was_invited: bool) -> Result<bool> {
    let (sent, taken_back) = sql::has_requests(cx, participant)?;
    // Letters are not kept for ever: of somebody who was invited long ago there is none.
    Ok(sent || was_invited && !taken_back)
}

/// Erases the letters of a participant and all others to their address, with what is left of them on the queue.
pub fn erase(cx: &Cx<'_>, participant: Option<ParticipantId>, address: &Address) -> Result<usize> {
    let letters = sql::letters_to_erase(cx, participant, &links::address_hash(cx, address))?;
    for id in &letters {
        let key = id.to_string();
        withdraw(cx, *id)?;
        for topic in [TOPIC, CALENDARS] {
            queue::drop_dead_keyed(cx, topic, &key)?;
        }
        sql::delete_letter(cx, *id)?;
    }
    Ok(letters.len())
}

/// Takes the name and the words of somebody who is forgotten out of their invitations to an address to connect, and out
/// of what it was told of their booking pages.
pub fn forget_inviter(cx: &Cx<'_>, address_hash: &str, inviter: UserId) -> Result<()> {
    for kept in sql::letters_of_address(cx, address_hash, INVITATIONS_MAX)? {
        let mut letter = kept.letter;
        let face = match &letter.says {
            Says::Connect { inviter: whose, by: face, .. }
            | Says::BookingConfirm { host: whose, by: face, .. }
            | Says::BookingEnded { host: whose, by: face, .. }
                if *whose == inviter =>
            {
                face.clone()
            }
            _ => continue,
        };
        letter.says.forget(&face);
        sql::rewrite_letter(cx, &letter)?;
    }
    Ok(())
}

/// Takes the name and the words of somebody who is forgotten out of the letters to the others at a meeting.
pub fn forget_face(cx: &Cx<'_>, meeting: MeetingId, face: &Face) -> Result<()> {
    for kept in sql::letters_of_meeting(cx, meeting)? {
        let mut letter = kept.letter;
        letter.says.forget(face);
        sql::rewrite_letter(cx, &letter)?;
    }
    Ok(())
}
