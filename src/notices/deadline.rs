//! What falls due later: the reminder before a meeting, the one nudge to who has not answered, the daily digest.
//!
//! Each is work of the queue with not-before. Those of a meeting are keyed by its revision, so that a move replaces
//! them; what was missed in between is held against the meeting again when it is due.

use super::choose::{self, next_at};
use super::kind::Mail;
use super::learn::{ASKED, account, accounts_of};
use super::mail;
use super::sql;
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{MeetingId, ParticipantId, UserId};
use crate::base::time::{HOUR, MINUTE, Timestamp};
use crate::journal::{self, Happening};
use crate::meetings::{self, Listing, Meeting, Status};
use crate::post::letter::{News, Says};
use crate::queue::{self, Leased, Work};
use crate::store::Cx;

/// The queue's topic of what falls due for people.
pub const TOPIC: &str = "notices";
/// How long after an invitation its nudge comes.
const NUDGE_AFTER: i64 = 24 * HOUR;
/// How long before the meeting it comes at the latest.
const NUDGE_BEFORE: i64 = 12 * HOUR;
/// How soon after an invitation nobody is nudged yet.
const NUDGE_NOT_WITHIN: i64 = 2 * HOUR;
/// How late a nudge may be, where the house was not there in time.
const NUDGE_LATE: i64 = HOUR;
/// The most notices that a digest lists.
const DIGEST_MAX: usize = 50;

fn soon_key(meeting: MeetingId, sequence: i64, user: UserId) -> String {
    format!("soon {meeting} {sequence} {user}")
}

fn nudge_key(meeting: MeetingId, sequence: i64) -> String {
    format!("nudge {meeting} {sequence}")
}

fn digest_key(user: UserId) -> String {
    format!("digest {user}")
}

/// Plans what falls due for a meeting in its present revision, and for those of it who have accounts.
pub(super) fn plan(
    cx: &Cx<'_>,
    meeting: &Meeting,
    people: &[(ParticipantId, User)],
    trace: &str,
) -> Result<()> {
    for (_, user) in people {
        plan_reminder(cx, meeting, user.id, trace)?;
    }
    // Times are reckoned from the revision, and not from when this is read.
    let invited = meeting.revised_at;
    let due = invited.plus(NUDGE_AFTER).min(meeting.start.plus(-NUDGE_BEFORE));
    if due < invited.plus(NUDGE_NOT_WITHIN) || due.plus(NUDGE_LATE) < cx.now {
        return Ok(());
    }
    let payload = serde_json::json!({ "what": "nudge", "meeting": meeting.id, "sequence": meeting.sequence });
    let work = Work::of(TOPIC, trace, payload).keyed(nudge_key(meeting.id, meeting.sequence)).not_before(due);
    queue::enqueue(cx, &work).map(drop)
}

fn plan_reminder(cx: &Cx<'_>, meeting: &Meeting, user: UserId, trace: &str) -> Result<()> {
    let Some(minutes) = choose::hours_of(cx, user)?.remind_minutes else { return Ok(()) };
    let due = meeting.start.plus(-i64::from(minutes) * MINUTE);
    if due <= cx.now {
        return Ok(());
    }
    let payload = serde_json::json!({
        "what": "soon", "meeting": meeting.id, "sequence": meeting.sequence, "user": user,
    });
    let key = soon_key(meeting.id, meeting.sequence, user);
    queue::enqueue(cx, &Work::of(TOPIC, trace, payload).keyed(key).not_before(due)).map(drop)
}

/// Drops what was planned for a revision that is no more.
pub(super) fn drop_of_revision(
    cx: &Cx<'_>,
    meeting: &Meeting,
    people: &[(ParticipantId, User)],
    sequence: i64,
) -> Result<()> {
    queue::withdraw(cx, TOPIC, &nudge_key(meeting.id, sequence))?;
    for (_, user) in people {
        queue::withdraw(cx, TOPIC, &soon_key(meeting.id, sequence, user.id))?;
    }
    Ok(())
}

/// Plans somebody's reminders of all meetings ahead anew: they chose another time for them, or have just come.
pub(super) fn plan_anew(cx: &Cx<'_>, user: &User, trace: &str) -> Result<()> {
    for meeting in ahead(cx, user, trace)? {
        queue::withdraw(cx, TOPIC, &soon_key(meeting.id, meeting.sequence, user.id))?;
        if meeting.status == Status::Scheduled && user.disabled_at.is_none() {
            plan_reminder(cx, &meeting, user.id, trace)?;
        }
    }
    Ok(())
}

