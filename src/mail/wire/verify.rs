//! DKIM and DMARC checked here (mail-auth), for mailboxes whose server writes no header that can be
//! trusted. SPF cannot be checked after the fact: it needs the sending machine, which only the receiving
//! server saw.
//!
//! Works without a network: whatever cannot be looked up is `Unknown`.

use std::net::SocketAddr;
use std::time::Duration;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::{AuthenticatedMessage, DkimResult, DmarcResult, DnsError, MessageAuthenticator, SpfOutput};
use tokio::time::timeout;

use super::authentication::Verdict;
use super::mime::{HEADER_MAX, head_and_body};
use crate::net;

/// How long one question may take.
const LOOKUP: Duration = Duration::from_secs(3);
/// How often a question that was not answered is asked again.
const REPEATS: usize = 1;
/// How many questions' time a whole check may take.
const CHECK: u32 = 5;
/// A message with more signatures than this is not checked.
const SIGNATURES_MAX: usize = 10;

/// What the signatures of a message say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Whom the check took for the author: all addresses of all `From` fields, in lower case.
    pub from: Vec<String>,
    /// Whether a signature holds.
    pub dkim: Verdict,
    /// Whether one holds for the domain of `From`, by that domain's own policy.
    pub dmarc: Verdict,
    /// Whether DNS said that the domain of `From` has no policy; not, where it could not be asked.
    pub has_no_policy: bool,
    /// The domains whose signatures hold, in lower case.
    pub domains: Vec<String>,
}

/// Checks signatures. Made once; clones share the resolver and its cache.
#[derive(Clone)]
pub struct Verifier {
    pub(super) authenticator: Option<MessageAuthenticator>,
    /// How long a whole check may take.
    pub(super) patience: Duration,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Verifier").field(&self.authenticator.is_some()).finish()
    }
}

impl Verifier {
    /// Asks these name servers; if there are none, those of this machine, and nobody, where it names none:
    /// whom a house writes with is no stranger's business.
    pub fn new(name_servers: &[SocketAddr]) -> Self {
        Self::waiting(name_servers, LOOKUP)
    }

    /// The same; each question may take `lookup`.
    pub fn waiting(name_servers: &[SocketAddr], lookup: Duration) -> Self {
        let authenticator = net::name_servers(name_servers).and_then(|(config, mut options)| {
            options.timeout = lookup;
            options.attempts = REPEATS;
            MessageAuthenticator::new(config, options).ok()
        });
        Self { authenticator, patience: lookup * CHECK }
    }

    /// Asks nobody: every verdict is `Unknown`.
    pub fn offline() -> Self {
        Self { authenticator: None, patience: Duration::ZERO }
    }

    /// Checks a message as it came, byte for byte.
    pub async fn verify(&self, raw: &[u8]) -> Verified {
        let Some(authenticator) = &self.authenticator else { return Verified::default() };
        timeout(self.patience, verify(authenticator, raw)).await.unwrap_or_default()
    }
}

async fn verify(authenticator: &MessageAuthenticator, raw: &[u8]) -> Verified {
    // Each signature may have the whole body hashed anew (`l=`), and asks DNS a question.
    let (head, _) = head_and_body(raw);
    let signatures = String::from_utf8_lossy(head).to_ascii_lowercase().matches("\ndkim-signature").count();
    if signatures > SIGNATURES_MAX || head.len() > HEADER_MAX {
        return Verified::default();
    }
    let Some(message) = AuthenticatedMessage::parse(raw) else { return Verified::default() };
    let signatures = authenticator.verify_dkim(&message).await;
    let mut verified = Verified { from: message.from.clone(), ..Verified::default() };
    for signature in &signatures {
        let verdict = match signature.result() {
            DkimResult::Pass => Verdict::Pass,
            DkimResult::TempError(_) | DkimResult::None => Verdict::Unknown,
            DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::PermError(_) => Verdict::Fail,
        };
        if let Some(details) = signature.signature().filter(|_| verdict == Verdict::Pass) {
            verified.domains.push(details.d.to_ascii_lowercase());
        }
        verified.dkim = match (verified.dkim, verdict) {
            (Verdict::Pass, _) | (_, Verdict::Pass) => Verdict::Pass,
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            _ => Verdict::Unknown,
        };
    }
    let no_spf = SpfOutput::default();
    let parameters = DmarcParameters::new(&message, &signatures, "", &no_spf);
    let policy = authenticator.verify_dmarc(parameters).await;
    let result = policy.result();
    verified.has_no_policy = result == DmarcResult::None && policy.dmarc_record().is_none();
    verified.dmarc = match result {
        DmarcResult::Pass => Verdict::Pass,
        DmarcResult::PermError(mail_auth::Error::Dns(DnsError::RecordNotFound(_)))
        | DmarcResult::TempError(_)
        | DmarcResult::None => Verdict::Unknown,
        // Without a signature it would have to pass by SPF, which nobody here has seen.
        DmarcResult::Fail(_) if verified.dkim == Verdict::Unknown => Verdict::Unknown,
        DmarcResult::Fail(_) | DmarcResult::PermError(_) => Verdict::Fail,
    };
    verified
}
