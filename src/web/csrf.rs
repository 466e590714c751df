//! Form tokens: what a page of a signed-in reader puts into its forms, so that no other site's form is taken.
//!
//! A token is made from the sign-in secret by a keyed hash, with a nonce so that no two pages carry the same
//! text (a compressed page would give away a text that never changes). Nothing is stored.

use crate::base::random::Chance;
use crate::base::secret::{Keys, Secret, hex, same};

/// The characters of the nonce: 8 bytes in hexadecimal.
const NONCE: usize = 16;

/// A token for a form on a page of this sign-in.
pub fn token(keys: &Keys, chance: &Chance, sign_in: &Secret) -> String {
    let nonce = hex(&chance.bytes::<8>());
    let hash = hashed(keys, &nonce, sign_in);
    nonce + hash.as_str()
}

/// Whether a form's token was made for this sign-in.
pub fn is_valid(keys: &Keys, sign_in: &Secret, token: &str) -> bool {
    token.split_at_checked(NONCE).is_some_and(|(nonce, hash)| same(hash, &hashed(keys, nonce, sign_in)))
}

fn hashed(keys: &Keys, nonce: &str, sign_in: &Secret) -> String {
    keys.lookup("csrf", &format!("{nonce} {}", sign_in.expose()))
}

#[cfg(test)]
mod tests {
    use super::{is_valid, token};
    use crate::base::random::Chance;
    use crate::base::secret::{Keys, Secret};

    #[test]
    fn a_token_is_good_for_its_own_sign_in_only() {
        let (keys, chance) = (Keys::derive(&[7; 32]), Chance::seeded(1));
        let mine = Secret::new("mine");
        let made = token(&keys, &chance, &mine);
        assert!(is_valid(&keys, &mine, &made));
        assert_ne!(made, token(&keys, &chance, &mine), "no two pages carry the same text");
        assert!(!is_valid(&keys, &Secret::new("another"), &made));
        for wrong in ["", "short", &made[1..], &format!("{made}0")] {
            assert!(!is_valid(&keys, &mine, wrong), "{wrong}");
        }
    }
}
