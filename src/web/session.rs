//! The browser's cookies: who is signed in, which zone a reader chose, where somebody wanted to go.
//!
//! A sign-in cookie is an opaque secret; what it stands for is in the store, where it can be listed and ended.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::accounts::SIGN_IN_MS;
use crate::base::secret::Secret;
use crate::booking::PROOF_MS;

/// The cookie of a browser that is signed in.
pub const SIGN_IN: &str = "entente_sign_in";
/// The cookie with the zone of a reader who has no account.
pub const ZONE: &str = "entente_zone";
/// The cookie with the page that somebody wanted to see before they signed in.
pub const BACK: &str = "entente_back";
/// The cookie of a browser whose person has shown that a mail address is theirs, by confirming a booking.
pub const GUEST: &str = "entente_guest";
/// How long a zone is remembered.
const ZONE_DAYS: i64 = 365;
/// How long a page is remembered: as long as the sign-in link lives.
const BACK_MINUTES: i64 = 30;

fn cookie(name: &'static str, value: String, lives: Duration, public_url: &str) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(public_url.starts_with("https://"))
        .max_age(lives)
        .finish()
}

/// What a browser keeps once it is signed in.
pub fn signed_in(secret: &Secret, public_url: &str) -> Cookie<'static> {
    cookie(SIGN_IN, secret.expose().to_owned(), Duration::milliseconds(SIGN_IN_MS), public_url)
}

/// What a reader's browser keeps of the zone they chose.
pub fn zone(name: &str, public_url: &str) -> Cookie<'static> {
    cookie(ZONE, name.to_owned(), Duration::days(ZONE_DAYS), public_url)
}

/// What a browser keeps of an address that its person confirmed: no address, and good for confirming only.
pub fn guest(proof: &str, public_url: &str) -> Cookie<'static> {
    cookie(GUEST, proof.to_owned(), Duration::milliseconds(PROOF_MS), public_url)
}

/// What a browser keeps of the page to come back to.
pub fn back(path: &str, public_url: &str) -> Cookie<'static> {
    cookie(BACK, path.to_owned(), Duration::minutes(BACK_MINUTES), public_url)
}

/// Makes a browser forget a cookie.
pub fn forget(name: &'static str, public_url: &str) -> Cookie<'static> {
    cookie(name, String::new(), Duration::ZERO, public_url)
}

/// A path of this house to go to, and nothing else: what a stranger's link or form says leads nowhere outside.
pub fn local_path(text: &str) -> Option<&str> {
    let is_local = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 1_000
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>' | b';'));
    is_local.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_house_are_gone_back_to() {
        for path in ["/", "/meetings?past=1", "/reschedule?r=abc"] {
            assert_eq!(local_path(path), Some(path));
        }
        for elsewhere in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
        {
            assert_eq!(local_path(elsewhere), None, "{elsewhere}");
        }
    }
}
