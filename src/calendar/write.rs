//! Writing: what the house lays into the calendar that its holder chose, and what it knows to lie there.
//!
//! An event is known by the participant it is for. Its name is made of their id, so that it is the same before the first
//! call and after a crash. Whoever writes is told by an [`Errand`] what to do, and says what became of it.

use serde::{Deserialize, Serialize};

use super::lay::NAME_BEGINS;
use super::model::{Access, Failure, Problem, Source, SourceKind};
use super::sql::{self, Row};
use super::{HolderId, reading};
use crate::accounts;
use crate::base::error::{Error, Result};
use crate::base::id::{Id, ParticipantId, SourceId, UserId};
use crate::base::text::Address;
use crate::base::time::{DAY, MINUTE, Timestamp, Zone};
use crate::queue::{self, Work};
use crate::store::Cx;

/// The queue's topic of events that are to be taken out: keyed by participant.
pub const TAKING_OUT: &str = "calendar-removals";
/// How long it is tried to take something out, in milliseconds: what lets us in is not kept longer than that.
const TAKING_OUT_MS: i64 = DAY;
/// A write that was given up may arrive yet: it is looked for so much later, in milliseconds.
const STRAY_MS: i64 = MINUTE;
/// How long after its end an event is known as the house's own, in milliseconds: what was read so long ago counts no more.
pub(super) const KEPT_MS: i64 = 40 * DAY;
/// How many rows are deleted at once.
const SWEPT_MAX: u32 = 500;

/// What an event says, as far as it matters to whoever laid it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// Its SEQUENCE.
    pub sequence: i64,
    /// Its DTSTAMP, in UTC milliseconds.
    pub stamp: i64,
    /// When it begins, in UTC milliseconds.
    pub start: i64,
    /// When it ends, in UTC milliseconds.
    pub end: i64,
    /// The attendee's PARTSTAT, as iCalendar writes it; empty if there is no attendee.
    pub partstat: String,
    /// Whether it is cancelled.
    pub is_cancelled: bool,
}

/// An event as it was found at a place of the house's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs {
    /// Its UID.
    pub uid: String,
    /// Its version; empty if there is none.
    pub etag: String,
    /// What it says.
    pub says: Laid,
}

/// How it stands with what is laid into a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Letters about it go there.
    Open,
    /// It is to be taken out.
    Leaving,
    /// A write of it was given up, and its holder was written to: what of it is there, as it was written, is to be taken out.
    Stray,
}

impl Standing {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Leaving => "leaving",
            Self::Stray => "stray",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Leaving, Self::Stray].into_iter().find(|standing| standing.as_str() == word)
    }
}

/// What is to be written, and where.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Whose event it is.
    pub participant: ParticipantId,
    /// Whose calendar it is.
    pub holder: HolderId,
    /// Into which source.
    pub source: SourceId,
    /// What lets us in.
    pub access: Access,
    /// The object.
    pub href: String,
    /// The event's UID.
    pub uid: String,
    /// The version that lies there, as far as is known.
    pub etag: Option<String>,
    /// What that version says.
    pub laid: Option<Laid>,
    /// What a write says whose end was not seen.
    pub tried: Option<Laid>,
    /// Since when it is tried.
    pub since: Timestamp,
    /// The reader's own addresses, the present one first.
    pub me: Vec<Address>,
    /// Where days, and times without a zone, are read.
    pub zone: Zone,
    /// Of what is taken out: only where it is as it was written.
    pub is_stray: bool,
}

impl Errand {
    /// Whether anything of ours may lie there.
    pub fn may_be_there(&self) -> bool {
        self.laid.is_some() || self.tried.is_some()
    }

    /// Whether what lies there is what the house wrote, nothing changed.
    pub fn is_as_written(&self, theirs: &Theirs) -> bool {
        [&self.laid, &self.tried].into_iter().flatten().any(|ours| *ours == theirs.says)
    }
}

/// Has an event of `user` written into the calendar that they chose, from now on; says whether there is one. `until` is when the
/// event ends.
pub fn plan_write(
    cx: &Cx<'_>,
    participant: ParticipantId,
    user: UserId,
    uid: &str,
    until: Timestamp,
) -> Result<bool> {
    let Some(source) = written_to(cx, user)? else { return Ok(false) };
    let slash = if source.path.ends_with('/') { "" } else { "/" };
    let row = Row {
        participant,
        holder: source.holder,
        source: source.id,
        href: format!("{}{slash}{NAME_BEGINS}{}.ics", source.path, participant.uuid().simple()),
        uid: uid.to_owned(),
        standing: Standing::Open,
        etag: None,
        laid: None,
        tried: None,
        begun: None,
        access: None,
        missing: None,
    };
    sql::insert_write(cx, &row, until.plus(KEPT_MS))?;
    Ok(true)
}

