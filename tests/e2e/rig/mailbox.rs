//! A user's mail as it lies on disk (Maildir), so that looking changes nothing: no flag is set, no IMAP session held.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders, PartType};

use crate::rig::wait::{PATIENCE, wait_until};

/// One folder of one user.
pub(crate) struct Mailbox {
    name: String,
    path: PathBuf,
}

impl Mailbox {
    pub(super) fn new(name: &str, path: PathBuf) -> Self {
        Self { name: name.to_owned(), path }
    }

    /// A folder beside the INBOX, such as `Junk`.
    pub(crate) fn folder(&self, name: &str) -> Self {
        Self { name: format!("{}/{name}", self.name), path: self.path.join(format!(".{name}")) }
    }

    /// Everything in it, in order of arrival. A folder that was never used is empty.
    pub(crate) fn messages(&self) -> Vec<Message> {
        loop {
            let mut files: Vec<PathBuf> =
                ["cur", "new"].iter().flat_map(|part| files(&self.path.join(part))).collect();
            files.sort_by_key(|path| arrival(path));
            // A file that vanished meanwhile was renamed by Dovecot (new to cur, or new flags): look again.
            let read: Result<Vec<_>, _> = files.iter().map(|path| Message::read(path)).collect();
            if let Ok(messages) = read {
                return messages;
            }
        }
    }

    /// Waits until it holds at least `count` messages, and gives all.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize, deadline: Duration) -> Vec<Message> {
        wait_until(&format!("{count} messages for {}", self.name), deadline, || {
            Some(self.messages()).filter(|messages| messages.len() >= count)
        })
    }

    /// Waits for a message whose subject holds `part`, and gives the latest such.
    #[track_caller]
    pub(crate) fn wait_for_subject(&self, part: &str) -> Message {
        wait_until(&format!("a message about {part:?} for {}", self.name), PATIENCE, || {
            self.messages().into_iter().rev().find(|message| message.subject().contains(part))
        })
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

/// Seconds and microseconds of arrival, from the file's name (`1792000000.M123456P99.host,S=1:2,S`).
fn arrival(path: &Path) -> (u64, u64, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digits =
        |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let micros = name.split_once(".M").map_or(0, |(_, rest)| digits(rest));
    (digits(&name), micros, name)
}

/// One received message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its bytes, as delivered.
    pub(crate) raw: Vec<u8>,
    /// The Maildir letters of its flags: `S` seen, `R` answered, `F` flagged; lower-case ones are keywords.
    pub(crate) flags: String,
}

impl Message {
    fn read(path: &Path) -> std::io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let flags = name.split_once(":2,").map(|(_, flags)| flags.to_owned()).unwrap_or_default();
        Ok(Self { raw: std::fs::read(path)?, flags })
    }

    /// The decoded subject; empty if there is none.
    pub(crate) fn subject(&self) -> String {
        self.parsed(|message| message.subject().unwrap_or_default().to_owned())
    }

    /// A header's value as written (unfolded, trimmed), the first one of that name.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.parsed(|message| {
            let value = message.header_raw(name)?;
            Some(value.replace("\r\n", "").replace('\n', "").trim().to_owned())
        })
    }

    /// The plain text part.
    pub(crate) fn text(&self) -> String {
        self.parsed(|message| message.body_text(0).map(std::borrow::Cow::into_owned).unwrap_or_default())
    }

    /// The HTML part.
    pub(crate) fn html(&self) -> String {
        self.parsed(|message| message.body_html(0).map(std::borrow::Cow::into_owned).unwrap_or_default())
    }

    /// The first `text/calendar` part, decoded.
    pub(crate) fn calendar(&self) -> Option<String> {
        self.parsed(|message| {
            let is_calendar = |part: &&mail_parser::MessagePart<'_>| {
                part.content_type().is_some_and(|kind| {
                    kind.ctype().eq_ignore_ascii_case("text")
                        && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("calendar"))
                })
            };
            let part = message.parts.iter().find(is_calendar)?;
            Some(String::from_utf8_lossy(part.contents()).into_owned())
        })
    }

    /// The links (`http://`, `https://`) of the plain text part.
    pub(crate) fn links(&self) -> Vec<String> {
        let text = self.text();
        let words = text.split(|c: char| c.is_whitespace() || "<>\"()".contains(c));
        words
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(str::to_owned)
            .collect()
    }

    /// Everything somebody could read in it: the bytes as they are, the decoded subject and every decoded part, iCalendar
    /// lines unfolded, messages within it too. What must not be in a mail must not be in here.
    pub(crate) fn everything(&self) -> String {
        let mut all = String::from_utf8_lossy(&self.raw).into_owned();
        all.push_str(&self.subject());
        self.parsed(|message| gather(message, &mut all));
        let unfolded = all.replace("\r\n ", "").replace("\r\n\t", "").replace("\n ", "").replace("=\r\n", "");
        all.push_str(&unfolded);
        all
    }

    #[track_caller]
    fn parsed<T>(&self, look: impl FnOnce(&mail_parser::Message<'_>) -> T) -> T {
        look(&MessageParser::default().parse(&self.raw).expect("a delivered message has headers"))
    }
}

fn gather(message: &mail_parser::Message<'_>, all: &mut String) {
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => all.push_str(text),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                all.push_str(&String::from_utf8_lossy(bytes));
            }
            PartType::Message(inner) => gather(inner, all),
            PartType::Multipart(_) => {}
        }
        all.push('\n');
    }
}
