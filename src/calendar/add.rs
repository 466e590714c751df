//! Adding: what a probe found becomes sources.

use super::model::{Access, Found, Mark, SOURCES_MAX, Source, SourceKind};
use super::{HolderId, reading, see, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{CalendarAccountId, SourceId};
use crate::base::text;
use crate::base::time::{HOUR, Zone};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::store::Cx;

/// The longest name of a source, in characters.
pub(super) const NAME_CHARS_MAX: usize = 80;

const PROBES: Budget = Budget { name: "source-probes", most: 20, window_ms: HOUR };

/// A calendar account to be kept.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Whose time it is.
    pub holder: HolderId,
    /// What it is read from: a feed, or CalDAV.
    pub kind: SourceKind,
    /// What to call it; empty: what the probe found, or else its host.
    pub name: String,
    /// The host, as it is shown.
    pub server: String,
    /// What lets us in.
    pub access: Access,
    /// Where days, and times without a zone, are read. Of a user, the profile's counts, whatever is given.
    pub zone: Option<Zone>,
}

/// Whether somebody may look what calendars there are at an address: spends of their budget, and refuses where no
/// source would fit any more.
pub fn may_probe(cx: &Cx<'_>, who: &Actor, holder: HolderId) -> Result<()> {
    see::must_own(who, holder)?;
    if sql::count_of(cx, holder)? >= SOURCES_MAX {
        return Err(too_many());
    }
    limits::spend(cx, PROBES, &holder.to_string(), 1)
}

/// Keeps an account with the calendars that were found there: each becomes a source that counts as busy, and is due to
/// be read now. What is read already is not added a second time.
pub fn add(cx: &mut Cx<'_>, who: &Actor, new: &NewAccount, found: &[Found]) -> Result<Vec<Source>> {
    see::must_own(who, new.holder)?;
    if new.kind == SourceKind::House {
        return Err(Error::internal("the house's own source is not added by hand"));
    }
    let zone = match new.holder {
        HolderId::User(user) => crate::accounts::get(cx, user)?.zone,
        HolderId::Agent(_) => new.zone.unwrap_or(cx.house().zone),
    };
    let account: CalendarAccountId = cx.id();
    let mut added = Vec::new();
    for one in found {
        let place_hash = place_hash(cx, new, one);
        if sql::is_at(cx, new.holder, &place_hash)? {
            continue;
        }
        let id: SourceId = cx.id();
        let row = sql::NewSource {
            id,
            holder: new.holder,
            account: Some(account),
            kind: new.kind,
            name: name_of(new, one, found.len()),
            path: &one.path,
            place_hash: &place_hash,
            zone,
            counts: true,
            writable: one.writable && new.kind == SourceKind::CalDav,
            next_at: Some(cx.now),
        };
        sql::insert_source(cx, &row)?;
        added.push(id);
    }
    if added.is_empty() {
        return Err(exists());
    }
    if sql::count_of(cx, new.holder)? > SOURCES_MAX {
        return Err(too_many());
    }
    let sealed = new.access.seal(cx)?;
    sql::insert_account(cx, account, new, &sealed)?;
    for id in &added {
        reading::enqueue(cx, *id, Some(account), cx.now, &who.trace)?;
        let happening = Happening::to("source.added", id).with(&new.holder);
        journal::append(cx, who, &happening)?;
    }
    added.into_iter().map(|id| see::load(cx, id)).collect()
}

pub(super) fn exists() -> Error {
    Error::refused("source.exists", "This calendar is among your sources already.")
}

fn too_many() -> Error {
    Error::refused(
        "source.too-many",
        format!("There can be {SOURCES_MAX} calendars at most. Remove one that you do not need."),
    )
}

/// By what a calendar is known to be there already; says nothing of where it is.
fn place_hash(cx: &Cx<'_>, new: &NewAccount, found: &Found) -> String {
    match new.kind {
        SourceKind::CalDav => {
            let user = new.access.username.as_deref().unwrap_or_default();
            cx.keys().lookup("source", &format!("caldav {}\n{user}\n{}", new.server, found.path))
        }
        SourceKind::Ics | SourceKind::House => place_of_feed(cx, &new.access),
    }
}

/// The same of a feed.
pub(super) fn place_of_feed(cx: &Cx<'_>, access: &Access) -> String {
    cx.keys().lookup("source", &format!("ics {}", access.url.expose()))
}

/// The host of an address, as it is shown: what stands behind it may be a secret.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

fn name_of(new: &NewAccount, found: &Found, found_count: usize) -> String {
    let given = text::name(&new.name, NAME_CHARS_MAX);
    let own = text::name(&found.name, NAME_CHARS_MAX);
    // A name that is given to several would not tell them apart.
    let is_own = given.is_empty() || found_count > 1;
    let name = if is_own && !own.is_empty() { own } else { given };
    if name.is_empty() { text::name(&new.server, NAME_CHARS_MAX) } else { name }
}

impl Mark {
    /// As the store keeps it.
    pub(super) fn to_text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}