/// The source that is written to, if it can be just now: one that lets nobody in, or that was not read lately, is not tried.
fn written_to(cx: &Cx<'_>, user: UserId) -> Result<Option<Source>> {
    if accounts::get(cx, user)?.disabled_at.is_some() {
        return Ok(None);
    }
    let sources = sql::sources_of(cx, HolderId::User(user))?.into_iter();
    let fresh = cx.now.plus(-cx.house().calendar_stale_ms);
    let is_well = |source: &Source| {
        source.problem.is_none_or(Problem::may_pass)
            && source.read_at.is_none_or(|at| at >= fresh)
            && (source.read_at.is_some() || source.failures == 0)
            // Servers shut out whoever comes again with what was refused: not before it was let in to read.
            && (source.write_problem != Some(Problem::Refused) || source.read_at > source.write_failed_at)
    };
    let found = sources.into_iter().find(|source| source.writes && source.kind == SourceKind::CalDav);
    Ok(found.filter(is_well))
}

/// Whether letters about an event go into a calendar: it was planned, and not given up or taken out.
pub fn is_written(cx: &Cx<'_>, participant: ParticipantId) -> Result<bool> {
    Ok(sql::write_of(cx, participant)?.is_some_and(|row| row.standing == Standing::Open))
}

pub(super) fn errand(cx: &Cx<'_>, row: Row) -> Result<Option<Errand>> {
    let source = sql::source(cx, row.source)?;
    let access = match (&row.access, source.as_ref().and_then(|source| source.account)) {
        (Some(sealed), _) => Access::open(cx, sealed)?,
        (None, Some(account)) => sql::access(cx, account)?,
        (None, None) => return Ok(None),
    };
    let me = match row.holder.user().map(|user| accounts::get(cx, user)) {
        Some(Ok(user)) => reading::own_addresses(cx, user)?,
        Some(Err(Error::NotFound(_))) | None => Vec::new(),
        Some(Err(error)) => return Err(error),
    };
    Ok(Some(Errand {
        participant: row.participant,
        holder: row.holder,
        source: row.source,
        access,
        href: row.href,
        uid: row.uid,
        etag: row.etag,
        laid: row.laid,
        tried: row.tried,
        since: row.begun.unwrap_or(cx.now),
        me,
        zone: source.map_or(cx.house().zone, |source| source.zone),
        is_stray: row.standing == Standing::Stray,
    }))
}

/// What is to be done so that an event says `tried`; from now on it counts as begun. What a write says that was begun before, is in
/// the errand. `None`: it does not go there any more.
pub fn begin_write(cx: &Cx<'_>, participant: ParticipantId, tried: &Laid) -> Result<Option<Errand>> {
    let Some(row) = sql::write_of(cx, participant)?.filter(|row| row.standing == Standing::Open) else {
        return Ok(None);
    };
    if tried.is_cancelled && row.laid.is_none() && row.tried.is_none() {
        // Nothing of ours can lie there, and nothing is laid: there is nothing to be unsure of.
        return errand(cx, row);
    }
    sql::begin_write(cx, participant, row.begun.unwrap_or(cx.now), tried)?;
    errand(cx, Row { begun: row.begun.or(Some(cx.now)), ..row })
}

/// It lies there now, and says this; gives whether it stays there. If it was to be taken out meanwhile, it still is.
pub fn laid(cx: &Cx<'_>, errand: &Errand, etag: Option<&str>, says: &Laid) -> Result<bool> {
    let Some(row) = sql::write_of(cx, errand.participant)? else {
        // Taken out, and forgotten, while it was on its way: out with it once more.
        let row = Row {
            participant: errand.participant,
            holder: errand.holder,
            source: errand.source,
            href: errand.href.clone(),
            uid: errand.uid.clone(),
            standing: Standing::Leaving,
            etag: None,
            laid: None,
            tried: Some(says.clone()),
            begun: None,
            access: Some(errand.access.seal(cx)?),
            missing: None,
        };
        sql::insert_write(cx, &row, cx.now.plus(TAKING_OUT_MS))?;
        return enqueue(cx, errand.participant, 0, "calendar").map(|()| false);
    };
    sql::set_laid(cx, errand.participant, etag, says, Timestamp::from_ms(says.end).plus(KEPT_MS))?;
    sql::set_write_problem(cx, errand.source, None)?;
    Ok(row.standing == Standing::Open)
}

