//! Seeing sources: one's own, or as an administrator those of rooms and things.

use super::model::{Access, Source};
use super::{HolderId, sql};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::SourceId;
use crate::store::Cx;

/// Whose calendars somebody means who says nothing else: their own.
pub fn own(who: &Actor) -> Result<HolderId> {
    who.user()
        .map(HolderId::User)
        .ok_or_else(|| Error::denied("Calendars are a person's own: act as a user."))
}

/// The sources of a holder, the house's own first, then oldest first. One's own; an administrator's those of a resource.
pub fn sources(cx: &Cx<'_>, who: &Actor, holder: HolderId) -> Result<Vec<Source>> {
    must_own(who, holder)?;
    sql::sources_of(cx, holder)
}

/// A source. One that is not the asker's is not there.
pub fn source(cx: &Cx<'_>, who: &Actor, id: SourceId) -> Result<Source> {
    let source = load(cx, id)?;
    match must_own(who, source.holder) {
        Ok(()) => Ok(source),
        Err(_) => Err(Error::NotFound("source")),
    }
}

/// What lets us into the account of a source, for whoever tries whether a new password is accepted.
pub fn access_of(cx: &Cx<'_>, who: &Actor, id: SourceId) -> Result<Access> {
    let source = source(cx, who, id)?;
    let account = source.account.ok_or_else(super::change::of_the_house)?;
    sql::access(cx, account)
}

pub(super) fn load(cx: &Cx<'_>, id: SourceId) -> Result<Source> {
    sql::source(cx, id)?.ok_or(Error::NotFound("source"))
}

/// Refuses whoever has no say over a holder's time.
pub(super) fn must_own(who: &Actor, holder: HolderId) -> Result<()> {
    let may = match holder {
        HolderId::User(user) => who.user() == Some(user),
        HolderId::Agent(_) => who.is_admin(),
    };
    if may { Ok(()) } else { Err(Error::denied("This is somebody else's calendar.")) }
}
