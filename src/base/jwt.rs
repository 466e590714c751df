//! Signed tokens: JSON Web Tokens (RFC 7519) of one kind, `EdDSA` with Ed25519 (RFC 8037), in the compact form.
//!
//! One algorithm, so that nobody can choose a weaker one, or none. Whether a token is still good, and what for, is not
//! known here: only whether one of the house's keys signed these bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::{Error, Result};

/// The longest token that is looked at, in bytes.
pub const BYTES_MAX: usize = 4_096;
/// The one algorithm.
const ALGORITHM: &str = "EdDSA";

/// What stands before the claims.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A token whose signature was not checked yet.
#[derive(Debug)]
pub struct Unchecked<'a> {
    /// Which key it says that it was signed with.
    pub kid: String,
    /// What kind of token it says that it is.
    pub typ: String,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// The public key of a seed: what others check signatures with.
pub fn public_key(seed: &[u8; 32]) -> Result<[u8; 32]> {
    let mut public = [0; 32];
    public.copy_from_slice(pair(seed)?.public_key().as_ref());
    Ok(public)
}

/// A token of kind `typ` with these claims, signed by the key of `seed`, which is published as `kid`.
pub fn sign(seed: &[u8; 32], kid: &str, typ: &str, claims: &impl Serialize) -> Result<String> {
    let header = Header { alg: ALGORITHM.to_owned(), typ: typ.to_owned(), kid: kid.to_owned() };
    let signed = format!("{}.{}", part(&header)?, part(claims)?);
    let signature = pair(seed)?.sign(signed.as_bytes());
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
}

/// A token taken apart. `None`: this is none, or not of the one algorithm.
pub fn open(token: &str) -> Option<Unchecked<'_>> {
    if token.len() > BYTES_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != ALGORITHM {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some(Unchecked { kid: header.kid, typ: header.typ, signed, claims, signature })
}

impl Unchecked<'_> {
    /// The claims, if the key of `public` signed them.
    pub fn claims<T: DeserializeOwned>(&self, public: &[u8]) -> Option<T> {
        let key = UnparsedPublicKey::new(&ED25519, public);
        key.verify(self.signed.as_bytes(), &self.signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(self.claims).ok()?).ok()
    }
}

/// Bytes as they stand in a key set (RFC 8037, 2).
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn part(value: &impl Serialize) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).map_err(Error::internal)?))
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Says {
        sub: String,
    }

    fn says() -> Says {
        Says { sub: "agt_1".to_owned() }
    }

    #[test]
    fn the_example_of_rfc_8037_is_signed_as_it_says() {
        // RFC 8037, A.1 and A.2: the seed, and its public key.
        let decoded = |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        let seed = decoded("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        assert_eq!(encoded(&public_key(&seed).unwrap()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        // A.4: `{"alg":"EdDSA"}` and the text, signed.
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            encoded(pair(&seed).unwrap().sign(signed.as_bytes()).as_ref()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn what_the_house_signed_is_read_and_what_was_touched_is_not() {
        let (seed, other) = ([7; 32], [8; 32]);
        let token = sign(&seed, "sgk_1", "at+jwt", &says()).unwrap();
        let opened = open(&token).unwrap();
        assert_eq!((opened.kid.as_str(), opened.typ.as_str()), ("sgk_1", "at+jwt"));
        assert_eq!(opened.claims::<Says>(&public_key(&seed).unwrap()), Some(says()));
        assert_eq!(opened.claims::<Says>(&public_key(&other).unwrap()), None);
        let (head, rest) = token.split_once('.').unwrap();
        let forged = format!(
            "{head}.{}.{}",
            part(&Says { sub: "agt_2".into() }).unwrap(),
            rest.split_once('.').unwrap().1
        );
        assert_eq!(open(&forged).unwrap().claims::<Says>(&public_key(&seed).unwrap()), None);
    }

    #[test]
    fn another_algorithm_is_no_token_nor_is_anything_else() {
        let header =
            |alg: &str| part(&Header { alg: alg.into(), typ: "at+jwt".into(), kid: "sgk_1".into() }).unwrap();
        let claims = part(&says()).unwrap();
        for text in [
            format!("{}.{claims}.", header("none")),
            format!("{}.{claims}.c2ln", header("HS256")),
            format!("{}.{claims}.c2ln", header("eddsa")),
            "a.b".to_owned(),
            "..".to_owned(),
            String::new(),
            "ä.ö.ü".to_owned(),
            format!("{}.{claims}.{}", header("EdDSA"), "A".repeat(BYTES_MAX)),
        ] {
            assert!(open(&text).is_none(), "{text}");
        }
    }
}
