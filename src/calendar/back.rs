//! What flows back: what the holder of a calendar has done there to an event of the house's.
//!
//! It is found by comparing with what the house wrote, not by versions alone: a reminder that is added changes the version,
//! and says nothing. What was found once is remembered by its version, and is not found again.

use super::missing;
use super::model::{Due, Objects, Reading};
use super::sql::{self, Row};
use super::write::{Laid, Standing, Theirs};
use crate::base::error::Result;
use crate::base::id::ParticipantId;
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::store::Cx;

/// What somebody has done to their event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is there no more, or is cancelled.
    Gone,
    /// It begins and ends at another time.
    Moved(Timestamp, Timestamp),
    /// It is answered.
    Answered(PartStat),
    /// An older version of it is there again.
    Old,
}

/// That somebody has done something to their event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// Whose event it is.
    pub participant: ParticipantId,
    /// What they did.
    pub said: Said,
    /// The SEQUENCE of the event that they did it to.
    pub sequence: i64,
}

/// Whether anything can flow back of what is laid down: not while a write of it is under way.
pub(super) fn may_flow(row: &Row) -> bool {
    row.standing == Standing::Open && row.laid.is_some() && row.begun.is_none()
}

/// By what it is seen whether the house has written an event since a reading began.
pub(super) fn version(row: &Row) -> String {
    format!("{:?} {:?}", row.etag, row.laid)
}

/// What a reading found that was done to the house's events, and that it is taken note of; what is there no more is told by
/// [`super::missing()`]. A reading that does not fit any more, and
/// events that the house has written since it began, say nothing. Call it before [`super::take_in`], in the same unit of work.
pub fn take_back(cx: &Cx<'_>, due: &Due, reading: &Reading) -> Result<Vec<Back>> {
    let (changed, gone) = match &reading.objects {
        Objects::Changes { changed, gone } => (changed, gone),
        Objects::Unchanged | Objects::Whole(_) => return Ok(Vec::new()),
    };
    if due.ours.is_empty() || sql::source(cx, due.source)?.is_none_or(|source| source.edition != due.edition)
    {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for row in sql::writes_of_source(cx, due.source)?.iter().filter(|row| may_flow(row)) {
        if due.ours.get(&row.href).is_none_or(|before| *before != version(row)) {
            continue;
        }
        if gone.contains(&row.href) {
            missing::miss(cx, row, due.trace())?;
        } else if let Some(object) = changed.iter().find(|object| object.href == row.href)
            && let Some(theirs) = &object.theirs
        {
            if row.missing.is_some() {
                sql::set_missing(cx, row.participant, None)?;
            }
            found.extend(note(cx, row, Some(theirs))?);
        }
    }
    Ok(found)
}

/// The same of one event that a write found changed, or gone (`None`).
pub fn changed(cx: &Cx<'_>, participant: ParticipantId, theirs: Option<&Theirs>) -> Result<Option<Back>> {
    match sql::write_of(cx, participant)?.filter(|row| row.standing == Standing::Open) {
        Some(row) if theirs.is_none() && missing::follow(cx, &row)? => Ok(None),
        Some(row) => note(cx, &row, theirs),
        None => Ok(None),
    }
}

/// Takes note of the version that is there now; gives what it says that the house did not write.
pub(super) fn note(cx: &Cx<'_>, row: &Row, theirs: Option<&Theirs>) -> Result<Option<Back>> {
    let Some(laid) = &row.laid else {
        // Nothing is known of what was there: whatever is, the house writes over it.
        sql::set_theirs(cx, row.participant, theirs.map(|theirs| theirs.etag.as_str()), None)?;
        return Ok(None);
    };
    let back = |said| Some(Back { participant: row.participant, said, sequence: laid.sequence });
    let Some(theirs) = theirs else {
        sql::set_theirs(cx, row.participant, None, None)?;
        return Ok(back(Said::Gone).filter(|_| !laid.is_cancelled));
    };
    if theirs.uid != row.uid || row.etag.as_ref() == Some(&theirs.etag) {
        return Ok(None);
    }
    if row.tried.as_ref() == Some(&theirs.says) {
        // An answer that the house wrote, and did not see arrive.
        sql::set_theirs(cx, row.participant, Some(&theirs.etag), Some(&theirs.says))?;
        return Ok(None);
    }
    let said = Some(laid).filter(|laid| !laid.is_cancelled).and_then(|laid| judged(laid, &theirs.says));
    let mut known = laid.clone();
    if let Some(Said::Answered(partstat)) = said {
        partstat.as_ics().clone_into(&mut known.partstat);
    }
    sql::set_theirs(cx, row.participant, Some(&theirs.etag), Some(&known))?;
    Ok(said.and_then(back))
}

/// What one who has made `theirs` of `laid` says by that. A no counts for more than another time, and that for more than a yes.
fn judged(laid: &Laid, theirs: &Laid) -> Option<Said> {
    let partstat = PartStat::parse(&theirs.partstat).filter(|_| theirs.partstat != laid.partstat);
    match partstat {
        _ if theirs.is_cancelled => Some(Said::Gone),
        _ if theirs.sequence < laid.sequence => Some(Said::Old),
        Some(PartStat::Declined) => Some(Said::Answered(PartStat::Declined)),
        _ if (theirs.start, theirs.end) != (laid.start, laid.end) => {
            Some(Said::Moved(Timestamp::from_ms(theirs.start), Timestamp::from_ms(theirs.end)))
        }
        Some(PartStat::NeedsAction) | None => None,
        Some(other) => Some(Said::Answered(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_counts_for_more_than_another_time_and_that_for_more_than_a_yes() {
        let laid = Laid {
            sequence: 2,
            stamp: 0,
            start: 1_000,
            end: 2_000,
            partstat: "NEEDS-ACTION".to_owned(),
            is_cancelled: false,
        };
        let of = |change: fn(&mut Laid)| {
            let mut theirs = laid.clone();
            change(&mut theirs);
            judged(&laid, &theirs)
        };
        let moved = Some(Said::Moved(Timestamp::from_ms(3_000), Timestamp::from_ms(4_000)));
        assert_eq!(of(|_| ()), None);
        assert_eq!(of(|it| it.stamp = 9), None, "a reminder says nothing");
        assert_eq!(of(|it| it.partstat = String::new()), None);
        assert_eq!(of(|it| it.partstat = "ACCEPTED".to_owned()), Some(Said::Answered(PartStat::Accepted)));
        assert_eq!(of(|it| (it.start, it.end) = (3_000, 4_000)), moved);
        assert_eq!(of(|it| (it.start, it.end, it.partstat) = (3_000, 4_000, "ACCEPTED".to_owned())), moved);
        let no = Some(Said::Answered(PartStat::Declined));
        assert_eq!(of(|it| (it.start, it.end, it.partstat) = (3_000, 4_000, "DECLINED".to_owned())), no);
        assert_eq!(of(|it| it.is_cancelled = true), Some(Said::Gone));
        assert_eq!(of(|it| it.sequence = 1), Some(Said::Old));
        assert_eq!(of(|it| it.sequence = 3), None, "programs count on by themselves");
    }
}
