//! Whether a sender is who they say: as a server that is trusted told, or as their signatures tell.
//!
//! SPF counts only from a trusted header: who handed the mail over, only that server saw.

use std::sync::Arc;

use crate::base::error::{Error, Result};
use crate::base::id::InboundId;
use crate::base::text::Address;
use crate::mail::wire::{Headers, Verdict, Verifier, authentication};
use crate::post;
use crate::queue::{self, Leased, Worker};
use crate::store::Store;

/// What is known of a sender.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// Whether the From was authenticated.
    pub(super) authenticated: bool,
    /// For the record.
    pub(super) words: String,
}

/// What the trusted server's header says; nothing, if there is none.
pub(super) fn told(headers: &Headers, trusted: &str) -> Option<Proof> {
    let told = authentication(&headers.authentication_results, trusted);
    if told == crate::mail::wire::Authentication::default() {
        return None;
    }
    let words = format!(
        "dmarc={} dkim={} spf={}, says {}",
        word(told.dmarc),
        word(told.dkim),
        word(told.spf),
        trusted.trim()
    );
    Some(Proof { authenticated: told.dmarc == Verdict::Pass, words })
}

/// Checks the signatures.
pub(super) async fn check(verifier: &Verifier, raw: &[u8], author: Option<&Address>) -> Proof {
    let found = verifier.verify(raw).await;
    // Without a policy of its own, a domain still vouches with its signature (RFC 7489, 3.1.1). Its own is
    // aligned by any policy; a domain above it may be shut out by one that could not be asked for.
    let is_aligned = author.is_some_and(|author| {
        let domain = author.domain().to_ascii_lowercase();
        let is_above = |signer: &String| {
            found.has_no_policy && signer.contains('.') && domain.ends_with(&format!(".{signer}"))
        };
        found.domains.iter().any(|signer| *signer == domain || is_above(signer))
    });
    // What was checked has to be what is shown: two parsers have read the header.
    let is_the_one = author.is_some_and(|author| match found.from.as_slice() {
        [only] => Address::parse(only).is_some_and(|only| only.key() == author.key()),
        _ => false,
    });
    let authenticated =
        is_the_one && (found.dmarc == Verdict::Pass || found.dmarc == Verdict::Unknown && is_aligned);
    let words = format!("dmarc={} dkim={}, checked here", word(found.dmarc), word(found.dkim));
    Proof { authenticated, words }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Unknown => "unknown",
    }
}

/// Checks the senders of messages that were taken in already.
pub(super) fn worker(store: Store, verifier: Verifier) -> Worker {
    let handler = move |lease: Leased| {
        let (store, verifier) = (store.clone(), verifier.clone());
        Box::pin(async move { verify(&store, &verifier, lease).await })
            as std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send>>
    };
    Worker { topic: super::VERIFY, parallel: 4, lease_ms: 60_000, handler: Arc::new(handler) }
}

async fn verify(store: &Store, verifier: &Verifier, lease: Leased) -> Result<()> {
    let id = lease.payload.get("message").and_then(|id| id.as_str()).unwrap_or_default();
    let id: InboundId = id.parse()?;
    let raw = store.read(move |cx| post::inbound::raw(cx, id)).await;
    let found = match raw {
        Ok(Some(raw)) => Some(check(verifier, &raw, None).await),
        // Erased meanwhile: there is nothing left to check.
        Ok(None) | Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    store
        .write(move |cx| {
            if let Some(found) = &found {
                post::inbound::authenticity(cx, id, &format!("token; {}", found.words))?;
            }
            queue::done(cx, &lease)
        })
        .await
}
