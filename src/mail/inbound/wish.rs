//! A mail to the organizer that asks for a meeting in plain words: of somebody with an account, to nobody but the house, in
//! answer to nothing.
//!
//! Who is answered what is the room's; here it is told apart from the answers of participants, and from strangers.

use super::effect::Judged;
use super::proof::Proof;
use super::sort::Prepared;
use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::text::Address;
use crate::meetings::incoming::Verdict;
use crate::post::inbound::Outcome;
use crate::post::letter;
use crate::sessions::{self, Heard, Help, Mail};
use crate::store::Cx;

/// How many messages that a mail refers to are looked for, newest first.
const REFERENCES_MAX: usize = 20;

/// Whose wish a message may be: it is addressed to the organizer itself, answers no mail of ours, and its one author has an
/// account that may be used. Nothing is proven by that.
pub(super) fn whose(cx: &Cx<'_>, message: &Prepared) -> Result<Option<UserId>> {
    if !message.sender.tokens.is_empty() || !is_to_us(message, &cx.house().organizer) {
        return Ok(None);
    }
    let Some(author) = &message.author else { return Ok(None) };
    let user = accounts::by_address(cx, author)?
        .filter(|user| user.disabled_at.is_none() && user.deletion_due_at.is_none());
    let Some(user) = user else { return Ok(None) };
    let headers = &message.headers;
    for id in headers.in_reply_to.iter().chain(headers.references.iter().rev()).take(REFERENCES_MAX) {
        if letter::by_message_id(cx, id)?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(user.id))
}

/// Whether it was written to the organizer, or handed to it without naming anybody: who gets a copy only is not asked.
fn is_to_us(message: &Prepared, organizer: &Address) -> bool {
    let is_ours = |address: &Address| address.key() == organizer.key();
    let headers = &message.headers;
    let handed = message.received.rcpt.as_deref().and_then(Address::parse);
    headers.to.iter().any(|party| is_ours(&party.address))
        || headers.to.is_empty() && headers.cc.is_empty() && handed.as_ref().is_some_and(is_ours)
}

/// Takes in what somebody with an account asks for, or what was sent in their name.
pub(super) fn take(
    cx: &mut Cx<'_>,
    message: &Prepared,
    (user, proof): (UserId, Option<&Proof>),
    (said, help): (&str, Help<'_>),
) -> Result<Judged> {
    // Whoever can write in the mailroom reads everything in it as well.
    let is_proven = proof.is_some_and(|proof| proof.authenticated) || message.received.road == "mailroom";
    let who = Actor::new(Who::Anyone, Road::Mail, message.trace.clone());
    let mail = Mail {
        subject: &message.headers.subject,
        text: said,
        message_id: message.headers.message_id.clone(),
        key: &message.message_id,
        is_proven,
        help,
    };
    let (outcome, reason) = match sessions::hear(cx, &who, user, &mail)? {
        Heard::Understood => (Outcome::Answered, "It asks for a meeting; answered with what was understood."),
        Heard::Unclear => {
            (Outcome::Answered, "It asks for something that was not understood; answered with what was not.")
        }
        Heard::Ask(line) => return Ok(Judged::Unread(line)),
        Heard::Unanswered => {
            (Outcome::Ignored, "It may ask for a meeting; its sender was answered often enough for now.")
        }
    };
    Ok(Judged::Wish(Verdict::without_meeting(outcome, reason)))
}
