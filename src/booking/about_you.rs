//! What booking links keep of a person: to take away, to end, to erase.

use serde_json::{Value, json};

use super::model::{Booking, BookingState, LinkState};
use super::{decide, sql, times};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::text::Address;
use crate::base::time::Timestamp;
use crate::journal::{self, Happening};
use crate::links;
use crate::post::letter;
use crate::store::Cx;

/// What is stored about whoever holds `address`, with an account or without: the links they offer with what guests asked
/// for there, and what they themselves asked for as guests.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<Value> {
    let mut document = serde_json::Map::new();
    if let Some(user) = accounts::by_address(cx, address)? {
        let mut offered = Vec::new();
        for link in sql::links_of(cx, user.id)? {
            offered.push(json!({
                "title": link.says.title, "description": link.says.description, "name": link.says.name,
                "lengths": link.says.lengths, "place": link.says.place.as_str(),
                "place_words": link.says.place_words, "state": link.state.as_str(),
                "questions": link.says.questions.iter().map(|one| one.label.clone()).collect::<Vec<_>>(),
                "created": link.created_at.to_rfc3339(),
            }));
        }
        let asked: Vec<Value> =
            sql::bookings_of_user(cx, user.id)?.iter().map(|one| as_value(one, cx.now)).collect();
        document.insert("booking_links".to_owned(), offered.into());
        document.insert("asked_of_you".to_owned(), asked.into());
    }
    let hash = links::address_hash(cx, address);
    let mine: Vec<Value> =
        sql::bookings_of_guest(cx, &hash)?.iter().map(|one| as_value(one, cx.now)).collect();
    document.insert("bookings".to_owned(), mine.into());
    Ok(Value::Object(document))
}

/// A booking without its guest's address: its host reads it as well.
fn as_value(one: &Booking, now: Timestamp) -> Value {
    json!({
        "start": one.start.to_rfc3339(), "end": one.end.to_rfc3339(), "name": one.guest_name,
        "time_zone": one.guest_zone.name(), "answers": one.answers, "state": one.state_at(now).as_str(),
        "created": one.created_at.to_rfc3339(),
    })
}

/// Pauses every link of somebody who leaves, and declines what waits there. Meetings that came of them are the meetings'
/// to cancel. Called again, it ends what came since.
pub fn leave(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    for mut link in sql::links_of(cx, user)? {
        if link.state == LinkState::Active {
            link.state = LinkState::Paused;
            link.version += 1;
            sql::keep_link(cx, &link)?;
            let data = json!({ "state": link.state.as_str(), "version": link.version });
            journal::append(
                cx,
                who,
                &Happening::to("booking.link-changed", &link.id).with(&user).data(&data),
            )?;
        }
        decide::decline_open(cx, who, &link)?;
    }
    Ok(())
}

/// Erases what is kept of whoever holds `address`: as a guest what they asked for, as a user their links with all that was
/// asked for there. To be called before the account itself is erased. Meetings are the meetings' own.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<()> {
    let hash = links::address_hash(cx, address);
    for booking in sql::bookings_of_guest(cx, &hash)? {
        drop_booking(cx, who, &booking)?;
    }
    let Some(user) = accounts::by_address(cx, address)? else { return Ok(()) };
    let themselves = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    leave(cx, &themselves, user.id)?;
    for booking in sql::bookings_of_user(cx, user.id)? {
        letter::forget_inviter(cx, &booking.guest_hash, user.id)?;
        drop_booking(cx, who, &booking)?;
    }
    for link in sql::links_of(cx, user.id)? {
        journal::forget(cx, &link.id)?;
    }
    sql::delete_links(cx, user.id).map(drop)
}

fn drop_booking(cx: &mut Cx<'_>, who: &Actor, booking: &Booking) -> Result<()> {
    times::release(cx, booking.id)?;
    let is_open = matches!(booking.state_at(cx.now), BookingState::Waiting | BookingState::Unconfirmed);
    sql::delete_booking(cx, booking.id)?;
    journal::forget(cx, &booking.id)?;
    // Whoever waited for a decision learns that there is none to take any more.
    let kind = if is_open { "booking.withdrawn" } else { "booking.erased" };
    journal::append(cx, who, &Happening::to(kind, &booking.id).with(&booking.user)).map(drop)
}