/// It could not be written, and its holder is written to instead. Whatever of it is there is taken out; `is_free` says that
/// nothing is.
pub fn give_up_write(
    cx: &Cx<'_>,
    errand: &Errand,
    failure: Option<&Failure>,
    is_free: bool,
    trace: &str,
) -> Result<()> {
    if let Some(failure) = failure {
        sql::set_write_problem(cx, errand.source, Some(failure))?;
    }
    let Some(row) = sql::write_of(cx, errand.participant)?.filter(|row| row.standing == Standing::Open)
    else {
        return Ok(());
    };
    if is_free {
        return sql::delete_write(cx, errand.participant);
    }
    leave(cx, &row, Standing::Stray, trace)
}

/// Takes an event out of the calendar it lies in; says whether there was one to be taken out. Later letters about it go by mail.
pub fn take_out(cx: &Cx<'_>, participant: ParticipantId, trace: &str) -> Result<bool> {
    match sql::write_of(cx, participant)?.filter(|row| row.standing == Standing::Open) {
        Some(row) if row.laid.is_none() && row.tried.is_none() => {
            sql::delete_write(cx, participant)?;
            Ok(false)
        }
        Some(row) => leave(cx, &row, Standing::Leaving, trace).map(|()| true),
        None => Ok(false),
    }
}

/// From now on it is to be taken out, with what lets us in kept beside it: the source may go meanwhile.
fn leave(cx: &Cx<'_>, row: &Row, standing: Standing, trace: &str) -> Result<()> {
    let Some(account) = sql::source(cx, row.source)?.and_then(|source| source.account) else {
        return sql::delete_write(cx, row.participant);
    };
    let access = sql::access(cx, account)?.seal(cx)?;
    sql::set_leaving(cx, row.participant, standing, &access, cx.now.plus(TAKING_OUT_MS))?;
    let after = if standing == Standing::Stray { STRAY_MS } else { 0 };
    enqueue(cx, row.participant, after, trace)
}

fn enqueue(cx: &Cx<'_>, participant: ParticipantId, after_ms: i64, trace: &str) -> Result<()> {
    let work = Work::of(TAKING_OUT, trace, serde_json::json!({ "participant": participant }))
        .keyed(participant.to_string())
        .not_before(cx.now.plus(after_ms));
    queue::enqueue(cx, &work).map(drop)
}

/// What is to be taken out; `None`: nothing any more.
pub fn to_take_out(cx: &Cx<'_>, participant: ParticipantId) -> Result<Option<Errand>> {
    match sql::write_of(cx, participant)? {
        Some(row) if row.standing != Standing::Open => errand(cx, row),
        _ => Ok(None),
    }
}

/// It is out, or is not ours to take out.
pub fn taken_out(cx: &Cx<'_>, participant: ParticipantId) -> Result<()> {
    match sql::write_of(cx, participant)? {
        Some(row) if row.standing != Standing::Open => sql::delete_write(cx, participant),
        _ => Ok(()),
    }
}

/// Takes everything ahead out of a source that is removed; gives whose events they were.
pub(super) fn take_all_out(cx: &Cx<'_>, source: &Source, trace: &str) -> Result<Vec<ParticipantId>> {
    let mut taken = Vec::new();
    for row in sql::writes_of_source(cx, source.id)? {
        let ends = row.laid.as_ref().or(row.tried.as_ref()).map_or(i64::MAX, |laid| laid.end);
        if row.standing != Standing::Open {
            continue;
        }
        if ends <= cx.now.ms() {
            // What is past stays where it is: it is its holder's story now.
            sql::delete_write(cx, row.participant)?;
        } else {
            take_out(cx, row.participant, trace)?;
            taken.push(row.participant);
        }
    }
    Ok(taken)
}

/// Forgets what is long over, and what could not be taken out in a day.
pub(super) fn delete_ended_writes(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_ended_writes(cx, SWEPT_MAX)
}
