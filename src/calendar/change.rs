//! Changing a source: its name, what it is for, what lets us in; reading it now, and removing it.

use super::add::{self, NAME_CHARS_MAX, host_of, place_of_feed};
use super::model::{Access, Source, SourceKind};
use super::{reading, see, sql, write};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ParticipantId, SourceId};
use crate::base::text;
use crate::base::time::HOUR;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;

const READS: Budget = Budget { name: "source-reads", most: 30, window_ms: HOUR };

/// What is to be another in a source; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceChange {
    /// What its holder calls it.
    pub name: Option<String>,
    /// Whether its events count as busy.
    pub counts: Option<bool>,
    /// Whether meetings are written there; what was written to before is so no more.
    pub writes: Option<bool>,
}

pub(super) fn of_the_house() -> Error {
    Error::refused("source.house", "The meetings of this house are always part of your calendar.")
}

/// A source that its holder may change.
fn changeable(cx: &Cx<'_>, who: &Actor, id: SourceId) -> Result<Source> {
    let source = see::source(cx, who, id)?;
    if source.kind == SourceKind::House { Err(of_the_house()) } else { Ok(source) }
}

fn note(cx: &mut Cx<'_>, who: &Actor, kind: &'static str, source: &Source) -> Result<()> {
    journal::append(cx, who, &Happening::to(kind, &source.id).with(&source.holder)).map(drop)
}

/// Changes a source. What no longer counts as busy is forgotten, and what counts anew is read from its beginning.
pub fn change(cx: &mut Cx<'_>, who: &Actor, id: SourceId, change: &SourceChange) -> Result<Source> {
    let before = changeable(cx, who, id)?;
    let name = match &change.name {
        Some(given) => text::name(given, NAME_CHARS_MAX),
        None => before.name.clone(),
    };
    if name.is_empty() {
        return Err(Error::invalid("name", "Say what to call it."));
    }
    let counts = change.counts.unwrap_or(before.counts);
    let writes = change.writes.unwrap_or(before.writes);
    // What a room is booked for stands in this house; nobody is invited there.
    if writes && (!before.writable || before.holder.user().is_none()) {
        return Err(Error::refused("source.read-only", "This calendar can only be read."));
    }
    if (&name, counts, writes) == (&before.name, before.counts, before.writes) {
        return Ok(before);
    }
    if writes && !before.writes {
        sql::write_nowhere(cx, before.holder)?;
    }
    sql::set_choices(cx, id, &name, counts, writes)?;
    if counts != before.counts {
        sql::forget_readings(cx, id)?;
        sql::raise_edition(cx, id)?;
    }
    let after = see::load(cx, id)?;
    if counts != before.counts || after.is_read() != before.is_read() {
        reading::plan_anew(cx, &after, &who.trace)?;
    }
    note(cx, who, "source.changed", &after)?;
    see::load(cx, id)
}

/// Keeps what lets us in from now on, for all sources of the account, and reads them now.
pub fn renew(cx: &mut Cx<'_>, who: &Actor, id: SourceId, access: &Access) -> Result<Source> {
    let source = changeable(cx, who, id)?;
    let account = source.account.ok_or_else(of_the_house)?;
    let sealed = access.seal(cx)?;
    sql::set_access(cx, account, &sealed)?;
    if source.kind == SourceKind::Ics {
        let place_hash = place_of_feed(cx, access);
        if sql::place_of(cx, id)?.as_deref() != Some(&place_hash) {
            if sql::is_at(cx, source.holder, &place_hash)? {
                return Err(add::exists());
            }
            sql::set_place(cx, id, &place_hash)?;
            sql::set_server(cx, account, host_of(access.url.expose()))?;
        }
    }
    for one in sql::sources_of_account(cx, account)? {
        sql::raise_edition(cx, one.id)?;
        sql::clear_problem(cx, one.id)?;
        reading::plan_anew(cx, &one, &who.trace)?;
    }
    note(cx, who, "source.changed", &source)?;
    see::load(cx, id)
}

/// Makes a source due to be read, whatever it waits for.
pub fn read_now(cx: &mut Cx<'_>, who: &Actor, id: SourceId) -> Result<Source> {
    let source = see::source(cx, who, id)?;
    if !source.is_read() {
        return Err(Error::refused("source.unused", "This calendar is not read: it does not count as busy."));
    }
    limits::spend(cx, READS, &source.holder.to_string(), 1)?;
    reading::plan_anew(cx, &source, &who.trace)?;
    see::load(cx, id)
}

/// Removes a source with everything that was read of it, and its account with its last source.
pub fn remove(cx: &mut Cx<'_>, who: &Actor, id: SourceId) -> Result<()> {
    let source = changeable(cx, who, id)?;
    for participant in take_out(cx, &source, &who.trace)? {
        let happening = Happening::to("event.taken-out", &participant).with(&source.holder);
        journal::append(cx, who, &happening)?;
    }
    note(cx, who, "source.removed", &source)
}

/// Removes a source, whoever asks, and takes out of it what the house has laid there; gives whose events those were.
pub(super) fn take_out(cx: &Cx<'_>, source: &Source, trace: &str) -> Result<Vec<ParticipantId>> {
    let taken = write::take_all_out(cx, source, trace)?;
    crate::queue::withdraw(cx, super::TOPIC, &source.id.to_string())?;
    sql::forget_readings(cx, source.id)?;
    sql::delete_source(cx, source.id)?;
    match source.account {
        Some(account) if sql::sources_of_account(cx, account)?.is_empty() => {
            sql::delete_account(cx, account)?;
        }
        _ => {}
    }
    Ok(taken)
}