/// The meetings ahead that somebody is at.
fn ahead(cx: &Cx<'_>, user: &User, trace: &str) -> Result<Vec<Meeting>> {
    let who = Actor::new(Who::User { id: user.id, admin: false }, Road::Worker, trace);
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = meetings::list(cx, &who, Listing { ahead: true, after, limit: 200 })?;
        all.extend(page.meetings.into_iter().filter(|seen| seen.me.is_some()).map(|seen| seen.meeting));
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Plans the next digest, if none is planned.
pub(super) fn plan_digest(cx: &Cx<'_>, user: &User, trace: &str) -> Result<()> {
    let at = next_at(choose::hours_of(cx, user.id)?.digest_at, user.zone, cx.now);
    digest_at(cx, user.id, at, trace)
}

fn digest_at(cx: &Cx<'_>, user: UserId, at: Timestamp, trace: &str) -> Result<()> {
    let payload = serde_json::json!({ "what": "digest", "user": user });
    queue::enqueue(cx, &Work::of(TOPIC, trace, payload).keyed(digest_key(user)).not_before(at)).map(drop)
}

/// A digest that is planned comes at another time of day.
pub(super) fn move_digest(cx: &Cx<'_>, user: &User, minutes: u16, trace: &str) -> Result<()> {
    if queue::withdraw(cx, TOPIC, &digest_key(user.id))? {
        digest_at(cx, user.id, next_at(minutes, user.zone, cx.now), trace)?;
    }
    Ok(())
}

/// Drops everything that is planned for somebody who is forgotten, as far as it can be found by them; the rest finds
/// nobody when it is due.
pub(super) fn drop_of_user(cx: &Cx<'_>, user: UserId) -> Result<()> {
    queue::withdraw(cx, TOPIC, &digest_key(user)).map(drop)
}

/// Does what fell due, and takes it off the queue.
pub fn due(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let what = lease.payload.get("what").and_then(serde_json::Value::as_str).unwrap_or_default();
    match what {
        "soon" => soon(cx, lease)?,
        "nudge" => nudge(cx, lease)?,
        "digest" => return digest(cx, lease),
        // Of an older or a newer version: nobody does it here.
        _ => {}
    }
    queue::done(cx, lease)
}

fn id_of<T: std::str::FromStr<Err = Error>>(lease: &Leased, field: &str) -> Result<T> {
    let text = lease.payload.get(field).and_then(serde_json::Value::as_str);
    text.ok_or_else(|| Error::internal(format!("work of {TOPIC} without {field}")))?.parse()
}

/// The meeting of a piece of work, if it still has the revision it was planned for and takes place.
fn as_planned(cx: &Cx<'_>, lease: &Leased) -> Result<Option<Meeting>> {
    let meeting = match meetings::load(cx, id_of(lease, "meeting")?) {
        Ok(meeting) => meeting,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let sequence = lease.payload.get("sequence").and_then(serde_json::Value::as_i64);
    let stands = meeting.status == Status::Scheduled && Some(meeting.sequence) == sequence;
    Ok((stands && meeting.start > cx.now).then_some(meeting))
}

/// The reminder: an entry of the journal, which makes a notice as everything does.
fn soon(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let (Some(meeting), user) = (as_planned(cx, lease)?, id_of::<UserId>(lease, "user")?) else {
        return Ok(());
    };
    let mine = accounts_of(cx, &meeting)?.into_iter().find(|(_, one)| one.id == user);
    let Some((me, _)) = mine else { return Ok(()) };
    if meeting.participant(me)?.has_declined() {
        return Ok(());
    }
    let data = serde_json::json!({ "start": meeting.start.ms(), "end": meeting.end.ms() });
    let what = Happening::to("meeting.soon", &meeting.id).with(&user).amount(meeting.sequence).data(&data);
    journal::append(cx, &Actor::house(&lease.trace), &what).map(drop)
}

/// The nudge: to whoever has an account by an entry, as the reminder, and to everybody else by its letter.
fn nudge(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let Some(meeting) = as_planned(cx, lease)? else { return Ok(()) };
    if cx.now > meeting.start.plus(NUDGE_LATE - NUDGE_BEFORE) {
        return Ok(());
    }
    let who = Actor::house(&lease.trace);
    for one in meetings::unanswered(cx, &meeting)? {
        if account(cx, &meeting, one)?.is_none() {
            let key = format!("{} {one}", nudge_key(meeting.id, meeting.sequence));
            meetings::nudge(cx, &who, &meeting, one, (key, None))?;
            continue;
        }
        let data = serde_json::json!({ "start": meeting.start.ms(), "end": meeting.end.ms() });
        let what = Happening::to("invitation.unanswered", &meeting.id).with(&one);
        journal::append(cx, &who, &what.amount(meeting.sequence).data(&data))?;
    }
    Ok(())
}

/// One letter with everything unread that was to wait for it.
fn digest(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let id: UserId = id_of(lease, "user")?;
    queue::done(cx, lease)?;
    let user = match accounts::get(cx, id) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut waiting = Vec::new();
    for notice in sql::for_digest(cx, id, sql::digested(cx, id)?)? {
        // What they no longer want mailed, or by another road, is not; what was too much at once is.
        let is_gathered = match choose::mail_of(cx, id, notice.kind)? {
            Mail::Daily => true,
            Mail::AtOnce => ASKED.contains(&notice.kind),
            Mail::Never => false,
        };
        if is_gathered {
            waiting.push(notice);
        }
    }
    let Some(newest) = waiting.last().map(|notice| notice.place) else { return Ok(()) };
    let more = u32::try_from(waiting.len().saturating_sub(DIGEST_MAX)).unwrap_or(0);
    let mut news: Vec<News> = Vec::new();
    for notice in waiting.iter().take(DIGEST_MAX) {
        news.push(super::words::news(cx, notice, &lease.trace)?);
    }
    let key = format!("digest {id} {}", user.zone.date(cx.now));
    if mail::write(cx, &user, Says::Digest { news, more }, (key, None), &lease.trace)? {
        return sql::set_digested(cx, id, newest);
    }
    // There was one today already: they chose a later time since. The rest waits for tomorrow's.
    let tomorrow = user.zone.date(cx.now).succ_opt();
    let midnight = tomorrow.map_or(cx.now, |date| user.zone.midnight(date));
    let at = next_at(choose::hours_of(cx, id)?.digest_at, user.zone, midnight.plus(-1));
    digest_at(cx, id, at, &lease.trace)
}
