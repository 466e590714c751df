//! What the network keeps of a person: ending it, taking it away as a document, and erasing it.

use super::grant::Grant;
use super::model::{Connection, Pair, Side};
use super::{Me, end, sql};
use crate::accounts;
use crate::base::actor::{Actor, Who};
use crate::base::error::Result;
use crate::base::id::{ConnectionId, Id, QuestionId, UserId};
use crate::base::text::Address;
use crate::journal::{self, Happening};
use crate::links;
use crate::post::letter;
use crate::store::Cx;

/// The most of each kind in one document.
const EXPORTED_MAX: u32 = 10_000;

/// Ends every connection of somebody who leaves, and takes back or declines every invitation; gives how many.
pub fn end_all(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<usize> {
    let user = accounts::get(cx, user)?;
    let hash = links::address_hash(cx, &user.address);
    let who = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    let user_id = user.id;
    let me = Me { user, hash };
    let mut ended = 0;
    for (pair, side) in both_sides(cx, (Some(user_id), &me.hash), EXPORTED_MAX)? {
        let Some(seen) = pair.seen_by(side, cx.now) else { continue };
        if end::end_pair(cx, &who, &me, &pair, &seen)? {
            ended += 1;
        }
    }
    Ok(ended)
}

/// What whoever is known by this hash asked for, with an account, and what they were asked for, with one or without.
fn both_sides(cx: &Cx<'_>, (user, hash): (Option<UserId>, &str), most: u32) -> Result<Vec<(Pair, Side)>> {
    let newest = ConnectionId::from_uuid(uuid::Uuid::max());
    let sent = match user {
        Some(user) => sql::sent(cx, user, newest, most)?,
        None => Vec::new(),
    };
    // Without an account nobody has blocked anybody.
    let blocker = user.unwrap_or(UserId::from_uuid(uuid::Uuid::nil()));
    let received = sql::received(cx, (blocker, hash), newest, most)?;
    let sent = sent.into_iter().map(|pair| (pair, Side::Inviter));
    Ok(sent.chain(received.into_iter().map(|pair| (pair, Side::Invitee))).collect())
}

/// Erases what is kept of whoever holds `address`, with or without an account; says whether there was anything. To be
/// called before the account itself is erased. The other side of a connection is told that it ended; that others asked
/// never to hear of this address stays, as a keyed hash.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, address: &Address) -> Result<bool> {
    let hash = links::address_hash(cx, address);
    let user = accounts::by_address(cx, address)?.map(|user| user.id);
    if let Some(user) = user {
        end_all(cx, who, user)?;
    }
    let mut gone = sql::ids_of_invitee(cx, &hash)?;
    if let Some(user) = user {
        for (id, invitee_hash) in sql::of_inviter(cx, user)? {
            letter::forget_inviter(cx, &invitee_hash, user)?;
            gone.push(id);
        }
    }
    for id in &gone {
        sql::delete_grants(cx, *id)?;
        sql::delete_pair(cx, *id)?;
        journal::forget(cx, id)?;
        journal::append(cx, who, &Happening::to("connection.erased", id))?;
    }
    let mut erased = gone.len();
    if let Some(user) = user {
        erased += sql::delete_blocks(cx, user)? + sql::delete_questions_about(cx, user)?;
        // That somebody asked stays listed to whom they asked about, without what for.
        erased += sql::forget_asker(cx, user)?;
    }
    Ok(erased > 0)
}

/// The connections of whoever holds `address`, newest first, at most so many each way, as their side sees them.
/// Somebody without an account has the invitations that came.
pub fn of_address(cx: &Cx<'_>, address: &Address, most: u32) -> Result<Vec<Connection>> {
    let hash = links::address_hash(cx, address);
    let user = accounts::by_address(cx, address)?.map(|user| user.id);
    let pairs = both_sides(cx, (user, &hash), most)?;
    let mut seen: Vec<_> = pairs.iter().filter_map(|(pair, side)| pair.seen_by(*side, cx.now)).collect();
    seen.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(seen)
}

/// What is kept of whoever holds `address`, with or without an account, as a document to take away.
pub fn export(cx: &Cx<'_>, address: &Address) -> Result<serde_json::Value> {
    let user = accounts::by_address(cx, address)?.map(|user| user.id);
    let mut connections = Vec::new();
    for seen in of_address(cx, address, EXPORTED_MAX)? {
        let grant = match user {
            Some(user) => sql::grant(cx, seen.id, user)?.unwrap_or_default(),
            None => Grant::default(),
        };
        connections.push(serde_json::json!({
            "id": seen.id,
            "invitation": seen.side.as_str(),
            "state": seen.state.as_str(),
            "with": seen.name,
            "invited_address": seen.address.as_ref().map(Address::as_str),
            "words": seen.words,
            "since": seen.created_at.to_rfc3339(),
            "blocked": seen.is_blocked,
            "you_allow": {
                "scopes": grant.scopes,
                "reveal": grant.reveal,
                "constraints": grant.constraints,
                "until": grant.ends_at.map(crate::base::time::Timestamp::to_rfc3339),
            },
        }));
    }
    let Some(user) = user else { return Ok(serde_json::json!({ "connections": connections })) };
    let questions = sql::questions(cx, user, QuestionId::from_uuid(uuid::Uuid::max()), EXPORTED_MAX)?;
    let questions: Vec<_> = questions
        .iter()
        .map(|one| {
            serde_json::json!({
                "asked_by": one.asker,
                "scope": one.scope,
                "purpose": one.purpose,
                "shown": one.shown,
                "at": one.asked_at.to_rfc3339(),
            })
        })
        .collect();
    let asked = sql::asked_by(cx, user, EXPORTED_MAX)?;
    let asked: Vec<_> = asked
        .iter()
        .map(|one| {
            serde_json::json!({
                "asked_about": one.name,
                "scope": one.scope,
                "purpose": one.purpose,
                "outcome": one.outcome,
                "at": one.asked_at.to_rfc3339(),
            })
        })
        .collect();
    Ok(serde_json::json!({
        "connections": connections,
        "questions_about_you": questions,
        "questions_you_asked": asked,
    }))
}
