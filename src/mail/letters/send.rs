//! Sending: one letter of the queue after the other, each with its outcome recorded in one transaction.
//!
//! The bytes are sealed before the first attempt, so that every attempt, before and after a crash, sends the same
//! ones. What was handed over and could not be recorded is recorded again and again, as long as the process lives:
//! otherwise it would go out a second time.

use std::sync::Arc;
use std::time::Duration;

use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{BookingId, LetterId, SessionId, UserId};
use crate::base::text::{self, Address};
use crate::base::time::{HOUR, Timestamp};
use crate::booking::{self, BookingState};
use crate::itip::PartStat;
use crate::journal::{self, Happening};
use crate::mail::wire::{SendError, Sent};
use crate::meetings;
use crate::notices;
use crate::post::letter::{self, Kept, Says, State};
use crate::post::{self, mailroom, suppress};
use crate::queue::{self, Backoff, Failed, Leased, Reason, Worker};
use crate::sessions::{self, Standing};
use crate::store::Cx;

use super::check::{self, Allowed};
use super::outbox::{Outbox, Transport};
use super::render::{Facts, Rendered, render};

/// How many letters are in hand for each connection: while one is handed over, others are rendered, sealed and
/// recorded together, so that no connection waits for the disk.
const IN_HAND_PER_CONNECTION: usize = 8;
/// The most letters in hand, unless there are more connections.
const IN_HAND_MAX: usize = 128;
/// Twice as long as any attempt can take, in milliseconds.
const LEASE_MS: i64 = HOUR;
/// Whoever waited so long for a connection makes sure of the lease first: what is left is enough for an attempt.
const WAIT_MAX: Duration = Duration::from_mins(20);
/// The longest wait between two tries to record an outcome.
const PATIENCE_MAX: Duration = Duration::from_secs(30);
/// How often it is tried to record an outcome.
const RECORDINGS_MAX: u32 = 60;
/// The most that is kept of what a mail server says, in characters.
const DETAIL_CHARS_MAX: usize = 300;

/// The worker of the queue's topic of mail.
pub fn worker(outbox: Outbox) -> Worker {
    let hands = match outbox.transport {
        Transport::Mailroom => outbox.connections,
        Transport::Smtp(_) => {
            (outbox.connections * IN_HAND_PER_CONNECTION).min(IN_HAND_MAX).max(outbox.connections)
        }
    };
    Worker {
        topic: post::TOPIC,
        parallel: u32::try_from(hands).unwrap_or(u32::MAX),
        lease_ms: LEASE_MS,
        handler: Arc::new(move |lease| {
            let outbox = outbox.clone();
            Box::pin(async move { outbox.send(lease).await })
        }),
    }
}

/// What is known of a letter when its turn comes.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) kept: Kept,
    pub(super) token: Option<String>,
    pub(super) others: Vec<Address>,
    pub(super) has_account: bool,
    is_suppressed: bool,
    /// Whether it is the event of an older revision, which a newer letter has or brings.
    is_outdated: bool,
    /// What the reader has answered by now to the revision that it is about.
    pub(super) partstat: Option<PartStat>,
    pub(super) now: Timestamp,
}

/// Why a letter is not sent, and never will be as it is.
#[derive(Clone)]
pub(super) struct Stop {
    reason: Option<Reason>,
    detail: String,
    is_leak: bool,
}

impl Stop {
    pub(super) fn refused(detail: impl Into<String>) -> Self {
        Self { reason: Some(Reason::Refused), detail: detail.into(), is_leak: false }
    }

    /// It held somebody else's address.
    pub(super) fn leak() -> Self {
        let detail = "The last check stopped it: it held another participant's address.".to_owned();
        Self { reason: Some(Reason::Refused), detail, is_leak: true }
    }
}

