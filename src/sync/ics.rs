//! A feed: an iCalendar text at an address, read as a whole.

use futures_util::future::BoxFuture;

use super::extent::{Extent, extent};
use super::{Probed, Provider, failure, feed_found, reader, shown};
use crate::base::secret::sha256;
use crate::base::text;
use crate::base::time::{Timestamp, Zone};
use crate::base::{Error, Secret};
use crate::calendar::{Access, Due, Failure, Mark, Object, Objects, Problem, Reading, SourceKind};
use crate::itip::Refusal;
use crate::itip::feed::{self, Feed, Reader};
use crate::net::{Answer, Client, Request, Url};

/// The longest name of a calendar, in characters.
const NAME_MAX: usize = 100;

/// A feed.
#[derive(Clone)]
pub struct Ics {
    client: Client,
    url: Url,
}

impl Ics {
    /// The feed at `url`.
    pub fn new(client: &Client, url: Url) -> Self {
        Self { client: client.clone(), url }
    }

    /// Gets it, unless it is as `mark` says.
    async fn get(&self, mark: &Mark) -> Result<Answer, Failure> {
        let mut request = Request::new("GET", self.url.clone())
            .header("accept", "text/calendar, */*;q=0.5")
            .at_most(feed::BYTES_MAX);
        if let Some(etag) = &mark.etag {
            request = request.header("if-none-match", etag.clone());
        }
        if let Some(date) = &mark.last_modified {
            request = request.header("if-modified-since", date.clone());
        }
        Ok(self.client.send(request).await?)
    }

    async fn probed(&self) -> Result<Probed, Failure> {
        let answer = whole(self.get(&Mark::default()).await?)?;
        let name = name(&answer.body);
        // Whether it can be read; what is in it is read later.
        let epoch = Timestamp::from_ms(0);
        let body = answer.body;
        parsed(move || feed::read(&body, &Reader { me: &[], zone: Zone::UTC, from: epoch, to: epoch }))
            .await?;
        let access = Access { url: Secret::new(self.url.as_str()), username: None, password: None };
        let (kind, server) = (SourceKind::Ics, shown(&self.url));
        Ok(Probed { kind, server, access, found: vec![feed_found(name)] })
    }

    async fn reading(&self, due: &Due) -> Result<Reading, Failure> {
        let mark = &due.mark;
        let answer = self.get(mark).await?;
        if answer.status == 304 && (mark.etag.is_some() || mark.last_modified.is_some()) {
            return Ok(Reading { objects: Objects::Unchanged, mark: mark.clone() });
        }
        let answer = whole(answer)?;
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let content = Some(sha256(&answer.body));
        let is_same = content == mark.content;
        let next =
            Mark { etag: header("etag"), last_modified: header("last-modified"), content, ..Mark::default() };
        if is_same {
            return Ok(Reading { objects: Objects::Unchanged, mark: next });
        }
        let (body, due) = (answer.body, due.clone());
        let read = parsed(move || feed::read(&body, &reader(&due))).await?;
        let object = Object { href: String::new(), etag: String::new(), read: Ok(read), theirs: None };
        Ok(Reading { objects: Objects::Whole(vec![object]), mark: next })
    }
}

impl Provider for Ics {
    fn probe(&self) -> BoxFuture<'_, Result<Probed, Failure>> {
        Box::pin(self.probed())
    }

    fn read<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<Reading, Failure>> {
        Box::pin(self.reading(due))
    }
}

/// An answer that holds a calendar to its end.
fn whole(answer: Answer) -> Result<Answer, Failure> {
    if answer.status != 200 {
        return Err(failure::of_status(answer.status, answer.header("retry-after")));
    }
    match extent(&answer.body) {
        Extent::Whole => Ok(answer),
        Extent::Cut => Err(failure::of(Problem::Server, "the calendar ends in the middle")),
        Extent::None => Err(failure::of(Problem::NotACalendar, "this is no calendar")),
    }
}

/// Reads a calendar where nobody waits for it: that may take a while.
async fn parsed(read: impl FnOnce() -> Result<Feed, Refusal> + Send + 'static) -> Result<Feed, Failure> {
    let read = tokio::task::spawn_blocking(read).await.map_err(|panic| {
        tracing::error!(error = %Error::internal(panic), "a calendar could not be read");
        failure::of(Problem::NotACalendar, "it cannot be read")
    })?;
    read.map_err(|refusal| match refusal {
        Refusal::TooLarge | Refusal::TooManyLines | Refusal::TooManyComponents => {
            failure::of(Problem::TooLarge, &refusal.to_string())
        }
        _ => failure::of(Problem::NotACalendar, &refusal.to_string()),
    })
}

/// What its owner calls it (`NAME` of RFC 7986, 5.1, and the older `X-WR-CALNAME`); empty if it does not say.
fn name(body: &[u8]) -> String {
    let head =
        String::from_utf8_lossy(&body[..body.len().min(8 << 10)]).replace("\r\n ", "").replace("\n ", "");
    let lines = head.lines().take_while(|line| !line.eq_ignore_ascii_case("BEGIN:VEVENT"));
    let named = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.split(';').next().unwrap_or_default();
        (name.eq_ignore_ascii_case("NAME") || name.eq_ignore_ascii_case("X-WR-CALNAME")).then_some(value)
    });
    let name = named.last().unwrap_or_default();
    text::line(&name.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\"), NAME_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_called_as_its_owner_calls_it() {
        for (body, called) in [
            ("BEGIN:VCALENDAR\r\nX-WR-CALNAME:Ada\\, at wo\r\n rk\r\nBEGIN:VEVENT\r\n", "Ada, at work"),
            ("BEGIN:VCALENDAR\nNAME;LANGUAGE=en:Team\nBEGIN:VEVENT\nNAME:not this\n", "Team"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nX-WR-CALNAME:not this\n", ""),
        ] {
            assert_eq!(name(body.as_bytes()), called);
        }
    }
}
