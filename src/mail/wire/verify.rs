//! DKIM and DMARC checked here (mail-auth), for mailboxes whose server writes no header that can be
//! trusted, and the DNS records that `doctor` looks at. SPF cannot be checked after the fact: it needs the
//! sending machine, which only the receiving server saw.
//!
//! Works without a network: whatever cannot be looked up is `Unknown`.

use std::time::Duration;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::{AuthenticatedMessage, DkimResult, DmarcResult, DnsError, MessageAuthenticator, SpfOutput};
use tokio::time::timeout;

use super::authentication::Verdict;
use super::mime::{HEADER_MAX, head_and_body};

/// How long one look-up may take, and how often it is tried.
const LOOKUP: Duration = Duration::from_secs(3);
/// A message with more signatures than this is not checked.
const SIGNATURES_MAX: usize = 10;
/// How long a whole check may take.
const CHECK: Duration = Duration::from_secs(15);

/// What the signatures of a message say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Whether a signature holds.
    pub dkim: Verdict,
    /// Whether one holds for the domain of `From`, by that domain's own policy.
    pub dmarc: Verdict,
    /// The domains whose signatures hold, in lower case.
    pub domains: Vec<String>,
}

/// What DNS says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The record.
    Found(String),
    /// There is none.
    Missing,
    /// It could not be asked for.
    Unknown(String),
}

/// Checks signatures. Made once; clones share the resolver and its cache.
#[derive(Clone)]
pub struct Verifier(Option<MessageAuthenticator>);

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Verifier").field(&self.0.is_some()).finish()
    }
}

impl Verifier {
    /// Asks the name servers of this machine; nobody, where it names none: whom a house writes with is no
    /// stranger's business.
    pub fn new() -> Self {
        let Ok((config, mut options)) = read_system_conf() else { return Self::offline() };
        options.timeout = LOOKUP;
        options.attempts = 2;
        Self(MessageAuthenticator::new(config, options).ok())
    }

    /// Asks nobody: every verdict is `Unknown`.
    pub fn offline() -> Self {
        Self(None)
    }

    /// Checks a message as it came, byte for byte.
    pub async fn verify(&self, raw: &[u8]) -> Verified {
        let Some(authenticator) = &self.0 else { return Verified::default() };
        timeout(CHECK, verify(authenticator, raw)).await.unwrap_or_default()
    }

    /// The SPF record of a domain (RFC 7208).
    pub async fn spf(&self, domain: &str) -> Record {
        self.txt(domain, "v=spf1").await
    }

    /// The DKIM key that a domain publishes under a selector (RFC 6376, 3.6.2.1).
    pub async fn dkim(&self, selector: &str, domain: &str) -> Record {
        self.txt(&format!("{selector}._domainkey.{domain}"), "").await
    }

    /// The DMARC policy of a domain (RFC 7489, 6.1).
    pub async fn dmarc(&self, domain: &str) -> Record {
        self.txt(&format!("_dmarc.{domain}"), "v=DMARC1").await
    }

    /// The first TXT record that begins as it should.
    async fn txt(&self, name: &str, start: &str) -> Record {
        use mail_auth::hickory_resolver::net::{DnsError, NetError};
        use mail_auth::hickory_resolver::proto::rr::RData;
        let Some(authenticator) = &self.0 else { return Record::Unknown("no resolver".to_owned()) };
        let name = if name.ends_with('.') { name.to_owned() } else { format!("{name}.") };
        let answer = match timeout(CHECK, authenticator.resolver().txt_lookup(name)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => return Record::Missing,
            Ok(Err(why)) => return Record::Unknown(why.to_string()),
            Err(_) => return Record::Unknown(format!("no answer within {} s", CHECK.as_secs())),
        };
        let texts = answer.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        });
        let starts = |text: &String| {
            text.trim_start().get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        };
        texts.into_iter().find(starts).map_or(Record::Missing, Record::Found)
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
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
    let mut verified = Verified::default();
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
    verified.dmarc = match policy.result() {
        DmarcResult::Pass => Verdict::Pass,
        DmarcResult::PermError(mail_auth::Error::Dns(DnsError::RecordNotFound(_)))
        | DmarcResult::TempError(_)
        | DmarcResult::None => Verdict::Unknown,
        DmarcResult::Fail(_) | DmarcResult::PermError(_) => Verdict::Fail,
    };
    verified
}
