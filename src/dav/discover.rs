//! From an address that somebody gave to their calendars (RFC 6764, RFC 5397, RFC 4791, 6.2).
//!
//! Any address will do: the server's, a principal's, a home's, a calendar's. What was given is looked at first;
//! then whatever `/.well-known/caldav` leads to, then the root. Calendars right there are taken as they are; else the
//! way is by the principal and the home set.
//!
//! It does not know where an address comes from: what DNS says of a domain (RFC 6764, 3) is asked before.

use super::fault::Fault;
use super::href::last_name;
use super::multistatus::{Multistatus, Response, trimmed};
use super::{listed, question};
use crate::base::text;
use crate::net::{Answer, Client, Credentials, Url};

/// Where calendars lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Their home, or the calendar itself where nothing else was found: all of them lie on its origin.
    pub url: Url,
    /// In the server's order; at least one.
    pub calendars: Vec<Collection>,
}

/// A calendar that holds events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its path, in the one spelling.
    pub path: String,
    /// What its owner calls it.
    pub name: String,
    /// Whether its reader may write there.
    pub writable: bool,
}

/// The most calendars that are told of.
const CALENDARS_MAX: usize = 200;
/// The longest name, in characters.
const NAME_MAX: usize = 100;
/// How often a server may send on to a kin of it within one question.
const HOPS_MAX: u32 = 3;
/// The most homes that are looked into.
const HOMES_MAX: usize = 5;

const PROPERTIES: &str = "<propfind xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop><resourcetype/>\
    <displayname/><current-user-principal/><current-user-privilege-set/><C:calendar-home-set/>\
    <C:supported-calendar-component-set/></prop></propfind>";

/// Finds the calendars that `start` leads to.
///
/// # Errors
/// A [`Fault`]: [`Fault::NotCalendar`] if everything was looked at and no calendar found; [`Fault::Refused`] at the
/// first word that name and password are wrong, since servers shut out whoever tries again.
pub async fn discover(
    client: &Client,
    start: &Url,
    credentials: Option<&Credentials>,
) -> Result<Place, Fault> {
    let walk = Walk { client, credentials, start };
    let mut first_fault = None;
    for candidate in candidates(start) {
        match walk.look(candidate).await {
            Ok(Some(place)) => return Ok(place),
            Ok(None) => {}
            Err(Stop::All(fault)) => return Err(fault),
            Err(Stop::Here(fault)) => {
                first_fault.get_or_insert(fault);
            }
        }
    }
    match first_fault {
        Some(Fault::Refused) => Err(Fault::Refused),
        _ => Err(Fault::NotCalendar),
    }
}

/// What is looked at, in this order.
fn candidates(start: &Url) -> Vec<Url> {
    let mut found: Vec<Url> = Vec::new();
    let is_root = matches!(start.path(), "" | "/");
    let given = (!is_root).then(|| start.clone());
    let others = ["/.well-known/caldav", "/"].into_iter().filter_map(|path| start.join(path).ok());
    for url in given.into_iter().chain(others) {
        if !found.iter().any(|known| known.path() == url.path()) {
            found.push(url);
        }
    }
    found
}

/// Whether the password for `from` may go to `to` as well, where `from`'s server says so: the same host, or one of the
/// same owner's, and encrypted. An owner's hosts share all but the first label (`caldav.example.org` and
/// `p7.example.org`), or lie beneath the other (`example.org` and `dav.example.org`).
fn is_kin(from: &Url, to: &Url) -> bool {
    if from.origin() == to.origin() {
        return true;
    }
    let (Some(from_name), Some(to_name)) = (from.domain(), to.domain()) else { return false };
    let beneath =
        |name: &str, parent: &str| name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    let parent = from_name.split_once('.').map(|(_, parent)| parent).filter(|parent| parent.contains('.'));
    let is_owners = from_name == to_name
        || beneath(to_name, from_name)
        || parent.is_some_and(|parent| beneath(to_name, parent));
    to.scheme() == "https" && is_owners
}

/// Why a look ended.
enum Stop {
    /// There is nothing more to be tried.
    All(Fault),
    /// Elsewhere may be better.
    Here(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        if fault.is_final() { Self::All(fault) } else { Self::Here(fault) }
    }
}

struct Walk<'a> {
    client: &'a Client,
    credentials: Option<&'a Credentials>,
    start: &'a Url,
}