impl Outbox {
    /// What is known of the letter that a piece of work is about; `None`, if there is nothing to be done any more.
    pub(super) async fn known(&self, lease: &Leased) -> Result<Option<(LetterId, Known)>> {
        let Some(id) = lease.payload.get("letter").and_then(|id| id.as_str()?.parse::<LetterId>().ok())
        else {
            let bury = |cx: &mut Cx<'_>, lease: &Leased| {
                queue::bury(cx, lease, Reason::Refused, "the work names no letter")
            };
            return self.record(lease.clone(), bury).await.map(|()| None);
        };
        let done = |cx: &mut Cx<'_>, lease: &Leased| queue::done(cx, lease);
        let known = match self.store.read(move |cx| know(cx, id)).await {
            Ok(known) => known,
            // Its reader was forgotten meanwhile.
            Err(Error::NotFound(_)) => return self.record(lease.clone(), done).await.map(|()| None),
            Err(error) => return Err(error),
        };
        // A report on an attempt whose end was not seen may have come before this one.
        if !matches!(known.kept.state, State::Queued | State::Failed) {
            return self.record(lease.clone(), done).await.map(|()| None);
        }
        if known.is_outdated {
            let supersede = move |cx: &mut Cx<'_>, lease: &Leased| {
                queue::done(cx, lease)?;
                letter::settle(cx, id, State::Superseded, None)
            };
            return self.record(lease.clone(), supersede).await.map(|()| None);
        }
        Ok(Some((id, known)))
    }

    /// One attempt at one letter.
    async fn send(&self, lease: Leased) -> Result<()> {
        let begun = tokio::time::Instant::now();
        let Some((id, known)) = self.known(&lease).await? else { return Ok(()) };
        let ready = match self.ready(&known) {
            Ok(ready) => ready,
            Err(stop) => return self.stop(lease, id, stop).await,
        };
        match &self.transport {
            Transport::Mailroom => self.shelve(lease, id, known.kept.letter.message_id, ready).await,
            Transport::Smtp(smtp) => {
                if known.kept.bytes.is_none() {
                    self.seal(id, &ready).await?;
                }
                let line = self.lines.acquire().await.map_err(Error::internal)?;
                if begun.elapsed() > WAIT_MAX && !self.extend(&lease).await? {
                    return Ok(());
                }
                let outcome = smtp.send(&ready.envelope_from, &ready.envelope_to, &ready.bytes).await;
                drop(line);
                self.take(lease, id, outcome, &ready.envelope_to).await
            }
        }
    }

    /// Records what the mail server said.
    async fn take(
        &self,
        lease: Leased,
        id: LetterId,
        outcome: Result<Sent, SendError>,
        recipient: &Address,
    ) -> Result<()> {
        match outcome {
            Ok(sent) => self.settle(lease, id, State::Sent, Some(words(&sent.response, recipient))).await,
            Err(SendError::Permanent { code, text }) => {
                let detail = words(&format!("{code} {text}"), recipient);
                self.stop(lease, id, Stop::refused(detail)).await
            }
            // Unsure too: the same bytes and Message-ID may go out once more (invariant 7).
            Err(error) => self.put_back(lease, id, words(&error.to_string(), recipient)).await,
        }
    }

    /// Makes sure that the lease lasts for an attempt; says whether it still stands.
    async fn extend(&self, lease: &Leased) -> Result<bool> {
        let lease = lease.clone();
        match self.store.write(move |cx| queue::extend(cx, &lease, LEASE_MS)).await {
            Ok(()) => Ok(true),
            Err(Error::Refused { code: "queue.stale", .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The letter as it goes out, if it may.
    pub(super) fn ready(&self, known: &Known) -> Result<Rendered, Stop> {
        let letter = &known.kept.letter;
        if letter.expires.is_some_and(|expires| expires <= known.now.ms()) {
            let detail = "It was not worth sending any more.".to_owned();
            return Err(Stop { reason: Some(Reason::Expired), detail, is_leak: false });
        }
        if known.is_suppressed {
            let detail = "The recipient asked never to be written to.".to_owned();
            return Err(Stop { reason: None, detail, is_leak: false });
        }
        let facts = self.facts(known);
        let mut ready =
            render(&facts).map_err(|error| Stop::refused(format!("It cannot be written: {error}")))?;
        if let Some(bytes) = &known.kept.bytes {
            ready.bytes.clone_from(bytes);
        }
        let allowed = Allowed { reader: &ready.envelope_to, organizer: &facts.house.organizer };
        if check::leaks(&ready.bytes, &known.others, allowed) {
            return Err(Stop::leak());
        }
        Ok(ready)
    }

    /// What a letter is made of.
    pub(super) fn facts<'a>(&'a self, known: &'a Known) -> Facts<'a> {
        let ground = self.store.ground();
        Facts {
            letter: &known.kept.letter,
            token: known.token.as_deref(),
            has_account: known.has_account,
            keys: &ground.keys,
            house: &ground.house,
            dkim: self.dkim.as_deref(),
        }
    }

    /// Seals the bytes: from here on, every attempt sends these.
    async fn seal(&self, id: LetterId, ready: &Rendered) -> Result<()> {
        let sealed = letter::seal_bytes(self.store.ground(), &ready.bytes, ready.calendar.as_deref())?;
        if self.store.write(move |cx| letter::keep_sealed(cx, id, &sealed)).await? {
            return Ok(());
        }
        // Other bytes were sealed meanwhile, or its reader was forgotten: the next attempt sees which.
        Err(Error::internal("a letter changed while it was rendered"))
    }

    async fn shelve(&self, lease: Leased, id: LetterId, message_id: String, ready: Rendered) -> Result<()> {
        self.record(lease, move |cx, lease| {
            queue::done(cx, lease)?;
            match letter::keep_bytes(cx, id, &ready.bytes, ready.calendar.as_deref()) {
                Err(Error::NotFound("letter")) => return Ok(()),
                kept => kept?,
            };
            mailroom::shelve(cx, id, &ready.envelope_to, &message_id, &ready.bytes)?;
            settle(cx, lease, id, State::Delivered, None)
        })
        .await
    }

    async fn settle(&self, lease: Leased, id: LetterId, state: State, detail: Option<String>) -> Result<()> {
        self.record(lease, move |cx, lease| {
            queue::done(cx, lease)?;
            settle(cx, lease, id, state, detail.as_deref())
        })
        .await
    }

    /// It is not sent: a dead letter, where it can be tried again to any use.
    pub(super) async fn stop(&self, lease: Leased, id: LetterId, stop: Stop) -> Result<()> {
        if stop.is_leak {
            tracing::error!(letter = %id, trace = lease.trace, "a mail held another participant's address and was stopped");
        }
        self.record(lease, move |cx, lease| {
            match stop.reason {
                Some(reason) => queue::bury(cx, lease, reason, &stop.detail)?,
                None => queue::done(cx, lease)?,
            }
            if stop.is_leak {
                let happening = Happening::to("letter.leak-stopped", &id);
                journal::append(cx, &Actor::house(&lease.trace), &happening)?;
            }
            settle(cx, lease, id, State::Failed, Some(&stop.detail))
        })
        .await
    }

    /// It waits for its next attempt, or has had its last.
    async fn put_back(&self, lease: Leased, id: LetterId, error: String) -> Result<()> {
        self.record(lease, move |cx, lease| match queue::retry(cx, lease, &error, Backoff::PATIENT)? {
            Failed::Again(_) => Ok(()),
            Failed::Dead => settle(cx, lease, id, State::Failed, Some(&error)),
        })
        .await
    }

    /// Records an outcome in one transaction. While the disk is full or the writer is too busy, tries again: the mail
    /// may have left, and only this record keeps it from leaving twice.
    pub(super) async fn record<F>(&self, lease: Leased, outcome: F) -> Result<()>
    where
        F: Fn(&mut Cx<'_>, &Leased) -> Result<()> + Clone + Send + 'static,
    {
        let mut wait = self.patience;
        let mut tries = 0;
        loop {
            let (lease, outcome) = (lease.clone(), outcome.clone());
            let error = match self.store.write(move |cx| outcome(cx, &lease)).await {
                // A lease that has ended: whoever holds it now records what becomes of it.
                Ok(()) | Err(Error::Refused { code: "queue.stale", .. }) => return Ok(()),
                Err(error) => error,
            };
            tries += 1;
            if tries >= RECORDINGS_MAX {
                return Err(error);
            }
            tracing::error!(%error, "what became of a mail cannot be recorded; trying again");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(PATIENCE_MAX);
        }
    }
}

/// Whose addresses may not be in a letter about a session to one of its parties, and whether they need not decide any more.
fn of_session(cx: &Cx<'_>, reader: UserId, id: SessionId) -> Result<(Vec<Address>, bool)> {
    let who = Actor::new(Who::User { id: reader, admin: false }, Road::Worker, "");
    let session = match sessions::session(cx, &who, id) {
        Ok(session) => session,
        Err(Error::NotFound(_)) => return Ok((Vec::new(), true)),
        Err(error) => return Err(error),
    };
    let parties: Vec<UserId> =
        session.parties.iter().map(|party| party.user).filter(|one| *one != reader).collect();
    Ok((addresses(cx, &parties)?, session.party(reader)?.standing != Standing::Decides))
}

/// The addresses of accounts that are still there.
fn addresses(cx: &Cx<'_>, users: &[UserId]) -> Result<Vec<Address>> {
    let mut found = Vec::new();
    for user in users {
        match accounts::get(cx, *user) {
            Ok(user) => found.push(user.address),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The guest's address, which may not be in a letter to the host, and whether there is nothing to decide any more.
fn of_booking(cx: &Cx<'_>, host: UserId, id: BookingId) -> Result<(Vec<Address>, bool)> {
    let who = Actor::new(Who::User { id: host, admin: false }, Road::Worker, "");
    match booking::booking(cx, &who, id) {
        Ok((asked, _)) => {
            let is_over = asked.state_at(cx.now) != BookingState::Waiting;
            Ok((vec![asked.guest_address], is_over))
        }
        Err(Error::NotFound(_)) => Ok((Vec::new(), true)),
        Err(error) => Err(error),
    }
}

fn know(cx: &Cx<'_>, id: LetterId) -> Result<Known> {
    let kept = letter::get(cx, id)?;
    let reader = &kept.letter.reader;
    let address = Address::parse(&reader.address);
    let is_suppressed = match &address {
        Some(address) if !kept.letter.says.is_asked_for() => suppress::is_suppressed(cx, address)?,
        _ => false,
    };
    let has_account = match &address {
        Some(address) => accounts::by_address(cx, address)?.is_some_and(|user| user.disabled_at.is_none()),
        None => false,
    };
    let token = reader.participant.map(|one| meetings::reply_token(cx, one)).transpose()?.flatten();
    let (mut others, mut is_outdated, mut partstat) = (Vec::new(), false, None);
    if let Says::Connect { inviter: user, .. }
    | Says::BookingConfirm { host: user, .. }
    | Says::BookingEnded { host: user, .. } = &kept.letter.says
    {
        match accounts::get(cx, *user) {
            Ok(user) => others.push(user.address),
            // Their account is gone, and so is what the link would lead to.
            Err(Error::NotFound(_)) => is_outdated = !matches!(kept.letter.says, Says::BookingEnded { .. }),
            Err(error) => return Err(error),
        }
    }
    if let Says::Decision { user, session, .. } = &kept.letter.says {
        (others, is_outdated) = of_session(cx, *user, *session)?;
    }
    if let Says::Wish { with, .. } = &kept.letter.says {
        others = addresses(cx, with)?;
    }
    if let Says::BookingAsk { user, booking, .. } = &kept.letter.says {
        (others, is_outdated) = of_booking(cx, *user, *booking)?;
    }
    if let Says::ApprovalAsk { user, approval, .. } = &kept.letter.says {
        (others, is_outdated) = notices::is_settled(cx, *user, *approval)?;
    }
    if let Says::GroupAsk { user, group, .. } = &kept.letter.says {
        (others, is_outdated) = notices::is_group_settled(cx, *user, *group)?;
    }
    if let Some(meeting) = kept.letter.says.meeting() {
        let meeting = meetings::load(cx, meeting)?;
        others = meetings::addresses_of_others(cx, &meeting, reader.participant)?;
        let is_request =
            matches!(kept.letter.says, Says::Invitation { .. } | Says::Update { .. } | Says::Nudge { .. });
        let sequence = kept.letter.says.event().map(|event| event.sequence);
        is_outdated = is_request && sequence.is_some_and(|sequence| sequence < meeting.sequence);
        let present = reader.participant.filter(|_| sequence == Some(meeting.sequence));
        partstat = present.and_then(|one| meeting.participant(one).ok()).map(|one| one.partstat);
    }
    Ok(Known { token, others, has_account, is_suppressed, is_outdated, partstat, now: cx.now, kept })
}

/// Settles a letter, if it is still there: its reader may have been forgotten while it was on its way.
fn settle(cx: &mut Cx<'_>, lease: &Leased, id: LetterId, state: State, detail: Option<&str>) -> Result<()> {
    match meetings::settle(cx, &Actor::house(&lease.trace), id, state, detail) {
        Err(Error::NotFound("letter")) => Ok(()),
        other => other,
    }
}

/// What a mail server said, without the recipient: the words are shown to those who must not know the address.
fn words(said: &str, recipient: &Address) -> String {
    let said = text::line(said, DETAIL_CHARS_MAX);
    let local = recipient.local().to_ascii_lowercase();
    // ASCII lower case keeps every byte in its place.
    let lower = said.to_ascii_lowercase();
    let mut out = String::with_capacity(said.len());
    let mut from = 0;
    for (at, _) in lower.match_indices(&local).filter(|_| local.len() > 2) {
        out.push_str(&said[from..at]);
        out.push('…');
        from = at + local.len();
    }
    out.push_str(&said[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_is_kept_without_the_recipient() {
        let recipient = Address::parse("Quillon.Marsh@example.org").unwrap();
        for (said, kept) in [
            (
                "550 5.1.1 <quillon.marsh@example.org>: no such user",
                "550 5.1.1 <[address removed]>: no such user",
            ),
            ("550 unknown user \"QUILLON.MARSH\"", "550 unknown user \"…\""),
            ("250 queued as 7\r\n", "250 queued as 7"),
        ] {
            assert_eq!(words(said, &recipient), kept);
        }
    }
}
