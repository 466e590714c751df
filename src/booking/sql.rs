//! The statements of booking links, passes and bookings.

use super::model::{Access, Booking, BookingLink, BookingState, Confirmation, LinkState, NewLink, Pass};
use crate::base::error::{Error, Result};
use crate::base::hours::Week;
use crate::base::id::{BookingId, BookingLinkId, Id, MeetingId, UserId};
use crate::base::time::Timestamp;
use crate::network::Place;
use crate::store::{Cx, Row};
use crate::values;

const LINK: &str = "id, user_id, name, title, description, lengths, place, place_words, questions, week,
    notice_minutes, horizon_days, buffer_before_minutes, buffer_after_minutes, step_minutes, per_day, per_week,
    resources, confirmation, access, state, version, created_at";
const BOOKING: &str =
    "id, booking_link_id, user_id, starts_at, ends_at, guest_name, guest_address, guest_hash,
    guest_zone, answers, state, meeting_id, created_at, expires_at, settled_at";

fn broken(what: &'static str) -> Error {
    Error::internal(format!("{what} is not one of ours"))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &'static str) -> Result<T> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(Error::internal)
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn word<T>(row: &Row<'_>, column: &'static str, parse: fn(&str) -> Option<T>) -> Result<T> {
    parse(&row.get::<String>(column)?).ok_or_else(|| broken(column))
}

fn number(row: &Row<'_>, column: &'static str) -> Result<u32> {
    u32::try_from(row.get::<i64>(column)?).map_err(Error::internal)
}

fn cap(row: &Row<'_>, column: &'static str) -> Result<Option<u32>> {
    row.get::<Option<i64>>(column)?.map(u32::try_from).transpose().map_err(Error::internal)
}

fn link_row(row: &Row<'_>) -> Result<BookingLink> {
    let week: Option<String> = row.get("week")?;
    Ok(BookingLink {
        id: row.get("id")?,
        user: row.get("user_id")?,
        says: NewLink {
            name: row.get("name")?,
            title: row.get("title")?,
            description: row.get("description")?,
            lengths: json(row, "lengths")?,
            place: word(row, "place", Place::parse)?,
            place_words: row.get("place_words")?,
            questions: json(row, "questions")?,
            week: week
                .map(|week| serde_json::from_str::<Week>(&week))
                .transpose()
                .map_err(Error::internal)?,
            notice_minutes: number(row, "notice_minutes")?,
            horizon_days: number(row, "horizon_days")?,
            buffer_before_minutes: number(row, "buffer_before_minutes")?,
            buffer_after_minutes: number(row, "buffer_after_minutes")?,
            step_minutes: number(row, "step_minutes")?,
            per_day: cap(row, "per_day")?,
            per_week: cap(row, "per_week")?,
            resources: json(row, "resources")?,
            confirmation: word(row, "confirmation", Confirmation::parse)?,
            access: word(row, "access", Access::parse)?,
        },
        state: word(row, "state", LinkState::parse)?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
    })
}

/// Keeps a link as it is now, new or changed.
pub(super) fn keep_link(cx: &Cx<'_>, link: &BookingLink) -> Result<()> {
    let says = &link.says;
    cx.db.change_one(
        "INSERT INTO booking_links (id, user_id, name, title, description, lengths, place, place_words, questions, week,
             notice_minutes, horizon_days, buffer_before_minutes, buffer_after_minutes, step_minutes, per_day, per_week,
             confirmation, access, state, version, created_at, resources)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title,
             description = excluded.description, lengths = excluded.lengths, place = excluded.place,
             place_words = excluded.place_words, questions = excluded.questions, week = excluded.week,
             notice_minutes = excluded.notice_minutes, horizon_days = excluded.horizon_days,
             buffer_before_minutes = excluded.buffer_before_minutes,
             buffer_after_minutes = excluded.buffer_after_minutes, step_minutes = excluded.step_minutes,
             per_day = excluded.per_day, per_week = excluded.per_week, confirmation = excluded.confirmation,
             access = excluded.access, state = excluded.state, version = excluded.version,
             resources = excluded.resources",
        values![
            link.id,
            link.user,
            says.name,
            says.title,
            says.description,
            text(&says.lengths)?,
            says.place.as_str(),
            says.place_words,
            text(&says.questions)?,
            says.week.as_ref().map(text).transpose()?,
            i64::from(says.notice_minutes),
            i64::from(says.horizon_days),
            i64::from(says.buffer_before_minutes),
            i64::from(says.buffer_after_minutes),
            i64::from(says.step_minutes),
            says.per_day.map(i64::from),
            says.per_week.map(i64::from),
            says.confirmation.as_str(),
            says.access.as_str(),
            link.state.as_str(),
            link.version,
            link.created_at,
            text(&says.resources)?
        ],
    )
}

