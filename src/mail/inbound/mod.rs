//! The door for incoming mail: reads a message, finds out what it is, hands it to its room, keeps its outcome.
//!
//! A message is taken apart and sorted outside the transaction (`sort`), by the order that keeps a bounce from
//! being read as the invitation it returns. One transaction then does the rest (`effect`): it knows the message
//! again if it came before, calls the room, keeps the message with its outcome and moves the mailbox's cursor.
//! Whether a sender is who they say (`proof`) is asked beforehand only where it decides, else afterwards as a
//! job. The rules about meetings are the room's.

mod effect;
pub mod poll;
mod probe;
mod proof;
mod sort;
mod wish;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use self::effect::{Found, Step};
use self::proof::Proof;
use self::sort::Prepared;
use crate::base::error::{Error, Result};
use crate::base::id::{InboundId, MeetingId, ParticipantId};
use crate::base::secret::hex;
use crate::config::Config;
use crate::itip::Arrival;
use crate::mail::wire::{Limits, Verifier};
use crate::model::Endpoint;
use crate::post;
use crate::post::inbound::Outcome;
use crate::queue::Worker;
use crate::store::Store;
use crate::words::wish::Model;

/// The queue's topic of senders that are checked after their message was taken in.
pub const VERIFY: &str = "verify";

/// Takes messages in, by whichever road they come.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    verifier: Verifier,
    model: Option<Arc<dyn Model>>,
    rules: Arc<Rules>,
}

/// What the configuration says about incoming mail.
#[derive(Debug)]
struct Rules {
    limits: Limits,
    /// Whose `Authentication-Results` count; empty: nobody's.
    trusted_authserv_id: String,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The raw message (RFC 5322).
    pub raw: Vec<u8>,
    /// How it came: `imap`, `webhook`, `cli`, `mailroom`.
    pub road: &'static str,
    /// The envelope's recipient, where the road knows it.
    pub rcpt: Option<String>,
    /// When it arrived, and its number in the mailbox.
    pub arrived: Arrival,
    /// The place in a mailbox that is done with this message.
    pub cursor: Option<Cursor>,
}

/// A place in a folder of the mailbox.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// The mailbox.
    pub mailbox: String,
    /// The folder.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// The message's UID.
    pub uid: u32,
    /// The UID that must have been taken in before, so that no message is passed over when several are
    /// under way at once.
    pub after: Option<u32>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The message, as it is kept.
    pub id: InboundId,
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub reason: String,
    /// The meeting it is about.
    pub meeting: Option<MeetingId>,
    /// Whose message it is.
    pub participant: Option<ParticipantId>,
}

impl Intake {
    /// An intake for this store, trusting what the configuration says can be trusted.
    pub fn new(store: Store, config: &Config) -> Self {
        let bytes = usize::try_from(config.inbound.size_max_bytes).unwrap_or(usize::MAX);
        let trusted = config.mail.imap.as_ref().map(|imap| imap.trusted_authserv_id.clone());
        let rules = Rules {
            limits: Limits { bytes, ..Limits::default() },
            trusted_authserv_id: trusted.unwrap_or_default(),
        };
        let verifier = Verifier::new(&config.net.name_servers);
        let model = Endpoint::port(config, &store.ground().clock);
        Self { store, verifier, model, rules: Arc::new(rules) }
    }

    /// The same intake, asking another verifier.
    #[must_use]
    pub fn with_verifier(self, verifier: Verifier) -> Self {
        Self { verifier, ..self }
    }

    /// The same intake, asking another language model.
    #[must_use]
    pub fn with_model(self, model: Arc<dyn Model>) -> Self {
        Self { model: Some(model), ..self }
    }

    /// The language model that is asked about lines, if one is.
    pub fn model(&self) -> Option<Arc<dyn Model>> {
        self.model.clone()
    }

    /// The store that messages are taken into.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes one message in. Every message ends in an outcome; an error means that nothing was
    /// recorded, and the message must come again.
    pub async fn take(&self, message: Received) -> Result<Taken> {
        let prepared = self.prepare(message).await;
        self.commit(&prepared).await
    }

