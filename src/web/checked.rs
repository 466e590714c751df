//! Signatures that were found good in this process: a program sends the same token with every call, and a signature does not
//! change. Whether what it says still counts is asked in each transaction all the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::agents::Claims;
use crate::base::secret::sha256;
use crate::base::time::{SECOND, Timestamp};

/// How many tokens are known at once. A token is good for minutes, and a program has one or two.
const KNOWN_MAX: usize = 4_096;

/// What the tokens that were checked say, by their hashes.
#[derive(Debug, Default)]
pub struct Checked(Mutex<HashMap<String, Arc<Claims>>>);

impl Checked {
    /// What a token says whose signature was checked before.
    pub fn known(&self, token: &str) -> Option<Arc<Claims>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&sha256(token.as_bytes())).cloned()
    }

    /// Remembers a token whose signature is good. Those whose time is over make place; where none is, all do.
    pub fn remember(&self, token: &str, claims: Arc<Claims>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, one| one.exp.saturating_mul(SECOND) > now.ms());
        }
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(sha256(token.as_bytes()), claims);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(exp: i64) -> Arc<Claims> {
        let claims = serde_json::json!({
            "iss": "http://localhost", "aud": "http://localhost", "sub": "agt_01890a5dac96774bbcceb302099a8057",
            "client_id": "key_01890a5dac96774bbcceb302099a8057", "scope": "messages.read", "iat": 0, "exp": exp, "jti": "0"
        });
        Arc::new(serde_json::from_value(claims).unwrap())
    }

    #[test]
    fn a_token_is_known_once_it_was_remembered_and_no_other_is() {
        let known = Checked::default();
        known.remember("one", says(900), Timestamp::from_ms(0));
        assert_eq!(known.known("one").unwrap().exp, 900);
        assert!(known.known("other").is_none());
    }

    #[test]
    fn what_is_over_makes_place_and_no_more_than_so_many_are_known() {
        let known = Checked::default();
        for number in 0..KNOWN_MAX {
            known.remember(
                &number.to_string(),
                says(i64::from(number % 2 == 0) * 900),
                Timestamp::from_ms(0),
            );
        }
        known.remember("next", says(900), Timestamp::from_ms(60 * SECOND));
        assert_eq!(known.0.lock().unwrap().len(), KNOWN_MAX / 2 + 1);
        assert!(known.known("1").is_none() && known.known("2").is_some());
        for number in 0..2 * KNOWN_MAX {
            known.remember(&format!("more {number}"), says(900), Timestamp::from_ms(0));
        }
        assert!(known.0.lock().unwrap().len() <= KNOWN_MAX);
    }
}
