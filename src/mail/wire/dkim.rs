//! DKIM signing (RFC 6376, and RFC 8463 for Ed25519), relaxed/relaxed, with the time passed in: the same
//! mail signed twice has the same bytes, so a retry sends what was sent before.

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{digest, signature};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use crate::base::secret::Secret;
use crate::base::time::Timestamp;

use super::encode::base64;

/// What is signed where it is there. `From` twice, so that a second one cannot be added (RFC 6376, 8.15).
const SIGNED: &[&str] = &[
    "from",
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "auto-submitted",
];

/// Signs for one domain by one selector.
#[derive(Debug)]
pub struct DkimSigner {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rsa(_) => "Rsa(***)",
            Self::Ed25519(_) => "Ed25519(***)",
        })
    }
}

/// Why a signer could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DkimRefusal {
    /// The key is not a PEM file of a kind that can be used.
    #[error(
        "the DKIM key must be a PEM file with an RSA (2048 bits or more, PKCS#1 or PKCS#8) or Ed25519 (PKCS#8) key"
    )]
    Key,
    /// The domain or the selector cannot stand in a DNS name.
    #[error("the DKIM domain and selector must be DNS names, like example.org and mail")]
    Name,
}

impl DkimSigner {
    /// Reads the key: RSA in PKCS#1 or PKCS#8, or Ed25519 in PKCS#8.
    pub fn new(domain: &str, selector: &str, pem: &Secret) -> Result<Self, DkimRefusal> {
        let name = |text: &str| {
            !text.is_empty()
                && text.len() <= 253
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        if !name(domain) || !name(selector) {
            return Err(DkimRefusal::Name);
        }
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| DkimRefusal::Key)?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok().map(Key::Rsa),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let rsa = RsaKeyPair::from_pkcs8(der).ok().map(Key::Rsa);
                rsa.or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Key::Ed25519))
            }
            _ => None,
        };
        let key = key.ok_or(DkimRefusal::Key)?;
        Ok(Self { domain: domain.to_ascii_lowercase(), selector: selector.to_owned(), key })
    }

    /// The TXT record that has to stand at `selector._domainkey.domain` for the signatures to be believed.
    pub fn record(&self) -> String {
        use signature::KeyPair;
        match &self.key {
            Key::Ed25519(key) => format!("v=DKIM1; k=ed25519; p={}", base64(key.public_key().as_ref())),
            Key::Rsa(key) => format!("v=DKIM1; k=rsa; p={}", base64(&spki(key.public_key().as_ref()))),
        }
    }

    /// Where that record has to stand.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The `DKIM-Signature` header, with its CRLF, for a complete message.
    pub fn sign(&self, message: &[u8], at: Timestamp) -> String {
        let text = String::from_utf8_lossy(message);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let headers = relaxed_headers(head);
        let body_hash = digest::digest(&digest::SHA256, relaxed_body(body).as_bytes());

        let mut names: Vec<&str> = Vec::new();
        let mut signed = String::new();
        for name in SIGNED {
            // The n-th time a name is signed its n-th header from below is meant; one that is not
            // there counts as empty (RFC 6376, 5.4.2).
            let before = names.iter().filter(|known| known == &name).count();
            let found = headers.iter().rev().filter(|(known, _)| known == name).nth(before);
            match found {
                Some((_, value)) => {
                    signed.push_str(name);
                    signed.push(':');
                    signed.push_str(value);
                    signed.push_str("\r\n");
                    names.push(name);
                }
                None if before > 0 => names.push(name),
                None => {}
            }
        }
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let seconds = at.ms().div_euclid(1000).max(0);
        let head = format!(
            "v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n s={}; t={seconds};\r\n h={};\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            names.join(":\r\n\t"),
            base64(body_hash.as_ref()),
        );
        let folded = relaxed_value(&head);
        signed.push_str("dkim-signature:");
        signed.push_str(&folded);
        let signature = base64(&self.signature(signed.as_bytes()));
        let lines: Vec<String> =
            signature.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("DKIM-Signature: {head}{}\r\n", lines.join("\r\n "))
    }

    fn signature(&self, input: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::Rsa(key) => {
                let mut out = vec![0; key.public().modulus_len()];
                // Chance only blinds the computation here: PKCS#1 v1.5 signatures are always the same.
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut out)
                    .expect("the buffer has the key's length");
                out
            }
            // RFC 8463, 3: what is signed is the hash of the input.
            Key::Ed25519(key) => key.sign(digest::digest(&digest::SHA256, input).as_ref()).as_ref().to_vec(),
        }
    }
}

/// The headers in order, names in lower case, values relaxed (RFC 6376, 3.4.2).
fn relaxed_headers(head: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push_str("\r\n");
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim_end().to_ascii_lowercase(), value.to_owned()));
        }
    }
    for (_, value) in &mut headers {
        *value = relaxed_value(value);
    }
    headers
}

fn relaxed_value(value: &str) -> String {
    value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Runs of white space become one space, none at a line's end, no empty lines at the end (RFC 6376, 3.4.4).
fn relaxed_body(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    for line in body.split("\r\n") {
        let mut space = false;
        let line = line.trim_end_matches([' ', '\t']);
        for c in line.chars() {
            if matches!(c, ' ' | '\t') {
                space = true;
                continue;
            }
            if std::mem::take(&mut space) {
                out.push(' ');
            }
            out.push(c);
        }
        out.push_str("\r\n");
    }
    let text = out.trim_end_matches("\r\n");
    if text.is_empty() { String::new() } else { format!("{text}\r\n") }
}

/// An RSA key as DNS wants it: `SubjectPublicKeyInfo` (RFC 5280, 4.1) around the bare key.
fn spki(key: &[u8]) -> Vec<u8> {
    const RSA: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let bits = tagged(0x03, &[&[0], key].concat());
    tagged(0x30, &[RSA, &bits].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match (content.len(), u8::try_from(significant.len())) {
        (0..=127, _) | (_, Err(_)) => out.push(u8::try_from(content.len()).unwrap_or(0)),
        (_, Ok(count)) => {
            out.push(0x80 | count);
            out.extend(significant);
        }
    }
    out.extend(content);
    out
}
