//! Reading notices: the list, what came after a place, how many are unread, and taking note of them.

use std::collections::HashMap;

use super::model::{Listing, Notice, Page, Shown};
use super::{mail, sql, words};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{NoticeId, UserId};
use crate::base::time::DAY;
use crate::meetings::Seen;
use crate::store::Cx;

/// The most notices of a page.
const LIMIT_MAX: u32 = 200;
/// From how many on the unread are no longer counted: a badge has no room for more.
const UNREAD_MAX: u32 = 100;

/// Whose notices are asked for: the asker's own.
pub(super) fn user_of(who: &Actor) -> Result<UserId> {
    who.user().ok_or_else(|| Error::denied("Notices are a person's own: use a token that acts for somebody."))
}

/// The asker's notices, newest first.
pub fn list(cx: &Cx<'_>, who: &Actor, listing: Listing) -> Result<Page> {
    let user = user_of(who)?;
    let limit = listing.limit.clamp(1, LIMIT_MAX);
    let before = listing.before.unwrap_or(i64::MAX);
    let mut found = if listing.unread {
        sql::newest_unread(cx, user, before, limit + 1)?
    } else {
        sql::newest(cx, user, before, limit + 1)?
    };
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.place);
    Ok(Page { notices: shown(cx, found, &who.trace)?, next })
}

/// What came to somebody after `place`, oldest first, at most `limit`.
pub fn after(cx: &Cx<'_>, user: UserId, place: i64, limit: u32, trace: &str) -> Result<Vec<Shown>> {
    shown(cx, sql::after(cx, user, place, limit.clamp(1, LIMIT_MAX))?, trace)
}

fn shown(cx: &Cx<'_>, notices: Vec<Notice>, trace: &str) -> Result<Vec<Shown>> {
    // Several notices of a page are often about one meeting.
    let mut meetings: HashMap<String, Option<Seen>> = HashMap::new();
    let mut shown = Vec::with_capacity(notices.len());
    for notice in notices {
        if !meetings.contains_key(&notice.subject) {
            meetings.insert(notice.subject.clone(), words::seen(cx, &notice, trace)?);
        }
        let seen = meetings.get(&notice.subject).and_then(Option::as_ref);
        let (news, waits) = (words::of(cx, &notice, seen)?, words::waits(cx, &notice, seen, trace)?);
        shown.push(Shown { notice, news, waits });
    }
    Ok(shown)
}

/// How many of somebody's notices are unread: 100 means that or more. One look at an index.
pub fn unread(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    sql::unread(cx, user, UNREAD_MAX)
}

/// The place of somebody's newest notice; 0, if there was none yet.
pub fn place(cx: &Cx<'_>, user: UserId) -> Result<i64> {
    sql::place(cx, user)
}

/// Takes note of one notice. Again, it is answered as the first time.
pub fn mark_read(cx: &mut Cx<'_>, who: &Actor, id: NoticeId) -> Result<Shown> {
    let user = user_of(who)?;
    let found = |cx: &Cx<'_>| sql::one(cx, user, id)?.ok_or(Error::NotFound("notice"));
    let notice = found(cx)?;
    if notice.read_at.is_none() {
        mail::take_back(cx, &notice)?;
        sql::mark_read(cx, user, id)?;
    }
    let notice = found(cx)?;
    shown(cx, vec![notice], &who.trace)?.pop().ok_or(Error::NotFound("notice"))
}

/// Takes note of all notices up to a place; of all there are, without one. Gives how many are unread after that.
pub fn mark_all(cx: &mut Cx<'_>, who: &Actor, until: Option<i64>) -> Result<usize> {
    let user = user_of(who)?;
    if unread(cx, user)? > 0 {
        let until = until.unwrap_or(i64::MAX);
        // No quiet hours last longer than a day.
        for notice in sql::unread_since(cx, user, until, cx.now.plus(-DAY))? {
            mail::take_back(cx, &notice)?;
        }
        sql::mark_all(cx, user, until)?;
    }
    unread(cx, user)
}

/// The newest change of anybody's notices, as a number that only rises.
pub fn turn(cx: &Cx<'_>) -> Result<i64> {
    sql::turn(cx)
}

/// Whose notices changed after `turn`, and the newest turn there is.
pub fn changed_since(cx: &Cx<'_>, turn: i64) -> Result<(Vec<UserId>, i64)> {
    let changed = sql::changed_since(cx, turn)?;
    let newest = changed.last().map_or(turn, |(_, newest)| *newest);
    let mut users: Vec<_> = changed.into_iter().map(|(user, _)| user).collect();
    users.sort_unstable();
    users.dedup();
    Ok((users, newest))
}