impl Walk<'_> {
    /// What `url` leads to.
    async fn look(&self, url: Url) -> Result<Option<Place>, Stop> {
        let (url, found) = self.propfind(url, "0").await?;
        let found = found.of(url.path()).unwrap_or_default();
        if let Some(calendar) = calendar(&found) {
            return Ok(Some(Place { url, calendars: vec![calendar] }));
        }
        if found.has.is_collection {
            // Some servers list nothing here, and say so by a refusal.
            match self.calendars_at(url.clone()).await {
                Ok(None) | Err(Stop::Here(_)) => {}
                settled => return settled,
            }
        }
        let mut homes = found.has.homes;
        if homes.is_empty()
            && let Some(principal) = found.has.principal.filter(|principal| is_kin(self.start, principal))
        {
            let (url, found) = self.propfind(principal, "0").await?;
            homes = found.of(url.path()).unwrap_or_default().has.homes;
        }
        for home in homes.into_iter().filter(|home| is_kin(self.start, home)).take(HOMES_MAX) {
            if let Some(place) = self.calendars_at(home).await? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The calendars right beneath `url`.
    async fn calendars_at(&self, url: Url) -> Result<Option<Place>, Stop> {
        let (url, found) = self.propfind(url, "1").await?;
        let calendars: Vec<_> = found.responses.iter().filter_map(calendar).take(CALENDARS_MAX).collect();
        Ok((!calendars.is_empty()).then_some(Place { url, calendars }))
    }

    /// Asks for the properties, following where the server sends on to, with the password where that is kin.
    async fn propfind(&self, mut url: Url, depth: &str) -> Result<(Url, Multistatus), Stop> {
        let mut hops = 0;
        loop {
            let answer = self.ask(url.clone(), depth).await?;
            let is_elsewhere = answer.url.origin() != url.origin();
            if answer.status == 401 && is_elsewhere && is_kin(self.start, &answer.url) && hops < HOPS_MAX {
                // The redirect was followed without the password: here it may be given.
                hops += 1;
                url = answer.url;
                continue;
            }
            if answer.status == 401 {
                return Err(Stop::All(Fault::Refused));
            }
            let found = listed(&answer)?;
            return Ok((answer.url, found));
        }
    }

    async fn ask(&self, url: Url, depth: &str) -> Result<Answer, Stop> {
        let credentials = self.credentials.filter(|_| is_kin(self.start, &url));
        let request = question("PROPFIND", url, depth, PROPERTIES).credentials(credentials);
        self.client.send(request).await.map_err(|fault| Stop::from(Fault::Net(fault)))
    }
}

/// A response as a calendar, if it is one and holds events.
fn calendar(found: &Response) -> Option<Collection> {
    let has = &found.has;
    let holds_events = has.components.as_ref().is_none_or(|names| names.iter().any(|name| name == "VEVENT"));
    if !(has.is_calendar && holds_events) {
        return None;
    }
    let name = has.name.clone().unwrap_or_else(|| last_name(trimmed(&found.path)));
    let name = text::line(&name, NAME_MAX);
    Some(Collection { path: found.path.clone(), name, writable: has.may_write.unwrap_or(true) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_password_goes_to_the_same_owners_hosts_only() {
        for (from, to, kin) in [
            ("https://caldav.example.org/", "https://caldav.example.org/x", true),
            ("https://caldav.example.org/", "https://p7-caldav.example.org/", true),
            ("https://example.org/", "https://dav.example.org/", true),
            ("http://example.org/", "https://example.org/", true),
            ("http://10.0.0.7:5232/", "http://10.0.0.7:5232/ada/", true),
            ("https://caldav.example.org/", "http://caldav.example.org/", false),
            ("https://caldav.example.org/", "https://example.com/", false),
            ("https://example.org/", "https://example.com/", false),
            ("https://example.org/", "https://notexample.org/", false),
            ("https://caldav.example.org/", "https://evilexample.org/", false),
            ("https://example.org/", "https://org/", false),
            ("http://10.0.0.7/", "https://10.0.0.8/", false),
        ] {
            assert_eq!(is_kin(&url(from), &url(to)), kin, "{from} {to}");
        }
    }

    #[test]
    fn what_was_given_is_looked_at_first_and_nothing_twice() {
        let paths =
            |start: &str| candidates(&url(start)).iter().map(|url| url.path().to_owned()).collect::<Vec<_>>();
        assert_eq!(paths("https://example.org"), ["/.well-known/caldav", "/"]);
        assert_eq!(paths("https://example.org/.well-known/caldav"), ["/.well-known/caldav", "/"]);
        assert_eq!(paths("https://example.org/dav/ada/"), ["/dav/ada/", "/.well-known/caldav", "/"]);
    }
}