pub(super) fn link(cx: &Cx<'_>, id: BookingLinkId) -> Result<Option<BookingLink>> {
    cx.db.one(&format!("SELECT {LINK} FROM booking_links WHERE id = $1"), values![id], link_row)
}

/// The link that has a name: one that was removed has none.
pub(super) fn link_by_name(cx: &Cx<'_>, name: &str) -> Result<Option<BookingLink>> {
    cx.db.one(
        &format!("SELECT {LINK} FROM booking_links WHERE name = $1 AND state <> 'removed'"),
        values![name],
        link_row,
    )
}

/// Somebody's links, oldest first; those that were removed as well.
pub(super) fn links_of(cx: &Cx<'_>, user: UserId) -> Result<Vec<BookingLink>> {
    cx.db.all(
        &format!("SELECT {LINK} FROM booking_links WHERE user_id = $1 ORDER BY id"),
        values![user],
        link_row,
    )
}

pub(super) fn delete_links(cx: &Cx<'_>, user: UserId) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM booking_passes WHERE booking_link_id IN (SELECT id FROM booking_links WHERE user_id = $1)",
        values![user],
    )?;
    cx.db.execute("DELETE FROM booking_links WHERE user_id = $1", values![user])
}

/// A pass to be kept: its id, its link, the keyed hash of its secret.
pub(super) fn insert_pass(
    cx: &Cx<'_>,
    (id, link, key): (&str, BookingLinkId, &str),
    words: &str,
    expires_at: Timestamp,
) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO booking_passes (id, booking_link_id, key, words, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, link, key, words, expires_at, cx.now],
    )
}

/// A pass as it is kept: its id, which booking used it, until when it opens.
pub(super) struct KeptPass {
    pub(super) id: String,
    pub(super) used_by: Option<BookingId>,
    pub(super) expires_at: Timestamp,
}

pub(super) fn pass(cx: &Cx<'_>, link: BookingLinkId, key: &str) -> Result<Option<KeptPass>> {
    cx.db.one(
        "SELECT id, used_by, expires_at FROM booking_passes WHERE key = $1 AND booking_link_id = $2",
        values![key, link],
        |row| {
            Ok(KeptPass {
                id: row.get("id")?,
                used_by: row.get("used_by")?,
                expires_at: row.get("expires_at")?,
            })
        },
    )
}

/// The passes of a link, newest first, each with the booking that used it.
pub(super) fn passes(cx: &Cx<'_>, link: BookingLinkId, limit: u32) -> Result<Vec<(Pass, Option<BookingId>)>> {
    cx.db.all(
        "SELECT words, used_by, expires_at, created_at FROM booking_passes WHERE booking_link_id = $1
         ORDER BY id DESC LIMIT $2",
        values![link, limit],
        |row| {
            let pass = Pass {
                words: row.get("words")?,
                is_used: false,
                expires_at: row.get("expires_at")?,
                created_at: row.get("created_at")?,
            };
            Ok((pass, row.get("used_by")?))
        },
    )
}

pub(super) fn use_pass(cx: &Cx<'_>, id: &str, booking: BookingId) -> Result<()> {
    cx.db.change_one("UPDATE booking_passes SET used_by = $2 WHERE id = $1", values![id, booking])
}

pub(super) fn delete_passes_before(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM booking_passes WHERE expires_at < $1", values![before])
}

fn booking_row(row: &Row<'_>) -> Result<Booking> {
    Ok(Booking {
        id: row.get("id")?,
        link: row.get("booking_link_id")?,
        user: row.get("user_id")?,
        start: row.get("starts_at")?,
        end: row.get("ends_at")?,
        guest_name: row.get("guest_name")?,
        guest_address: row.get("guest_address")?,
        guest_hash: row.get("guest_hash")?,
        guest_zone: row.get("guest_zone")?,
        answers: json(row, "answers")?,
        state: word(row, "state", BookingState::parse)?,
        meeting: row.get("meeting_id")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        settled_at: row.get("settled_at")?,
    })
}

pub(super) fn insert_booking(cx: &Cx<'_>, one: &Booking) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO bookings (id, booking_link_id, user_id, starts_at, ends_at, guest_name, guest_address, guest_hash,
             guest_zone, answers, state, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            one.id,
            one.link,
            one.user,
            one.start,
            one.end,
            one.guest_name,
            one.guest_address,
            one.guest_hash,
            one.guest_zone,
            text(&one.answers)?,
            one.state.as_str(),
            one.created_at,
            one.expires_at
        ],
    )
}

pub(super) fn booking(cx: &Cx<'_>, id: BookingId) -> Result<Option<Booking>> {
    cx.db.one(&format!("SELECT {BOOKING} FROM bookings WHERE id = $1"), values![id], booking_row)
}

