//! The DNS records that a domain's mail is judged by, and what is wrong with them: SPF (RFC 7208), DKIM
//! (RFC 6376) and DMARC (RFC 7489). They are the reader's to cure: what is wrong is said in a sentence.

use mail_auth::common::parse::TxtRecordParser;
use mail_auth::dmarc::Dmarc;
use mail_auth::hickory_resolver::net::{DnsError, NetError};
use mail_auth::hickory_resolver::proto::rr::RData;
use mail_auth::spf::Spf;
use tokio::time::timeout;

use super::dkim::DkimSigner;
use super::verify::Verifier;

/// What an SPF record can hold besides its modifiers (RFC 7208, 4.6.1).
const MECHANISMS: &[&str] = &["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];
/// How many domains above one are asked for a policy (RFC 9989, 4.10).
const LEVELS_MAX: usize = 8;

/// What DNS says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The record, and where it stands.
    Found {
        /// The name.
        at: String,
        /// The text.
        text: String,
    },
    /// There is one that receivers cannot use, or that is not ours.
    Wrong {
        /// What was found.
        text: String,
        /// What is the matter with it, as the end of a sentence.
        why: &'static str,
    },
    /// There is none.
    Missing,
    /// It could not be asked for.
    Unknown(String),
}

/// The texts at a name; the error says why it could not be asked.
type Texts = Result<Vec<String>, String>;

impl Verifier {
    /// The SPF record of a domain (RFC 7208).
    pub async fn spf(&self, domain: &str) -> Record {
        match self.in_time(self.texts(domain)).await {
            Ok(texts) => only(domain, texts.into_iter().filter(|text| begins(text, "v=spf1")), spf_fault),
            Err(why) => Record::Unknown(why),
        }
    }

    /// The DKIM key that a domain publishes (RFC 6376, 3.6.2.1), which has to be the signer's.
    pub async fn dkim(&self, signer: &DkimSigner) -> Record {
        let (name, ours) = (signer.record_name(), signer.record());
        match self.in_time(self.texts(&name)).await {
            Ok(texts) => only(&name, texts.into_iter(), |text| dkim_fault(text, &ours)),
            Err(why) => Record::Unknown(why),
        }
    }

    /// The DMARC policy of a domain: its own, or else that of a domain above it (RFC 7489, 6.6.3).
    pub async fn dmarc(&self, domain: &str) -> Record {
        let look = async {
            for above in levels(domain) {
                let name = format!("_dmarc.{above}");
                let texts = self.texts(&name).await?.into_iter().filter(|text| begins(text, "v=DMARC1"));
                match only(&name, texts, dmarc_fault) {
                    Record::Missing => {}
                    found => return Ok(found),
                }
            }
            Ok(Record::Missing)
        };
        self.in_time(look).await.unwrap_or_else(Record::Unknown)
    }

    async fn in_time<T>(&self, asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        let late = || Err(format!("no answer within {} s", self.patience.as_secs()));
        timeout(self.patience, asking).await.unwrap_or_else(|_| late())
    }

    async fn texts(&self, name: &str) -> Texts {
        let Some(authenticator) = &self.authenticator else {
            return Err("this machine names no name server".to_owned());
        };
        // With its dot at the end, no search domain of this machine is added to it.
        let name = format!("{}.", name.trim_end_matches('.'));
        match authenticator.resolver().txt_lookup(name).await {
            Ok(answer) => Ok(answer
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
                    _ => None,
                })
                .collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Ok(Vec::new()),
            Err(why) => Err(why.to_string()),
        }
    }
}

/// A domain and those above it, without the top-level domains.
fn levels(domain: &str) -> impl Iterator<Item = &str> {
    let first = Some(domain.trim_end_matches('.'));
    std::iter::successors(first, |name| {
        name.split_once('.').map(|(_, above)| above).filter(|above| above.contains('.'))
    })
    .take(LEVELS_MAX)
}

fn only(
    name: &str,
    mut texts: impl Iterator<Item = String>,
    fault: impl Fn(&str) -> Option<&'static str>,
) -> Record {
    let Some(text) = texts.next() else { return Record::Missing };
    let why = match texts.next() {
        Some(_) => Some("there is more than one such record, and receivers then use none"),
        None => fault(&text),
    };
    match why {
        Some(why) => Record::Wrong { text, why },
        None => Record::Found { at: name.to_owned(), text },
    }
}

/// Whether a record is of a kind: a longer version is another one.
fn begins(text: &str, version: &str) -> bool {
    let Some((begin, rest)) = text.trim_start().split_at_checked(version.len()) else { return false };
    begin.eq_ignore_ascii_case(version)
        && rest.chars().next().is_none_or(|next| matches!(next, ' ' | ';' | '\t'))
}

fn spf_fault(text: &str) -> Option<&'static str> {
    for term in text.split_ascii_whitespace().skip(1) {
        let end = term.find([':', '=', '/']).unwrap_or(term.len());
        let (name, rest) = term.split_at(end);
        let mechanism = name.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        let is_modifier = rest.starts_with('=');
        if !is_modifier && !MECHANISMS.contains(&mechanism.as_str()) {
            return Some("it holds a word that SPF does not know, and receivers then use none of it");
        }
        if mechanism == "all" && !name.starts_with(['-', '~', '?']) {
            return Some("it lets every machine send");
        }
    }
    Spf::parse(text.trim().as_bytes()).is_err().then_some("it cannot be read")
}

fn dmarc_fault(text: &str) -> Option<&'static str> {
    match tag(text, "p").map(|policy| policy.to_ascii_lowercase()).as_deref() {
        Some("none" | "quarantine" | "reject") => {
            Dmarc::parse(text.trim().as_bytes()).is_err().then_some("it cannot be read")
        }
        Some(_) => Some("its policy (p=) is neither none nor quarantine nor reject"),
        None => Some("it has no policy (p=)"),
    }
}

fn dkim_fault(text: &str, ours: &str) -> Option<&'static str> {
    let kind = |record: &str| tag(record, "k").unwrap_or_else(|| "rsa".to_owned()).to_ascii_lowercase();
    match tag(text, "p") {
        None => Some("it holds no key (p=)"),
        Some(key) if key.is_empty() => Some("it takes the key back (p= is empty)"),
        key if key != tag(ours, "p") || kind(text) != kind(ours) => {
            Some("it holds another key than the key file")
        }
        Some(_) if tag(text, "v").is_some_and(|version| version != "DKIM1") => {
            Some("its version is not DKIM1")
        }
        Some(_) => None,
    }
}

/// The value of a tag (RFC 6376, 3.2), without white space.
fn tag(text: &str, name: &str) -> Option<String> {
    let mut tags = text.split(';').filter_map(|tag| tag.split_once('='));
    let (_, value) = tags.find(|(known, _)| known.trim().eq_ignore_ascii_case(name))?;
    Some(value.split_ascii_whitespace().collect())
}
