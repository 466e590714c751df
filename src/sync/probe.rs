//! What calendars there are at an address that somebody gave.

use std::time::Duration;

use super::{CalDav, Ics, Provider, failure};
use crate::base::Secret;
use crate::base::text::Address;
use crate::calendar::{Access, Failure, Found, Problem, SourceKind};
use crate::net::{Client, Credentials, Url};

/// How long the hosts that DNS names may take, all together.
const NAMED: Duration = Duration::from_secs(20);

/// What somebody wants to be read.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A feed, by its address; `webcal:` is `https:`.
    Ics {
        /// A secret as well.
        url: Secret,
    },
    /// Calendars of a CalDAV server.
    CalDav {
        /// Any address of it: of the server, the principal, the home or a calendar, with or without `https://`; or a
        /// mail address, whose domain is asked.
        place: String,
        /// The name to sign in with; empty: the mail address, if one was given.
        username: String,
        /// The password, best one of an app's own.
        password: Secret,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// What it is read from.
    pub kind: SourceKind,
    /// The host, as it is shown.
    pub server: String,
    /// What lets us in: to be kept.
    pub access: Access,
    /// The calendars; at least one.
    pub found: Vec<Found>,
}

/// Looks what calendars there are. Outside any transaction; nothing is kept.
///
/// # Errors
/// A [`Failure`] with what is wrong, for whoever wants it.
pub async fn probe(client: &Client, wanted: &Wanted) -> Result<Probed, Failure> {
    match wanted {
        Wanted::Ics { url } => Ics::new(client, feed_url(url.expose())?).probe().await,
        Wanted::CalDav { place, username, password } => {
            let (url, own) = place_url(place)?;
            let domain = own.as_ref().and_then(|_| url.domain().map(str::to_owned));
            let user = if username.trim().is_empty() { own } else { Some(username.trim().to_owned()) };
            let credentials = user.map(|user| Credentials { user, password: password.clone() });
            match domain {
                Some(domain) => by_domain(client, &domain, url, credentials).await,
                None => CalDav::new(client, url, credentials).probe().await,
            }
        }
    }
}

/// Looks where DNS says that the calendars of a domain lie (RFC 6764, 6), else at the domain itself.
///
/// Without DNSSEC that is anybody's word, and the password would go there (section 8): so it is called over TLS alone, with
/// a certificate for the very host that was named, through the same guard as all; and its host is shown on the source's
/// page. A server that refuses the password is the last that is told it.
async fn by_domain(
    client: &Client,
    domain: &str,
    own: Url,
    credentials: Option<Credentials>,
) -> Result<Probed, Failure> {
    let named = async {
        let mut first = None;
        for url in client.services(&format!("_caldavs._tcp.{domain}")).await {
            match CalDav::new(client, url, credentials.clone()).probe().await {
                Err(failure) if failure.problem != Problem::Refused => {
                    first.get_or_insert(failure);
                }
                settled => return Some(settled),
            }
        }
        first.map(Err)
    };
    let named = tokio::time::timeout(NAMED, named).await.ok().flatten();
    let own = CalDav::new(client, own, credentials.clone());
    match named {
        Some(Err(failure)) if failure.problem != Problem::Refused => own.probe().await.map_err(|_| failure),
        Some(settled) => settled,
        None => own.probe().await,
    }
}

/// The address of a feed as it was given.
fn feed_url(given: &str) -> Result<Url, Failure> {
    let given = given.trim();
    let scheme = given.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    match scheme {
        Some((scheme, rest)) if matches!(scheme.as_str(), "webcal" | "webcals") => {
            failure::url(&format!("https:{rest}"))
        }
        _ => failure::url(given),
    }
}

/// Where to begin to look, and the name that comes with it.
fn place_url(given: &str) -> Result<(Url, Option<String>), Failure> {
    let given = given.trim();
    if let Some(address) = Address::parse(given) {
        let url = failure::url(&format!("https://{}/", address.domain()))?;
        return Ok((url, Some(given.to_owned())));
    }
    let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let mut url = failure::url(&url)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(failure::of(Problem::NotAllowed, "only http: and https: are called"));
    }
    url.set_fragment(None);
    Ok((url, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_feed_may_begin_with_webcal() {
        for (given, url) in [
            ("webcal://example.org/a.ics?k=1", Some("https://example.org/a.ics?k=1")),
            (" WEBCAL://example.org/a.ics\n", Some("https://example.org/a.ics")),
            ("http://example.org/a.ics", Some("http://example.org/a.ics")),
            ("example.org/a.ics", None),
            ("", None),
        ] {
            assert_eq!(feed_url(given).ok().as_ref().map(Url::as_str), url, "{given}");
        }
    }

    #[test]
    fn a_place_is_an_address_of_the_web_or_of_mail() {
        for (given, url, user) in [
            ("ada@example.org", "https://example.org/", Some("ada@example.org")),
            ("dav.example.org", "https://dav.example.org/", None),
            ("dav.example.org/cal/ada/", "https://dav.example.org/cal/ada/", None),
            ("http://10.0.0.7:5232/", "http://10.0.0.7:5232/", None),
            ("https://example.org/cal#x", "https://example.org/cal", None),
        ] {
            let (found, own) = place_url(given).unwrap();
            assert_eq!((found.as_str(), own.as_deref()), (url, user), "{given}");
        }
        assert!(place_url("ftp://example.org/").is_err());
        assert!(place_url("https://").is_err());
    }
}
