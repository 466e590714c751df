//! What has changed in a calendar: by `sync-collection` (RFC 6578) where the server has it, else by `getctag` and ETags.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::multistatus::{Multistatus, names_condition, trimmed};
use super::{Session, listed, question, xml};

/// How far a calendar was seen, for the next time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Of `sync-collection`.
    pub sync_token: Option<String>,
    /// Of servers without it.
    pub ctag: Option<String>,
}

/// What has changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The paths of objects that are new or others than before, with their ETags (empty where there is none).
    pub changed: Vec<(String, String)>,
    /// Of those that are there no more.
    pub gone: Vec<String>,
    /// How far it was seen now.
    pub seen: Seen,
}

/// The most objects of a calendar.
const OBJECTS_MAX: usize = 50_000;
/// The most pages of one answer.
const PAGES_MAX: usize = 1_000;

const STATE: &str = "<propfind xmlns=\"DAV:\" xmlns:S=\"http://calendarserver.org/ns/\"><prop><resourcetype/>\
    <supported-report-set/><S:getctag/></prop></propfind>";
const LIST: &str = "<propfind xmlns=\"DAV:\"><prop><resourcetype/><getetag/></prop></propfind>";

/// Everything up to some page.
#[derive(Default)]
struct Pages {
    /// By path: the ETag, or `None` where it is gone. A later page knows better.
    objects: BTreeMap<String, Option<String>>,
    token: String,
}

/// What became of a question with a token.
enum Synced {
    To(Pages),
    /// The token is not known any more.
    Forgotten,
    /// The server does not do this.
    Unknown,
}

impl Session {
    /// What has changed in the calendar `path` since it was `seen`, when it had the objects `known`, with their ETags.
    ///
    /// Where the server has forgotten the token, everything is compared with what is known: nothing is fetched twice.
    pub async fn changes(
        &self,
        path: &str,
        seen: &Seen,
        known: &BTreeMap<String, String>,
    ) -> Result<Changes, Fault> {
        if let Some(token) = &seen.sync_token
            && let Synced::To(pages) = self.sync(path, token).await?
        {
            return Ok(since(pages, known));
        }
        let state = self.ask("PROPFIND", path, "0", STATE).await?.of(path).ok_or(Fault::NotFound)?;
        if !state.has.is_calendar {
            return Err(Fault::NotCalendar);
        }
        if state.has.syncs
            && let Synced::To(pages) = self.sync(path, "").await?
        {
            return Ok(against(pages, known));
        }
        let ctag = state.has.ctag;
        let seen_now = Seen { sync_token: None, ctag: ctag.clone() };
        if ctag.is_some() && ctag == seen.ctag && seen.sync_token.is_none() {
            return Ok(Changes { seen: seen_now, ..Changes::default() });
        }
        let mut pages = Pages::default();
        pages.take(self.ask("PROPFIND", path, "1", LIST).await?, path)?;
        Ok(Changes { seen: seen_now, ..against(pages, known) })
    }

    /// `sync-collection` from `token` on, page by page; from the beginning, if it is empty.
    async fn sync(&self, path: &str, token: &str) -> Result<Synced, Fault> {
        let mut pages = Pages { token: token.to_owned(), ..Pages::default() };
        for _ in 0..PAGES_MAX {
            let body = format!(
                "<sync-collection xmlns=\"DAV:\"><sync-token>{}</sync-token><sync-level>1</sync-level>\
                 <prop><resourcetype/><getetag/></prop></sync-collection>",
                xml::escaped(&pages.token)
            );
            let answer = self.send(question("REPORT", self.url(path)?, "0", &body)).await?;
            if names_condition(&answer.body, "valid-sync-token") && answer.status != 207 {
                return Ok(Synced::Forgotten);
            }
            match answer.status {
                207 => {}
                // Of a server that does not name the condition.
                400 | 409 | 410 | 412 if !pages.token.is_empty() => return Ok(Synced::Forgotten),
                400 | 405 | 409 | 412 | 415 | 422 | 501 => return Ok(Synced::Unknown),
                _ => return Err(Fault::of(&answer)),
            }
            let page = listed(&answer)?;
            let next = page.sync_token.clone().filter(|next| !next.is_empty());
            let next = next.ok_or_else(|| Fault::Server("the server gives no sync-token".to_owned()))?;
            if !pages.take(page, path)? {
                pages.token = next;
                return Ok(Synced::To(pages));
            }
            if pages.token == next {
                break;
            }
            pages.token = next;
        }
        Err(Fault::Server("the server never comes to the end of its list".to_owned()))
    }
}

impl Pages {
    /// Takes a page in; says whether another one follows: the collection itself is said to be too much (507).
    fn take(&mut self, page: Multistatus, path: &str) -> Result<bool, Fault> {
        let mut goes_on = false;
        for response in page.responses {
            if trimmed(&response.path) == trimmed(path) {
                goes_on |= response.status == Some(507);
                continue;
            }
            let is_gone = matches!(response.status, Some(404 | 410));
            let is_object = !response.has.is_collection && !response.path.ends_with('/');
            if is_gone {
                self.objects.insert(response.path, None);
            } else if is_object && response.status.is_none_or(|code| (200..300).contains(&code)) {
                self.objects.insert(response.path, Some(response.has.etag.unwrap_or_default()));
            }
        }
        if self.objects.len() > OBJECTS_MAX {
            return Err(Fault::Net(crate::net::Fault::TooLarge(super::LIST_BYTES_MAX)));
        }
        Ok(goes_on)
    }
}

/// What is new, as the server says. What it says without need (the same ETag) is not.
fn since(pages: Pages, known: &BTreeMap<String, String>) -> Changes {
    let mut changes = Changes { seen: token(pages.token), ..Changes::default() };
    for (path, etag) in pages.objects {
        match etag {
            Some(etag) if !is_known(known, &path, &etag) => changes.changed.push((path, etag)),
            None if known.contains_key(&path) => changes.gone.push(path),
            _ => {}
        }
    }
    changes
}

/// What is new, compared with what was known: what is not listed is gone.
fn against(pages: Pages, known: &BTreeMap<String, String>) -> Changes {
    let gone = known.keys().filter(|path| !matches!(pages.objects.get(*path), Some(Some(_))));
    let gone = gone.cloned().collect();
    Changes { gone, ..since(pages, known) }
}

fn token(token: String) -> Seen {
    Seen { sync_token: Some(token), ctag: None }
}

fn is_known(known: &BTreeMap<String, String>, path: &str, etag: &str) -> bool {
    !etag.is_empty() && known.get(path).is_some_and(|known| known == etag)
}
