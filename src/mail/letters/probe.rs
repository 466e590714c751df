//! The probe: a mail from a sub-address of the organizer's to itself, by which the house learns whether
//! sub-addresses come back, and what the way changes. Who takes mail in recognizes it by its Message-ID and
//! records what was found ([`fact::PROBE`]).

use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::house::Subaddress;
use crate::base::secret::base32;
use crate::base::time::{DAY, HOUR};
use crate::journal::{self, Happening};
use crate::post::fact;
use crate::post::letter::{self, Draft, Enqueued, Says};
use crate::store::Cx;

/// The fact that says which probe was sent last, and when.
pub const PROBE_SENT: &str = "probe-sent";
/// How long what a probe found is believed, in milliseconds.
const GOOD_FOR_MS: i64 = 7 * DAY;
/// How long the answer to a probe is waited for before another is sent, in milliseconds.
const PATIENCE_MS: i64 = HOUR;

/// Sends a probe now, whatever is known; gives its Message-ID and its token.
pub fn send_probe(cx: &mut Cx<'_>, who: &Actor) -> Result<(String, String)> {
    let token = base32(&cx.chance().bytes::<16>());
    let draft = Draft {
        to: cx.house().organizer.with_tag(&token),
        name: None,
        zone: cx.house().zone,
        participant: None,
        unique_key: format!("probe {token}"),
        says: Says::Probe { token: token.clone() },
        in_reply_to: None,
        expires: Some(cx.now.plus(DAY)),
        trace: who.trace.clone(),
    };
    match letter::enqueue(cx, draft)? {
        Enqueued::Yes(_, message_id) => {
            fact::set(cx, PROBE_SENT, &token)?;
            journal::append(cx, who, &Happening::of("probe.sent"))?;
            Ok((message_id, token))
        }
        Enqueued::Before | Enqueued::Suppressed => Err(Error::internal("a probe was not enqueued")),
    }
}

/// Sends a probe where one is due: sub-addresses are to be found out, mail leaves the house, and what is known is
/// a week old, or nothing came back of the last one. Call it at start and every hour or so; gives whether one
/// was sent.
///
/// What an earlier probe found is forgotten when the next one has not come back: the road has closed, and new
/// meetings must not rely on it.
pub fn ensure_probe(cx: &mut Cx<'_>, who: &Actor) -> Result<bool> {
    if cx.house().is_mailroom || cx.house().subaddress != Subaddress::Auto {
        return Ok(false);
    }
    let Some((_, sent_at)) = fact::get(cx, PROBE_SENT)? else {
        return send_probe(cx, who).map(|_| true);
    };
    let found = fact::get(cx, fact::PROBE)?;
    let answered = found.as_ref().is_some_and(|(_, at)| *at >= sent_at);
    let age = cx.now.since(sent_at);
    if answered && age < GOOD_FOR_MS || age < PATIENCE_MS {
        return Ok(false);
    }
    if !answered && age < DAY && found.is_none() {
        // Nothing was ever found: the mailbox is probably still being set up. Four looks a day are enough.
        if age < 6 * HOUR {
            return Ok(false);
        }
    } else if !answered && found.is_some() {
        fact::clear(cx, fact::PROBE)?;
        journal::append(cx, who, &Happening::of("probe.lost"))?;
    }
    send_probe(cx, who).map(|_| true)
}
