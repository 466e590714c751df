//! The other road: the event of a letter is written into its reader's own calendar.
//!
//! One attempt looks at what lies there where that is not certain, writes under a condition, and records what became of
//! it in one transaction. What cannot be written for a while, or at all, goes by mail: the same letter, once. The rules
//! of one event in one place are those of [`sync::lay`].

use std::sync::Arc;

use super::answers;
use super::check::{self, Allowed};
use super::outbox::Outbox;
use super::render;
use super::send::{Known, Stop};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{LetterId, ParticipantId};
use crate::base::text::Address;
use crate::base::time::{MINUTE, Timestamp};
use crate::calendar::{self, Errand, Failure, Laid, Theirs};
use crate::itip::PartStat;
use crate::journal::{self, Happening};
use crate::meetings;
use crate::net::Client;
use crate::post::letter::{self, Says, State};
use crate::queue::{self, Leased, Worker};
use crate::store::Cx;
use crate::sync::{self, Patience, Wrote};

/// How many calendars are written to at once.
const PARALLEL: u32 = 16;
/// Longer than any attempt can take, in milliseconds.
const LEASE_MS: i64 = 2 * MINUTE;

/// What writes letters into calendars.
#[derive(Clone)]
pub(super) struct Pen {
    pub(super) outbox: Outbox,
    pub(super) client: Client,
    pub(super) patience: Patience,
}

/// The worker of the queue's topic of letters that are written into calendars.
pub fn calendar_worker(outbox: Outbox, client: Client, patience: Patience) -> Worker {
    let pen = Pen { outbox, client, patience };
    Worker {
        topic: letter::CALENDARS,
        parallel: PARALLEL,
        lease_ms: LEASE_MS,
        handler: Arc::new(move |lease| {
            let pen = pen.clone();
            Box::pin(async move {
                match answers::of(&lease) {
                    Some(answer) => pen.answer(lease, answer).await,
                    None => pen.write(lease).await,
                }
            })
        }),
    }
}

/// A letter as it is to lie in a calendar.
struct Ready {
    id: LetterId,
    participant: ParticipantId,
    text: String,
    says: Laid,
}

impl Pen {
    /// One attempt at one letter.
    async fn write(&self, lease: Leased) -> Result<()> {
        let begun = tokio::time::Instant::now();
        let Some((id, known)) = self.outbox.known(&lease).await? else { return Ok(()) };
        let ready = match self.ready(id, &known) {
            Ok(ready) => ready,
            Err(stop) => return self.outbox.stop(lease, id, stop).await,
        };
        let (participant, says) = (ready.participant, ready.says.clone());
        let note = move |cx: &mut Cx<'_>| calendar::begin_write(cx, participant, &says);
        let Some(errand) = self.outbox.store.write(note).await? else {
            return self.by_mail(lease, ready, None, None).await;
        };
        if ready.says.is_cancelled && !errand.may_be_there() {
            // It never came so far, or its holder has taken it out: there is nothing to be cancelled.
            return self.record_laid(lease, ready, None, None).await;
        }
        match sync::lay(&self.client, &errand, &ready.text, &ready.says, self.patience).await {
            Wrote::Laid(etag) => self.record_laid(lease, ready, Some(errand), etag).await,
            Wrote::Changed(theirs) => self.take_back(lease, ready.participant, theirs).await,
            Wrote::Refused(failure) if ready.says.is_cancelled => {
                self.remove(lease, ready, errand, failure).await
            }
            Wrote::Refused(failure) => self.by_mail(lease, ready, Some(errand), Some(failure)).await,
            Wrote::Silent(failure) => {
                let passed = known.now.since(errand.since).max(0).unsigned_abs();
                let passed = std::time::Duration::from_millis(passed) + begun.elapsed() + self.patience.pause;
                if passed >= self.patience.total {
                    return self.by_mail(lease, ready, Some(errand), Some(failure)).await;
                }
                self.again(lease, &failure).await
            }
        }
    }

    /// The letter as it lies in a calendar, if it may.
    fn ready(&self, id: LetterId, known: &Known) -> Result<Ready, Stop> {
        // What holds of every letter: whether it is worth sending, wanted, and free of other people's addresses.
        self.outbox.ready(known)?;
        let letter = &known.kept.letter;
        let broken = |words: &str| Stop::refused(format!("It cannot be written: {words}"));
        let (Some(event), Some(participant)) = (letter.says.event(), letter.reader.participant) else {
            return Err(broken("it has no event"));
        };
        let reader = Address::parse(&letter.reader.address).ok_or_else(|| broken("its address is none"))?;
        let facts = self.outbox.facts(known);
        let partstat = known.partstat.or_else(|| PartStat::parse(&event.partstat)).unwrap_or_default();
        let text = render::object(&facts, partstat).map_err(|error| broken(&error.to_string()))?;
        let allowed = Allowed { reader: &reader, organizer: &facts.house.organizer };
        if check::leaks(text.as_bytes(), &known.others, allowed) {
            return Err(Stop::leak());
        }
        let second = |ms: i64| Timestamp::from_ms(ms).whole_second().ms();
        let says = Laid {
            sequence: event.sequence,
            stamp: second(letter.at),
            start: second(event.start),
            end: second(event.end),
            partstat: partstat.as_ics().to_owned(),
            is_cancelled: matches!(letter.says, Says::Cancellation { .. }),
        };
        Ok(Ready { id, participant, text, says })
    }

