//! Answers that somebody gave elsewhere, on a page or by mail: what their event in their own calendar is to say, and whether it does.
//!
//! Whoever writes an answer notes before what the event will say then ([`begin_answer`]): found there by a reading, that is the house's
//! own word and nobody's answer.

use super::sql::{self, Row};
use super::write::{Errand, KEPT_MS, Laid, Standing, errand};
use crate::base::error::Result;
use crate::base::id::ParticipantId;
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::store::Cx;

/// What a row's event says, if it is one that answers are laid into.
fn answerable(row: &Row) -> Option<&Laid> {
    row.laid.as_ref().filter(|laid| row.standing == Standing::Open && !laid.is_cancelled)
}

/// Whether somebody's event is to be given this answer: it says another, or is just being written and may.
pub fn is_to_answer(cx: &Cx<'_>, participant: ParticipantId, partstat: PartStat) -> Result<bool> {
    let Some(row) = sql::write_of(cx, participant)? else { return Ok(false) };
    let is_under_way = row.standing == Standing::Open && row.begun.is_some();
    Ok(is_under_way || answerable(&row).is_some_and(|laid| laid.partstat != partstat.as_ics()))
}

/// What is to be done so that somebody's event says this answer, which counts as tried from now on; `None`: nothing.
pub fn begin_answer(cx: &Cx<'_>, participant: ParticipantId, partstat: PartStat) -> Result<Option<Errand>> {
    let Some(row) = sql::write_of(cx, participant)?.filter(|row| row.begun.is_none()) else {
        return Ok(None);
    };
    let Some(laid) = answerable(&row).filter(|laid| laid.partstat != partstat.as_ics()) else {
        return Ok(None);
    };
    let tried = Laid { partstat: partstat.as_ics().to_owned(), ..laid.clone() };
    sql::set_tried(cx, participant, Some(&tried))?;
    errand(cx, row)
}

/// The event says this answer now. `etag` is its version, if nothing else in it is other than the house knows.
pub fn answer_laid(
    cx: &Cx<'_>,
    participant: ParticipantId,
    partstat: PartStat,
    etag: Option<&str>,
) -> Result<()> {
    let Some(row) = sql::write_of(cx, participant)? else { return Ok(()) };
    let Some(laid) = answerable(&row) else { return Ok(()) };
    let laid = Laid { partstat: partstat.as_ics().to_owned(), ..laid.clone() };
    sql::set_laid(cx, participant, etag, &laid, Timestamp::from_ms(laid.end).plus(KEPT_MS))
}

/// The event is left as it is.
pub fn answer_left(cx: &Cx<'_>, participant: ParticipantId) -> Result<()> {
    match sql::write_of(cx, participant)? {
        Some(row) if answerable(&row).is_some() => sql::set_tried(cx, participant, None),
        _ => Ok(()),
    }
}
