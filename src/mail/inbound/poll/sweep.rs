//! One look at all folders: what is new in each is fetched in batches and taken in, in order.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

use super::super::effect::OUT_OF_ORDER;
use super::super::sort::Prepared;
use super::super::{Cursor, Intake, Received, Taken};
use super::{PollOptions, PollStatus, Trouble};
use crate::base::error::Result;
use crate::base::time::{DAY, Timestamp};
use crate::itip::Arrival;
use crate::mail::wire::{Batch, Fetched, Folder, ImapError, ImapSession};
use crate::post;

/// How far back the first look goes, in milliseconds.
const FIRST_LOOK: i64 = 7 * DAY;
/// How many messages are taken apart together, and then wait for the same commit.
const TOGETHER: usize = 64;
/// How many such lots are in hand: one is taken apart while the one before it is committed.
const LOTS: usize = 2;

/// Where a folder is to be read from.
enum Start {
    /// After this UID.
    Uid(u32),
    /// From this day on: nothing is known of the folder, or of these UIDs.
    Day(Timestamp),
}

/// One look.
pub(super) struct Sweep<'a> {
    pub(super) intake: &'a Intake,
    pub(super) options: &'a PollOptions,
    pub(super) status: &'a PollStatus,
    /// As the cursors name it.
    pub(super) mailbox: &'a str,
}

impl Sweep<'_> {
    /// Reads every folder to its end. The first comes last, so that it is the one that is waited on.
    pub(super) async fn folders(&self, session: &mut ImapSession) -> Result<(), Trouble> {
        let (first, others) = match self.options.folders.split_first() {
            Some((first, others)) => (first.as_str(), others),
            None => ("INBOX", &[][..]),
        };
        for wanted in others {
            match self.folder(session, wanted).await {
                // A folder that is not there, or not ours to read, keeps nobody from reading the others.
                Err(Trouble::Mailbox(ImapError::Refused { text, .. })) => {
                    tracing::warn!(folder = wanted, %text, "a folder cannot be read");
                }
                read => read?,
            }
        }
        self.folder(session, first).await
    }

    async fn folder(&self, session: &mut ImapSession, wanted: &str) -> Result<(), Trouble> {
        let Some(name) = session.resolve(wanted).await? else { return Ok(()) };
        let folder = session.select(&name).await?;
        let from = self.start(&folder).await?;
        let mut uids = match from {
            Start::Uid(after) => session.uids_after(after).await?,
            Start::Day(day) => session.uids_since(day.utc().date_naive()).await?,
        };
        let mut after = match from {
            Start::Uid(after) => Some(after),
            Start::Day(_) => None,
        };
        let mut next = session.fetch(&uids).await?;
        while next.done > 0 {
            let batch = std::mem::take(&mut next);
            uids = uids.split_off(batch.done.min(uids.len()));
            // The next batch is fetched while this one is written.
            let (done, fetched) = tokio::join!(self.take(&folder, batch, &mut after), session.fetch(&uids));
            next = fetched?;
            session.mark(&done?).await?;
        }
        self.finish(&folder, &from, after).await
    }

    /// Where the folder is to be read from.
    async fn start(&self, folder: &Folder) -> Result<Start> {
        let (mailbox, name, validity) = (self.mailbox.to_owned(), folder.name.clone(), folder.uid_validity);
        self.intake
            .store()
            .read(move |cx| {
                let week_ago = cx.now.plus(-FIRST_LOOK);
                Ok(match post::cursor::get(cx, &mailbox, &name)? {
                    Some(known) if known.uid_validity == validity => Start::Uid(known.uid),
                    // The folder was built anew, perhaps while nobody looked for longer than a week.
                    Some(known) => Start::Day(week_ago.min(known.read_at.plus(-DAY))),
                    None => Start::Day(week_ago),
                })
            })
            .await
    }

    /// Takes a batch in, in order; gives the UIDs that were. Stops at the first that could not be.
    async fn take(
        &self,
        folder: &Folder,
        batch: Batch,
        after: &mut Option<u32>,
    ) -> Result<Vec<u32>, Trouble> {
        let mut places = Vec::with_capacity(batch.messages.len());
        for message in batch.messages {
            let cursor = Cursor {
                mailbox: self.mailbox.to_owned(),
                folder: folder.name.clone(),
                uid_validity: folder.uid_validity,
                uid: message.uid,
                after: after.replace(message.uid),
            };
            places.push((cursor, message));
        }
        let now = self.intake.store().ground().clock.now();
        let mut lots = Vec::with_capacity(places.len().div_ceil(TOGETHER));
        while !places.is_empty() {
            let rest = places.split_off(places.len().min(TOGETHER));
            lots.push(std::mem::replace(&mut places, rest));
        }
        let mut readings = stream::iter(lots).map(|lot| self.read(lot, now)).buffered(LOTS);
        let mut done = Vec::new();
        while let Some(lot) = readings.next().await {
            let results = join_all(lot.iter().map(|(_, reading)| self.commit(reading))).await;
            for ((uid, reading), result) in lot.iter().zip(results) {
                // Those before it have ended by now: what was only too early is taken in at the second try.
                let result = match result {
                    Err(error) if error.code() == OUT_OF_ORDER => self.commit(reading).await,
                    result => result,
                };
                result?;
                self.status.change(|state| state.taken += 1);
                done.push(*uid);
            }
        }
        Ok(done)
    }

    /// Takes a lot of messages apart, in the order they came in.
    async fn read(&self, lot: Vec<(Cursor, Fetched)>, now: Timestamp) -> Vec<(u32, Reading)> {
        let mut whole = Vec::with_capacity(lot.len());
        let mut readings = Vec::with_capacity(lot.len());
        for (cursor, message) in lot {
            let arrived = Arrival { at: message.arrived.unwrap_or(now), number: message.uid };
            match message.raw {
                Some(raw) => {
                    readings.push((message.uid, None));
                    whole.push(Received { raw, road: "imap", rcpt: None, arrived, cursor: Some(cursor) });
                }
                None => {
                    readings.push((message.uid, Some(Reading::TooLarge(cursor, arrived, message.size))));
                }
            }
        }
        let mut whole = self.intake.prepare_all(whole).await.into_iter().map(Reading::Whole);
        readings
            .into_iter()
            .filter_map(|(uid, reading)| Some((uid, reading.or_else(|| whole.next())?)))
            .collect()
    }

    async fn commit(&self, reading: &Reading) -> Result<Taken> {
        match reading {
            Reading::Whole(message) => self.intake.commit(message).await,
            Reading::TooLarge(cursor, arrived, bytes) => {
                self.intake.pass_over(cursor.clone(), *arrived, *bytes).await
            }
        }
    }

    /// After the first look, what is older than it reached is done with too.
    async fn finish(&self, folder: &Folder, from: &Start, last: Option<u32>) -> Result<(), Trouble> {
        let Start::Day(_) = from else { return Ok(()) };
        // Without either, the next look goes by the day again.
        let before_next = folder.uid_next.and_then(|next| next.checked_sub(1));
        let Some(uid) = last.max(before_next) else { return Ok(()) };
        let (mailbox, name, validity) = (self.mailbox.to_owned(), folder.name.clone(), folder.uid_validity);
        self.intake
            .store()
            .write(move |cx| post::cursor::set(cx, &mailbox, &name, validity, uid))
            .await
            .map_err(Trouble::Store)
    }
}

/// A message on its way.
enum Reading {
    Whole(Arc<Prepared>),
    TooLarge(Cursor, Arrival, u32),
}
