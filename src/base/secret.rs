//! Secrets: a type that prints as `***`, and the keys that lie outside the database.
//!
//! One master key is kept in a file beside the database; every purpose has a key of its own, derived
//! from it by HKDF-SHA256 (RFC 5869), so that a hash made for one purpose says nothing about another.

use std::fmt;
use std::sync::Arc;

use ring::{aead, digest, hkdf, hmac};

use super::error::{Error, Result};
use super::random::Chance;

/// A text that must not be printed, logged or compared in variable time.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "***" })
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

impl serde::Serialize for Secret {
    /// Writes `***`: a configuration that is shown shows no secret.
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&format_args!("{self:?}"))
    }
}

/// The keys of this house, by purpose. Clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Derived>);

struct Derived {
    seal: aead::LessSafeKey,
    lookup: hmac::Key,
    link: hmac::Key,
    journal: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// Derives the keys of all purposes from the 32-byte master key.
    pub fn derive(master: &[u8; 32]) -> Self {
        let seal = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &expand(master, b"entente seal"));
        Self(Arc::new(Derived {
            seal: aead::LessSafeKey::new(seal.expect("the key has 32 bytes")),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &expand(master, b"entente lookup")),
            link: hmac::Key::new(hmac::HMAC_SHA256, &expand(master, b"entente link")),
            journal: expand(master, b"entente journal"),
        }))
    }

    /// The keyed hash by which a secret or an address is looked up, as 64 hex digits. `purpose`
    /// keeps the hashes of different tables apart.
    pub fn lookup(&self, purpose: &str, text: &str) -> String {
        hex(&mac(&self.0.lookup, purpose, text))
    }

    /// The secret of a link, derived from the link's id: 160 bits in 32 lower-case base32 characters.
    pub fn link_secret(&self, purpose: &str, id: &str) -> String {
        base32(&mac(&self.0.link, purpose, id)[..20])
    }

    /// The seed of the Ed25519 key that signs the journal's checkpoints.
    pub fn journal_seed(&self) -> &[u8; 32] {
        &self.0.journal
    }

    /// Seals `plain` (ChaCha20-Poly1305): 12 bytes of nonce, then the ciphertext with its tag.
    /// `place` says where the value lies and must be the same when it is opened.
    pub fn seal(&self, chance: &Chance, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; 12] = chance.bytes();
        let mut sealed = plain.to_vec();
        self.0
            .seal
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .expect("a value in memory is short enough to seal");
        [&nonce[..], &sealed].concat()
    }

    /// Opens what [`Keys::seal`] closed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::internal("a sealed value cannot be opened: is this the right key file?");
        let (nonce, cipher) = sealed.split_at_checked(12).ok_or_else(wrong)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut plain = cipher.to_vec();
        let length = self
            .0
            .seal
            .open_in_place(nonce, aead::Aad::from(place.as_bytes()), &mut plain)
            .map_err(|_| wrong())?
            .len();
        plain.truncate(length);
        Ok(plain)
    }
}

fn mac(key: &hmac::Key, purpose: &str, text: &str) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(text.as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

fn expand(master: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"")
        .extract(master)
        .expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut out))
        .expect("HKDF gives 32 bytes");
    out
}

/// SHA-256, as 64 hex digits: for what is no secret, such as the hash of a message's content.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// Lower-case base32 (RFC 4648, 6) without padding: survives every mail program, in any case.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for &byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(buffer << (5 - bits) & 31) as usize]));
    }
    out
}

/// Whether two texts are equal, in a time that does not depend on where they differ.
pub fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |acc, (a, b)| acc | (a ^ b)) == 0
}