    /// It lies there; without an errand, nothing was to be done.
    async fn record_laid(
        &self,
        lease: Leased,
        ready: Ready,
        errand: Option<Errand>,
        etag: Option<String>,
    ) -> Result<()> {
        self.outbox
            .record(lease, move |cx, lease| {
                queue::done(cx, lease)?;
                let stays = match &errand {
                    Some(errand) => calendar::laid(cx, errand, etag.as_deref(), &ready.says)?,
                    None => true,
                };
                if stays {
                    return settle(cx, lease, ready.id);
                }
                // Its source was removed while it was on its way.
                letter::by_mail(cx, ready.id, &lease.trace)?;
                rerouted(cx, lease, ready.id, None)
            })
            .await
    }

    /// Its holder has changed it: that is taken in first, and then written over.
    async fn take_back(
        &self,
        lease: Leased,
        participant: ParticipantId,
        theirs: Option<Theirs>,
    ) -> Result<()> {
        self.outbox
            .record(lease, move |cx, lease| {
                queue::retry_at(cx, lease, "its holder has changed it", cx.now, i64::MAX)?;
                match calendar::changed(cx, participant, theirs.as_ref())? {
                    Some(back) => meetings::in_calendar(cx, &lease.trace, &back),
                    None => Ok(()),
                }
            })
            .await
    }

    async fn again(&self, lease: Leased, failure: &Failure) -> Result<()> {
        let pause = i64::try_from(self.patience.pause.as_millis()).unwrap_or(i64::MAX);
        let error = failure.words.clone();
        self.outbox
            .record(lease, move |cx, lease| {
                queue::retry_at(cx, lease, &error, cx.now.plus(pause), i64::MAX).map(drop)
            })
            .await
    }

    /// The server takes no cancelled event in place of another: it is taken out.
    async fn remove(&self, lease: Leased, ready: Ready, errand: Errand, failure: Failure) -> Result<()> {
        match sync::take_out(&self.client, &errand, self.patience).await {
            sync::TookOut::Done => self.record_laid(lease, ready, Some(errand), None).await,
            sync::TookOut::NotYet | sync::TookOut::Never => {
                self.by_mail(lease, ready, Some(errand), Some(failure)).await
            }
        }
    }

    /// It goes by mail, as everything about this event does from now on.
    async fn by_mail(
        &self,
        lease: Leased,
        ready: Ready,
        errand: Option<Errand>,
        failure: Option<Failure>,
    ) -> Result<()> {
        let is_free = match &errand {
            Some(errand) if !is_unsure(failure.as_ref()) => {
                sync::is_free(&self.client, errand, self.patience).await == Some(true)
            }
            _ => false,
        };
        if let Some(failure) = &failure {
            tracing::info!(letter = %ready.id, problem = failure.problem.as_str(), "an event cannot be written into its calendar");
        }
        self.outbox
            .record(lease, move |cx, lease| {
                queue::done(cx, lease)?;
                if let Some(errand) = &errand {
                    calendar::give_up_write(cx, errand, failure.as_ref(), is_free, &lease.trace)?;
                }
                letter::by_mail(cx, ready.id, &lease.trace)?;
                let problem = failure.as_ref().map(|failure| failure.problem.as_str());
                rerouted(cx, lease, ready.id, problem)
            })
            .await
    }
}

/// Whether a write may still arrive that was given up.
fn is_unsure(failure: Option<&Failure>) -> bool {
    failure.is_some_and(|failure| failure.problem == calendar::Problem::TimeOut)
}

fn settle(cx: &mut Cx<'_>, lease: &Leased, id: LetterId) -> Result<()> {
    match meetings::settle(cx, &Actor::house(&lease.trace), id, State::InCalendar, None) {
        // Its reader was forgotten meanwhile.
        Err(Error::NotFound("letter")) => Ok(()),
        other => other,
    }
}

fn rerouted(cx: &mut Cx<'_>, lease: &Leased, id: LetterId, problem: Option<&str>) -> Result<()> {
    let kept = letter::without_bytes(cx, id)?;
    let (Some(event), Some(participant)) = (kept.letter.says.event(), kept.letter.reader.participant) else {
        return Ok(());
    };
    let data = serde_json::json!({ "letter": id, "kind": kept.letter.says.kind(), "problem": problem });
    let happening = Happening::to("letter.rerouted", &event.meeting).amount(event.sequence);
    journal::append(cx, &Actor::house(&lease.trace), &happening.with(&participant).data(&data)).map(drop)
}
