//! Signatures, as Standard Webhooks 1.0 says (its section “Signature scheme”, symmetric): an HMAC-SHA256 of id, time and
//! body, with full stops between, under a key that both sides know.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::base::random::Chance;
use crate::base::secret::Secret;

/// What a secret begins with, so that one found where it should not be is known for what it is.
const PREFIX: &str = "whsec_";
/// How many bytes of chance it has; 24 to 64 are allowed.
const BYTES: usize = 32;

/// A new secret: `whsec_` and base64.
pub(super) fn secret(chance: &Chance) -> Secret {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(chance.bytes::<BYTES>())))
}

/// What a message is signed with: `v1,` and base64. `None`: the secret is none of ours.
pub(super) fn signature(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.expose().strip_prefix(PREFIX)?).ok()?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(body);
    Some(format!("v1,{}", STANDARD.encode(context.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_specification_says() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_has_a_length_that_the_specification_allows_and_is_another_each_time() {
        let chance = Chance::seeded(3);
        let (one, other) = (secret(&chance), secret(&chance));
        assert!(one != other);
        let bytes = STANDARD.decode(one.expose().strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&bytes.len()));
        assert!(signature(&one, "evt_1", 1, b"").is_some());
        assert!(signature(&Secret::new("nonsense"), "evt_1", 1, b"").is_none());
    }
}