    /// Records a message that was not fetched because it has `bytes` bytes.
    pub(super) async fn pass_over(&self, cursor: Cursor, arrived: Arrival, bytes: u32) -> Result<Taken> {
        let reason = format!("It has {bytes} bytes; messages up to {} are taken.", self.rules.limits.bytes);
        let place = format!("{} {} {} {}", cursor.mailbox, cursor.folder, cursor.uid_validity, cursor.uid)
            .into_bytes();
        let message = Received { raw: place, road: "imap", rcpt: None, arrived, cursor: Some(cursor) };
        let mut unread = Prepared::unreadable(message, reason, self.trace());
        // What was hashed stands for the message and is not it.
        unread.received.raw.clear();
        unread.size_bytes = i64::from(bytes);
        self.commit(&Arc::new(unread)).await
    }

    /// Takes a message apart and sorts it, off the async threads.
    async fn prepare(&self, message: Received) -> Arc<Prepared> {
        let mut prepared = self.prepare_all(vec![message.clone()]).await;
        prepared.pop().unwrap_or_else(|| Arc::new(unread(message, self.trace())))
    }

    /// Takes messages apart, off the async threads; gives as many, in the same order.
    async fn prepare_all(&self, messages: Vec<Received>) -> Vec<Arc<Prepared>> {
        let intake = self.clone();
        let all = tokio::task::spawn_blocking(move || {
            messages.into_iter().map(|message| Arc::new(intake.prepare_one(message))).collect()
        });
        // It catches what a parser does; the task can only fail where the runtime ends.
        all.await.unwrap_or_default()
    }

    fn prepare_one(&self, message: Received) -> Prepared {
        let ground = self.store.ground();
        let trace = self.trace();
        let kept = message.clone();
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut read = Prepared::read(message, &self.rules, &ground.house.organizer, trace.clone());
            // What cannot be sealed here says so in its transaction.
            read.sealed_raw = post::inbound::seal(ground, &read.received.raw).ok();
            read
        }));
        read.unwrap_or_else(|_| unread(kept, trace))
    }

    /// Does what a message asks for, in one transaction.
    async fn commit(&self, message: &Arc<Prepared>) -> Result<Taken> {
        let mut found = Found { may_ask: self.model.is_some(), ..Found::default() };
        let mut last = self.attempt(message, &found).await;
        if matches!(last, Ok(Step::Unproven)) {
            found.checked = Some(self.check(message).await);
            last = self.attempt(message, &found).await;
        }
        if let Ok(Step::Unread(line)) = &last {
            found.may_ask = false;
            if let Some(model) = &self.model {
                found.said = model.phrases(line).await;
            }
            last = self.attempt(message, &found).await;
        }
        match last {
            Ok(Step::Taken(taken)) => Ok(taken),
            Ok(Step::Unproven | Step::Unread(_)) => {
                Err(Error::internal("what was found out about a message is still to be found out"))
            }
            // The store's own faults pass, and the message comes again. What a room refuses would stop the
            // mailbox for good: the message is kept, and said so.
            Err(
                error @ (Error::Internal(_)
                | Error::StorageFull(_)
                | Error::Throttled { .. }
                | Error::Upstream { .. }),
            ) => Err(error),
            Err(error) if error.code() == effect::OUT_OF_ORDER => Err(error),
            Err(error) => {
                tracing::error!(
                    code = error.code(),
                    trace = message.trace,
                    "a message could not be taken in"
                );
                let message = message.clone();
                let reason = format!("It could not be taken in: {error}");
                self.store.write(move |cx| effect::reject(cx, &message, &reason)).await
            }
        }
    }

    async fn attempt(&self, message: &Arc<Prepared>, found: &Found) -> Result<Step> {
        let (message, found) = (message.clone(), found.clone());
        self.store.write(move |cx| effect::take(cx, &message, &found)).await
    }

    async fn check(&self, message: &Prepared) -> Proof {
        proof::check(&self.verifier, &message.received.raw, message.author.as_ref()).await
    }

    fn trace(&self) -> String {
        hex(&self.store.ground().chance.bytes::<16>())
    }
}

/// A panic of a parser is a fault of ours; the message is kept, to find it.
fn unread(message: Received, trace: String) -> Prepared {
    Prepared::unreadable(message, "It could not be read: a fault of this program.".to_owned(), trace)
}

/// Checks the senders of messages that a token had proven already, and stores what was found.
pub fn verify_worker(intake: Intake) -> Worker {
    proof::worker(intake.store, intake.verifier)
}
