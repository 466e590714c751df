//! Answers that somebody gave elsewhere, laid into the event in their own calendar: soon, once, and without a word to anybody.
//!
//! It is done by whoever writes letters there, in their order, so that one event is never written twice at once. Only the answer
//! is written, over the version that is there: a reminder that its holder has added stays. Another time that they gave it stays as well,
//! and so does that it is gone: what that means is for the next reading to say.

use super::calendar::Pen;
use crate::base::error::Result;
use crate::base::id::ParticipantId;
use crate::base::time::{HOUR, MINUTE};
use crate::calendar::{self, Errand};
use crate::itip::PartStat;
use crate::meetings;
use crate::post::letter;
use crate::queue::{self, Leased};
use crate::store::Cx;
use crate::sync::{self, Answer};

/// How often it is tried: a minute later, then doubling to an hour, for about a day.
const TRIES_MAX: u32 = 30;

/// Whose answer a piece of work is about, if it is about one, and how often it was tried.
pub(super) fn of(lease: &Leased) -> Option<(ParticipantId, u32)> {
    let participant = lease.payload.get("answer_of")?.as_str()?.parse().ok()?;
    let tries = lease.payload.get("tries").and_then(serde_json::Value::as_u64).unwrap_or(0);
    Some((participant, u32::try_from(tries).unwrap_or(TRIES_MAX)))
}

/// What is to be done; `None`, and the work is done: nothing any more.
fn begin(cx: &mut Cx<'_>, lease: &Leased, id: ParticipantId) -> Result<Option<(Errand, PartStat)>> {
    let errand = match meetings::answer_of(cx, id)? {
        Some(partstat) => calendar::begin_answer(cx, id, partstat)?.map(|errand| (errand, partstat)),
        None => None,
    };
    if errand.is_none() {
        queue::done(cx, lease)?;
    }
    Ok(errand)
}

impl Pen {
    /// One attempt at one answer.
    pub(super) async fn answer(&self, lease: Leased, (id, tries): (ParticipantId, u32)) -> Result<()> {
        let work = lease.clone();
        let begun = self.outbox.store.write(move |cx| begin(cx, &work, id)).await?;
        let Some((errand, partstat)) = begun else { return Ok(()) };
        let outcome = sync::lay_answer(&self.client, &errand, partstat, self.patience).await;
        self.outbox
            .record(lease, move |cx, lease| {
                queue::done(cx, lease)?;
                match &outcome {
                    Answer::Laid(etag) => calendar::answer_laid(cx, id, partstat, etag.as_deref())?,
                    Answer::Left => calendar::answer_left(cx, id)?,
                    Answer::NotYet if tries >= TRIES_MAX => return Ok(()),
                    Answer::NotYet => {
                        let wait = (MINUTE << tries.min(6)).min(HOUR);
                        let again = (tries + 1, cx.now.plus(wait));
                        return letter::enqueue_answer(cx, id, again, &lease.trace);
                    }
                }
                // They may have thought better of it meanwhile.
                match meetings::answer_of(cx, id)? {
                    Some(now) if now != partstat => letter::enqueue_answer(cx, id, (0, cx.now), &lease.trace),
                    _ => Ok(()),
                }
            })
            .await
    }
}
