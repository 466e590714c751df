//! What protects a reader's browser: the headers of every page, and the check that a form came from a page of ours.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

/// What pages may load: their own stylesheet, script and pictures, and nothing from anywhere else.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// Adds the headers that a response has not set for itself. Nothing of a page is kept by anybody, and only
/// the front page may be found by a search.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let is_front = request.path() == "/";
    let mut response = next.call(request).await?;
    protect(response.headers_mut(), is_front);
    Ok(response)
}

/// Adds the headers that are not set yet.
pub fn protect(headers: &mut HeaderMap, is_front: bool) {
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    for (name, value) in HEADERS {
        add(name, value);
    }
    add(header::CACHE_CONTROL, "no-store");
    if !is_front {
        add(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    }
}

/// Whether a form was sent by a page of this house, as far as the browser says (Fetch Metadata, then Origin).
///
/// Programs send neither and are let through: what they could do with it needs the secret in the address, or
/// the form token. `Origin: null` says nothing: our own pages send it, for they give no referrer away.
pub fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin").filter(|origin| *origin != "null") else { return true };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    origin == public_url || text("host").is_some_and(|own| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::is_from_here;
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_says() {
        let cases: &[(&[(&'static str, &'static str)], bool)] = &[
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://meet.example.org")], false),
            (&[("origin", "null")], true),
            (&[("origin", "https://meet.example.org")], true),
            (&[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "meet.example.org")], false),
        ];
        for (given, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *given {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(is_from_here(&headers, "https://meet.example.org"), *expected, "{given:?}");
        }
    }
}