/// The booking that a meeting came from.
pub(super) fn booking_of_meeting(cx: &Cx<'_>, meeting: MeetingId) -> Result<Option<Booking>> {
    cx.db.one(&format!("SELECT {BOOKING} FROM bookings WHERE meeting_id = $1"), values![meeting], booking_row)
}

/// What guests asked for at a link, latest start first, going on before `before`.
pub(super) fn bookings_of_link(
    cx: &Cx<'_>,
    link: BookingLinkId,
    (before, id): (Timestamp, BookingId),
    limit: u32,
) -> Result<Vec<Booking>> {
    cx.db.all(
        &format!(
            "SELECT {BOOKING} FROM bookings
             WHERE booking_link_id = $1 AND starts_at <= $2 AND (starts_at < $2 OR id < $3)
             ORDER BY starts_at DESC, id DESC LIMIT $4"
        ),
        values![link, before, id, limit],
        booking_row,
    )
}

/// What waits for somebody's decision, soonest first.
pub(super) fn waiting(cx: &Cx<'_>, user: UserId, limit: u32) -> Result<Vec<Booking>> {
    cx.db.all(
        &format!(
            "SELECT {BOOKING} FROM bookings WHERE user_id = $1 AND state = 'waiting' AND expires_at > $2
             ORDER BY starts_at LIMIT $3"
        ),
        values![user, cx.now, limit],
        booking_row,
    )
}

/// All of somebody's, as the host.
pub(super) fn bookings_of_user(cx: &Cx<'_>, user: UserId) -> Result<Vec<Booking>> {
    cx.db.all(
        &format!("SELECT {BOOKING} FROM bookings WHERE user_id = $1 ORDER BY state, starts_at"),
        values![user],
        booking_row,
    )
}

/// All of a guest's.
pub(super) fn bookings_of_guest(cx: &Cx<'_>, guest_hash: &str) -> Result<Vec<Booking>> {
    cx.db.all(
        &format!("SELECT {BOOKING} FROM bookings WHERE guest_hash = $1"),
        values![guest_hash],
        booking_row,
    )
}

/// What nobody confirmed or decided in time and nobody has noted yet.
pub(super) fn overdue(cx: &Cx<'_>, limit: u32) -> Result<Vec<Booking>> {
    cx.db.all(
        &format!(
            "SELECT {BOOKING} FROM bookings WHERE state IN ('unconfirmed', 'waiting') AND expires_at <= $1
             ORDER BY expires_at LIMIT $2"
        ),
        values![cx.now, limit],
        booking_row,
    )
}

/// When what counts for a link's caps begins: held times, and its meetings that are neither cancelled nor declined,
/// wherever they were moved. `except` does not count.
pub(super) fn counting(
    cx: &Cx<'_>,
    link: BookingLinkId,
    except: Option<BookingId>,
) -> Result<Vec<Timestamp>> {
    cx.db.all(
        "SELECT COALESCE(m.start_at, b.starts_at) AS at FROM bookings b
         LEFT JOIN meetings m ON m.id = b.meeting_id
         WHERE b.booking_link_id = $1 AND b.id <> $2
             AND (b.state IN ('unconfirmed', 'waiting') AND b.expires_at > $3
                 OR b.state = 'booked' AND m.status = 'scheduled'
                     AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.meeting_id = m.id AND i.partstat = 'DECLINED'))",
        values![link, except.unwrap_or_else(|| BookingId::from_uuid(uuid::Uuid::nil())), cx.now],
        |row| row.get("at"),
    )
}

pub(super) fn set_waiting(cx: &Cx<'_>, id: BookingId, until: Timestamp) -> Result<()> {
    cx.db.change_one(
        "UPDATE bookings SET state = 'waiting', expires_at = $2 WHERE id = $1 AND state = 'unconfirmed'",
        values![id, until],
    )
}

pub(super) fn settle(
    cx: &Cx<'_>,
    id: BookingId,
    state: BookingState,
    meeting: Option<MeetingId>,
) -> Result<()> {
    cx.db.change_one(
        "UPDATE bookings SET state = $2, meeting_id = $3, settled_at = $4
         WHERE id = $1 AND state IN ('unconfirmed', 'waiting')",
        values![id, state.as_str(), meeting, cx.now],
    )
}

pub(super) fn delete_booking(cx: &Cx<'_>, id: BookingId) -> Result<()> {
    cx.db.change_one("DELETE FROM bookings WHERE id = $1", values![id])
}

/// Bookings that are over: settled without a meeting, or their time long past.
pub(super) fn delete_ended(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute(
        "DELETE FROM bookings WHERE ends_at < $1 AND state NOT IN ('unconfirmed', 'waiting')",
        values![before],
    )
}
