//! The probe: a mail that the house sent to a sub-address of its own mailbox, to see what comes back.
//!
//! All addresses unchanged: invitations may carry tokens everywhere. Only From rewritten: ORGANIZER and Reply-To
//! may. Anything else: none.

use super::sort::Prepared;
use crate::base::error::Result;
use crate::base::text::Address;
use crate::links;
use crate::mail::wire::ReturnPath;
use crate::meetings::incoming::{self, Verdict};
use crate::post::fact;
use crate::post::inbound::Outcome;
use crate::post::letter::{self, Kept, Says, TokenMode};
use crate::store::Cx;

/// Takes the probe in, if this is it.
pub(super) fn take(cx: &Cx<'_>, message: &Prepared) -> Result<Option<Verdict>> {
    // Fed by hand or kept in the house, it would prove nothing about the road.
    if !matches!(message.received.road, "imap" | "webhook") {
        return Ok(None);
    }
    let Some(token) = token(cx, message)? else { return Ok(None) };
    let found = compare(message, &cx.house().organizer.with_tag(&token));
    fact::set(cx, fact::PROBE, found.as_str())?;
    let reason = match found {
        TokenMode::Full => "The probe came back unchanged: invitations carry tokens in all addresses.",
        TokenMode::NotFrom => {
            "The probe came back with another From: invitations carry tokens in ORGANIZER and Reply-To."
        }
        TokenMode::Off => "The probe came back with changed addresses: invitations carry no tokens.",
    };
    Ok(Some(Verdict::without_meeting(Outcome::Ignored, reason)))
}

/// The token of the probe that this is: by its Message-ID, or by the address it came to where a mail server
/// on the way gave it another Message-ID.
fn token(cx: &Cx<'_>, message: &Prepared) -> Result<Option<String>> {
    let of = |kept: &Kept| match &kept.letter.says {
        Says::Probe { token } => Some(token.clone()),
        _ => None,
    };
    if let Some(id) = &message.headers.message_id
        && let Some(kept) = letter::by_message_id(cx, id)?
    {
        return Ok(of(&kept));
    }
    let organizer = &cx.house().organizer;
    for token in &message.sender.tokens {
        // Most tokens are a participant's, and that is one look-up.
        if incoming::by_token(cx, token)?.is_some() {
            continue;
        }
        let sub_address = organizer.with_tag(token);
        for address in [&sub_address, organizer] {
            let sent = letter::of_address(cx, &links::address_hash(cx, address), 5)?;
            let is_it = |known: &String| known.eq_ignore_ascii_case(token);
            if let Some(found) = sent.iter().filter_map(of).find(is_it) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// Holds what came back against what was sent.
fn compare(message: &Prepared, sent: &Address) -> TokenMode {
    let is_sent = |address: &Address| address.key() == sent.key();
    let headers = &message.headers;
    let is_to_kept = headers.to.iter().any(|party| is_sent(&party.address));
    let is_reply_to_kept = headers.reply_to.iter().any(|party| is_sent(&party.address));
    // A mailbox whose server writes no Return-Path says nothing about the envelope.
    let is_envelope_kept = match &headers.return_path {
        ReturnPath::Missing => true,
        ReturnPath::Null => false,
        ReturnPath::Address(address) => is_sent(address),
    };
    let is_from_kept = message.author.as_ref().is_some_and(is_sent);
    match (is_to_kept && is_reply_to_kept && is_envelope_kept, is_from_kept) {
        (true, true) => TokenMode::Full,
        (true, false) => TokenMode::NotFrom,
        (false, _) => TokenMode::Off,
    }
}
