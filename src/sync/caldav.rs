//! Calendars of a CalDAV server: what has changed since is fetched and read, object by object.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::extent::{Extent, extent};
use super::{Probed, Provider, failure, reader, shown, write};
use crate::base::{Error, Secret};
use crate::calendar::{
    Access, Due, Failure, Fault, Found, Mark, Object, Objects, Problem, Reading, SourceKind,
};
use crate::dav::{self, BATCH, Delivered, Fetched, Seen, Session};
use crate::itip::feed;
use crate::net::{Client, Credentials, Url};

/// The most intervals that one reading may bring: more would not be taken in, and need not be held.
const INTERVALS_MAX: usize = 500_000;

/// A CalDAV server, as one of its users.
#[derive(Clone)]
pub struct CalDav {
    client: Client,
    url: Url,
    credentials: Option<Credentials>,
}

impl CalDav {
    /// The server of `url`.
    pub fn new(client: &Client, url: Url, credentials: Option<Credentials>) -> Self {
        Self { client: client.clone(), url, credentials }
    }

    async fn probed(&self) -> Result<Probed, Failure> {
        let place = dav::discover(&self.client, &self.url, self.credentials.as_ref()).await?;
        let calendars = place.calendars.into_iter();
        let found =
            calendars.map(|it| Found { name: it.name, path: it.path, writable: it.writable }).collect();
        let access = Access {
            url: Secret::new(place.url.as_str()),
            username: self.credentials.as_ref().map(|it| it.user.clone()),
            password: self.credentials.as_ref().map(|it| it.password.clone()),
        };
        Ok(Probed { kind: SourceKind::CalDav, server: shown(&place.url), access, found })
    }

    async fn reading(&self, due: &Due) -> Result<Reading, Failure> {
        let session = Session::new(&self.client, self.url.clone(), self.credentials.clone());
        let seen = Seen { sync_token: due.mark.sync_token.clone(), ctag: due.mark.ctag.clone() };
        let changes = session.changes(&due.path, &seen, &due.objects).await?;
        let mark = Mark { sync_token: changes.seen.sync_token, ctag: changes.seen.ctag, ..Mark::default() };
        let mut wanted = with_missing(changes.changed, &changes.gone, &due.objects);
        let gone = confirm(&mut wanted, changes.gone, due);
        // A calendar that is empty has not changed either; but that there is nothing in it must be learnt once.
        if wanted.is_empty() && gone.is_empty() && due.mark != Mark::default() {
            return Ok(Reading { objects: Objects::Unchanged, mark });
        }
        let mut taken = Taken { gone, ..Taken::default() };
        for batch in wanted.chunks(BATCH) {
            let paths: Vec<String> = batch.iter().map(|(path, _)| path.clone()).collect();
            let fetched = session.fetch(&due.path, &paths).await?;
            let listed = batch.iter().map(|(_, etag)| etag.clone());
            taken.take(fetched.into_iter().zip(listed).collect(), due).await?;
        }
        let objects = Objects::Changes { changed: taken.changed, gone: taken.gone };
        Ok(Reading { objects, mark })
    }
}

impl Provider for CalDav {
    fn probe(&self) -> BoxFuture<'_, Result<Probed, Failure>> {
        Box::pin(self.probed())
    }

    fn read<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<Reading, Failure>> {
        Box::pin(self.reading(due))
    }
}

/// What has changed, and some of those that did not come before: they are known without an ETag, and nobody will say
/// that they have changed.
fn with_missing(
    mut changed: Vec<(String, String)>,
    gone: &[String],
    known: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let missing = known.iter().filter(|(path, etag)| {
        etag.is_empty() && !gone.contains(path) && !changed.iter().any(|(other, _)| other == *path)
    });
    let missing: Vec<_> = missing.take(BATCH).map(|(path, etag)| (path.clone(), etag.clone())).collect();
    changed.extend(missing);
    changed
}

/// Has those of the house's own events asked for by name that are said to be gone, or that no list has told of: that one of them is
/// gone means that somebody declines, and is believed only where the server says so of that very object. Gives the rest of `gone`.
fn confirm(wanted: &mut Vec<(String, String)>, gone: Vec<String>, due: &Due) -> Vec<String> {
    let (ours, gone): (Vec<String>, Vec<String>) =
        gone.into_iter().partition(|path| due.ours.contains_key(path));
    let untold = due.ours.keys().filter(|path| !due.objects.contains_key(*path));
    for path in ours.iter().chain(untold) {
        if !wanted.iter().any(|(other, _)| other == path) {
            wanted.push((path.clone(), String::new()));
        }
    }
    gone
}

/// What a reading has brought so far.
#[derive(Default)]
struct Taken {
    changed: Vec<Object>,
    gone: Vec<String>,
    intervals: usize,
}

impl Taken {
    /// Reads a batch, each object with the ETag that the list gave.
    async fn take(&mut self, batch: Vec<(Fetched, String)>, due: &Due) -> Result<(), Failure> {
        let due = due.clone();
        let read = move || -> Vec<Result<Object, String>> {
            batch.into_iter().map(|(fetched, listed)| object(fetched, listed, &due)).collect()
        };
        let read = tokio::task::spawn_blocking(read).await.map_err(|panic| {
            tracing::error!(error = %Error::internal(panic), "a calendar could not be read");
            failure::of(Problem::NotACalendar, "an event cannot be read")
        })?;
        for one in read {
            match one {
                Ok(object) => {
                    let events = object.read.iter().flat_map(|feed| &feed.events);
                    self.intervals += events.map(|event| event.intervals.len()).sum::<usize>();
                    self.changed.push(object);
                }
                Err(path) => self.gone.push(path),
            }
        }
        if self.intervals > INTERVALS_MAX {
            return Err(failure::of(Problem::TooLarge, "it has more events than are read"));
        }
        Ok(())
    }
}

/// One object, read; or its path, if it has gone meanwhile. What is wrong with it is a fault of it alone.
fn object(fetched: Fetched, listed: String, due: &Due) -> Result<Object, String> {
    let Fetched { path, delivered } = fetched;
    let fault = |code: &str, words: String| Fault { uid: name(&path), line: 0, code: code.to_owned(), words };
    let mut theirs = None;
    let (read, etag) = match delivered {
        Delivered::Gone => return Err(path),
        Delivered::Not(why) => (Err(fault("feed.not-delivered", why.to_owned())), String::new()),
        Delivered::Text(text, _) if extent(&text) == Extent::Cut => {
            (Err(fault("feed.not-delivered", "it ends in the middle".to_owned())), String::new())
        }
        Delivered::Text(text, etag) => {
            let (read, etag) = (feed::read(&text, &reader(due)), etag.unwrap_or(listed));
            if due.ours.contains_key(&path) {
                theirs = write::theirs(&text, etag.clone(), &due.me, due.zone);
            }
            (read.map_err(|refusal| fault(refusal.code(), refusal.to_string())), etag)
        }
    };
    Ok(Object { href: path, etag, read, theirs })
}

/// The name of an object, for whoever is to find it.
fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
