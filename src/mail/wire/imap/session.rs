//! A session with a mailbox: one command at a time, each answer read to its tagged end.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use async_imap::Session;
use async_imap::imap_proto::{
    AttributeValue, Capability, MailboxDatum, NameAttribute, Response, ResponseCode, Status,
};
use chrono::NaiveDate;
use tokio::time::{Instant, sleep, timeout};

use super::super::tls::Stream;
use super::read::{self, Listed};
use super::{Batch, Fetched, Folder, ImapError, ImapSettings, KEYWORD, Woken};

/// IDLE is ended and begun again after so long at most (RFC 2177 asks for less than 29 minutes).
const IDLE_MAX: Duration = Duration::from_mins(25);

/// A mailbox that is open, until it is dropped.
#[derive(Debug)]
pub struct ImapSession {
    session: Session<Stream>,
    settings: ImapSettings,
    /// In upper case.
    capabilities: HashSet<String>,
    selected: Option<Folder>,
    /// Whether the server spoke of new messages since they were last searched for.
    news: bool,
    /// Messages in the selected folder, as last heard.
    exists: u32,
}

impl ImapSession {
    pub(super) async fn begin(session: Session<Stream>, settings: ImapSettings) -> Result<Self, ImapError> {
        let capabilities = HashSet::new();
        let mut this = Self { session, settings, capabilities, selected: None, news: false, exists: 0 };
        let mut found = HashSet::new();
        this.command("CAPABILITY", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                found.extend(list.iter().map(|one| match one {
                    Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                    Capability::Auth(how) => format!("AUTH={how}").to_ascii_uppercase(),
                    Capability::Atom(name) => name.to_ascii_uppercase(),
                }));
            }
        })
        .await?;
        this.capabilities = found;
        Ok(this)
    }

    /// Whether the server pushes.
    pub fn can_idle(&self) -> bool {
        self.capabilities.contains("IDLE")
    }

    /// The server's name for a folder as it is configured: `\Junk` and other special uses (RFC 6154) are
    /// looked up, by attribute and else by a usual name; any other name is spelled as IMAP wants it.
    /// `None` if there is no folder for that use.
    pub async fn resolve(&mut self, wanted: &str) -> Result<Option<String>, ImapError> {
        let Some(special) = wanted.strip_prefix('\\') else {
            return Ok(Some(read::spelled(wanted)));
        };
        let special = special.to_ascii_lowercase();
        let mut folders = self.list("LIST \"\" \"*\"").await?;
        let marked = folders.iter().any(|folder| folder.uses.contains(&special));
        if !marked && self.capabilities.contains("SPECIAL-USE") {
            // Some servers show special uses only when asked for them (RFC 6154, 3).
            match self.list("LIST (SPECIAL-USE) \"\" \"*\"").await {
                Ok(found) => folders.extend(found),
                Err(ImapError::Refused { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(read::find_special(&folders, &special))
    }

    async fn list(&mut self, command: &str) -> Result<Vec<Listed>, ImapError> {
        let mut folders = Vec::new();
        self.command("LIST", command, |response| {
            if let Response::MailboxData(MailboxDatum::List(folder)) = response {
                folders.push(Listed {
                    name: folder.name.to_string(),
                    delimiter: folder.delimiter.as_deref().map(str::to_owned),
                    uses: folder.name_attributes.iter().map(read::special_use).collect(),
                    selectable: !folder.name_attributes.contains(&NameAttribute::NoSelect),
                });
            }
        })
        .await?;
        Ok(folders)
    }

    /// Opens a folder by the server's name for it.
    pub async fn select(&mut self, folder: &str) -> Result<Folder, ImapError> {
        let refused = |text: &str| ImapError::Refused { what: "SELECT", text: text.to_owned() };
        let name = read::quoted(folder).ok_or_else(|| refused("this is no folder's name"))?;
        self.selected = None;
        self.news = false;
        let mut opened =
            Folder { name: folder.to_owned(), uid_validity: 0, uid_next: None, exists: 0, can_mark: false };
        let mut read_only = false;
        self.command("SELECT", &format!("SELECT {name}"), |response| match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => opened.exists = *count,
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => match &outcome.code {
                Some(ResponseCode::UidValidity(value)) => opened.uid_validity = *value,
                Some(ResponseCode::UidNext(value)) => opened.uid_next = Some(*value),
                Some(ResponseCode::PermanentFlags(flags)) => {
                    opened.can_mark =
                        flags.iter().any(|flag| flag == "\\*" || flag.eq_ignore_ascii_case(KEYWORD));
                }
                Some(ResponseCode::ReadOnly) => read_only = true,
                _ => {}
            },
            _ => {}
        })
        .await?;
        opened.can_mark &= !read_only;
        self.exists = opened.exists;
        self.news = false;
        self.selected = Some(opened.clone());
        Ok(opened)
    }

    /// The UIDs above `after`, rising.
    pub async fn uids_after(&mut self, after: u32) -> Result<Vec<u32>, ImapError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        // `n:*` always holds the last message, even if its UID is below n (RFC 3501, 6.4.8).
        let uids = self.search(&format!("UID SEARCH UID {first}:*")).await?;
        Ok(uids.into_iter().filter(|uid| *uid > after).collect())
    }

    /// The UIDs of messages that came on `date` or later by the server's calendar, rising.
    pub async fn uids_since(&mut self, date: NaiveDate) -> Result<Vec<u32>, ImapError> {
        self.search(&format!("UID SEARCH SINCE {}", read::search_date(date))).await
    }

    async fn search(&mut self, command: &str) -> Result<Vec<u32>, ImapError> {
        self.news = false;
        let mut uids = BTreeSet::new();
        self.command("SEARCH", command, |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                uids.extend(found.iter().copied());
            }
        })
        .await?;
        Ok(uids.into_iter().collect())
    }

    /// Fetches as many of `uids` (rising) as one batch holds, from the front. Messages over the size limit
    /// are reported without their bytes. Nothing is marked as read (BODY.PEEK).
    pub async fn fetch(&mut self, uids: &[u32]) -> Result<Batch, ImapError> {
        let asked = &uids[..uids.len().min(self.settings.batch_messages.max(1))];
        if asked.is_empty() {
            return Ok(Batch::default());
        }
        let heads = self.fetch_set(asked, "(UID RFC822.SIZE INTERNALDATE)").await?;
        let (limit, room) = (self.settings.message_bytes_max, self.settings.batch_bytes);
        let (mut bytes, mut done) = (0_u64, 0);
        let mut wanted = Vec::new();
        for uid in asked {
            if let Some(head) = heads.get(uid).filter(|head| head.size <= limit) {
                bytes += u64::from(head.size);
                if bytes > room && !wanted.is_empty() {
                    break;
                }
                wanted.push(*uid);
            }
            done += 1;
        }
        let mut bodies = if wanted.is_empty() {
            BTreeMap::new()
        } else {
            self.fetch_set(&wanted, "(UID BODY.PEEK[])").await?
        };
        let messages = asked[..done]
            .iter()
            .filter_map(|uid| {
                let mut head = heads.get(uid)?.clone();
                if head.size <= limit {
                    // No bytes: it was deleted between the two commands.
                    head.raw = Some(bodies.remove(uid)?.raw?);
                }
                Some(head)
            })
            .collect();
        Ok(Batch { messages, done })
    }

    /// The messages above `after`, one batch of them, and whether there are more.
    pub async fn fetch_since(&mut self, after: u32) -> Result<(Batch, bool), ImapError> {
        let uids = self.uids_after(after).await?;
        let batch = self.fetch(&uids).await?;
        let more = batch.done < uids.len();
        Ok((batch, more))
    }

    async fn fetch_set(&mut self, uids: &[u32], what: &str) -> Result<BTreeMap<u32, Fetched>, ImapError> {
        let mut found = BTreeMap::new();
        let command = format!("UID FETCH {} {what}", read::uid_set(uids));
        self.command("FETCH", &command, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let mut one = Fetched { uid: 0, arrived: None, size: 0, raw: None };
            let mut is_ours = false;
            for attribute in attributes {
                match attribute {
                    AttributeValue::Uid(uid) => one.uid = *uid,
                    AttributeValue::Rfc822Size(size) => (one.size, is_ours) = (*size, true),
                    AttributeValue::InternalDate(date) => one.arrived = read::internal_date(date),
                    AttributeValue::BodySection { section: None, data: Some(data), .. }
                    | AttributeValue::Rfc822(Some(data)) => {
                        (one.raw, is_ours) = (Some(data.to_vec()), true);
                    }
                    _ => {}
                }
            }
            // Flags that change elsewhere are told as FETCH too, and a message may be told twice.
            if is_ours && uids.binary_search(&one.uid).is_ok() {
                found.entry(one.uid).or_insert(one);
            }
        })
        .await?;
        Ok(found)
    }

    /// Sets [`KEYWORD`] on messages, where the folder allows it; says whether it did.
    pub async fn mark(&mut self, uids: &[u32]) -> Result<bool, ImapError> {
        if uids.is_empty() || !self.selected.as_ref().is_some_and(|folder| folder.can_mark) {
            return Ok(false);
        }
        let command = format!("UID STORE {} +FLAGS.SILENT ({KEYWORD})", read::uid_set(uids));
        match self.command("STORE", &command, |_| {}).await {
            Ok(()) => Ok(true),
            Err(ImapError::Refused { .. }) => Ok(false),
            Err(why) => Err(why),
        }
    }

    /// Waits for new messages in the selected folder for at most `at_most`: by IDLE where the server has it
    /// and `push` is set, else by asking once when `poll` (or `at_most`, if that is less) is over.
    pub async fn wait(&mut self, at_most: Duration, poll: Duration, push: bool) -> Result<Woken, ImapError> {
        if !self.news {
            if push && self.can_idle() {
                self.idle(at_most.min(IDLE_MAX)).await?;
            } else {
                sleep(at_most.min(poll)).await;
                self.command("NOOP", "NOOP", |_| {}).await?;
            }
        }
        Ok(if self.news { Woken::News } else { Woken::Quiet })
    }

    async fn idle(&mut self, at_most: Duration) -> Result<(), ImapError> {
        let limit = self.settings.reply_timeout;
        let tag = timeout(limit, self.session.run_command("IDLE"))
            .await
            .map_err(|_| ImapError::Timeout(limit.as_secs()))?
            .map_err(|why| ImapError::Lost(why.to_string()))?;
        let mut started = false;
        let until = Instant::now() + at_most;
        while !self.news {
            let left = until.saturating_duration_since(Instant::now());
            let patience = if started { left } else { limit };
            let response = match timeout(patience, self.session.read_response()).await {
                Err(_) if started => break,
                Err(_) => return Err(ImapError::Timeout(limit.as_secs())),
                Ok(response) => arrived(response)?,
            };
            match response.parsed() {
                Response::Continue { .. } => started = true,
                Response::Done { tag: ended, status, outcome, .. } if *ended == tag => {
                    return finished("IDLE", status, outcome.information.as_deref());
                }
                response => self.overhear(response)?,
            }
        }
        timeout(limit, self.session.run_command_untagged("DONE"))
            .await
            .map_err(|_| ImapError::Timeout(limit.as_secs()))?
            .map_err(|why| ImapError::Lost(why.to_string()))?;
        self.read_to_end(&tag, "IDLE", |_| {}).await
    }

    /// Says goodbye; waits two seconds for the answer at most.
    pub async fn logout(mut self) {
        // Whatever it answers, this end of the connection is gone with `self`.
        drop(timeout(Duration::from_secs(2), self.command("LOGOUT", "LOGOUT", |_| {})).await);
    }

    /// Sends a command and reads to its tagged answer. `what` names it in errors.
    async fn command(
        &mut self,
        what: &'static str,
        command: &str,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        let limit = self.settings.reply_timeout;
        let tag = timeout(limit, self.session.run_command(command))
            .await
            .map_err(|_| ImapError::Timeout(limit.as_secs()))?
            .map_err(|why| ImapError::Lost(why.to_string()))?;
        self.read_to_end(&tag, what, each).await
    }

    async fn read_to_end(
        &mut self,
        tag: &async_imap::imap_proto::RequestId,
        what: &'static str,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        let limit = self.settings.reply_timeout;
        loop {
            let response = timeout(limit, self.session.read_response()).await;
            let response = arrived(response.map_err(|_| ImapError::Timeout(limit.as_secs()))?)?;
            let parsed = response.parsed();
            each(parsed);
            match parsed {
                Response::Done { tag: ended, status, outcome, .. } if ended == tag => {
                    return finished(what, status, outcome.information.as_deref());
                }
                parsed => self.overhear(parsed)?,
            }
        }
    }

    /// What the server says of its own accord.
    fn overhear(&mut self, response: &Response<'_>) -> Result<(), ImapError> {
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            Response::Data { status: Status::Bye, outcome } if self.selected.is_some() => {
                return Err(ImapError::Lost(outcome.information.as_deref().unwrap_or("BYE").to_owned()));
            }
            Response::Data { outcome, .. } => {
                if let (Some(ResponseCode::UidValidity(now)), Some(folder)) = (&outcome.code, &self.selected)
                    && *now != folder.uid_validity
                {
                    return Err(ImapError::UidValidityChanged);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn arrived<T>(response: std::io::Result<Option<T>>) -> Result<T, ImapError> {
    match response {
        Ok(Some(response)) => Ok(response),
        Ok(None) => Err(ImapError::Lost("the server closed it".to_owned())),
        // Without a good-bye of its TLS layer, as many servers stop.
        Err(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(ImapError::Lost("the server closed it".to_owned()))
        }
        Err(why) => Err(ImapError::Lost(why.to_string().chars().take(300).collect())),
    }
}

fn finished(what: &'static str, status: &Status, text: Option<&str>) -> Result<(), ImapError> {
    match status {
        Status::Ok => Ok(()),
        _ => Err(ImapError::Refused { what, text: text.unwrap_or("no reason given").to_owned() }),
    }
}
