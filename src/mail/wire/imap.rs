//! A mailbox read over IMAP (RFC 3501): folders, new messages, a wait for more. It never marks a message
//! as read and never moves or deletes one; who has read what is known above, by UID.
//!
//! The commands are sent here and their answers read to the tagged end, each within a time limit, because
//! a connection that breaks off must never look like a folder that is empty.

mod read;
mod session;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::timeout;

use crate::base::secret::Secret;
use crate::base::time::Timestamp;

use super::tls::{DialError, Security, Stream, Tls, Trouble, dial, dial_trouble};
pub use session::ImapSession;

/// The keyword set on messages that were dealt with, where the server allows keywords of one's own.
pub const KEYWORD: &str = "$Entente";

/// Which mailbox to read, and how.
#[derive(Clone, Debug)]
pub struct ImapSettings {
    /// The server's name, as in its certificate.
    pub host: String,
    /// 993 for implicit TLS, 143 for STARTTLS.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Security,
    /// The account.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// Certificates to trust besides the web's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// How long connecting, with TLS and login, may take.
    pub connect_timeout: Duration,
    /// How long the server may be silent while an answer is awaited.
    pub reply_timeout: Duration,
    /// Larger messages are reported and not fetched, in bytes.
    pub message_bytes_max: u32,
    /// A batch ends after so many messages.
    pub batch_messages: usize,
    /// A batch ends before it would pass so many bytes (one message is always taken).
    pub batch_bytes: u64,
}

impl ImapSettings {
    /// Settings for `host` with implicit TLS at port 993, messages up to 10 MiB, batches of 100 or 16 MiB.
    pub fn new(host: impl Into<String>, username: impl Into<String>, password: Secret) -> Self {
        Self {
            host: host.into(),
            port: 993,
            tls: Security::Implicit,
            username: username.into(),
            password,
            ca_file: None,
            connect_timeout: Duration::from_secs(30),
            reply_timeout: Duration::from_mins(1),
            message_bytes_max: 10 * 1024 * 1024,
            batch_messages: 100,
            batch_bytes: 16 * 1024 * 1024,
        }
    }
}

/// Why the mailbox could not be read. After any of them but `Refused` the session is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// No connection, or no TLS.
    #[error("the mailbox cannot be reached: {0}")]
    Unreachable(String),
    /// The login was refused.
    #[error("the mailbox refused the login: {0}")]
    Login(String),
    /// The server answered NO or BAD to a command; the session goes on.
    #[error("the mailbox refused {what}: {text}")]
    Refused {
        /// The command's name.
        what: &'static str,
        /// What the server said.
        text: String,
    },
    /// The connection ended, or what came could not be understood.
    #[error("the connection to the mailbox was lost: {0}")]
    Lost(String),
    /// Silence for longer than the limit.
    #[error("the mailbox did not answer within {0} s")]
    Timeout(u64),
    /// The folder was built anew while it was selected: all UIDs known of it mean nothing any more
    /// (RFC 3501, 2.3.1.1). Select it again.
    #[error("the folder was built anew: its UIDVALIDITY changed")]
    UidValidityChanged,
}

/// A folder that was selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its name as the server spells it.
    pub name: String,
    /// UIDs are good for as long as this stays the same; 0 if the server has none to give.
    pub uid_validity: u32,
    /// The UID the next message will get, if the server says so.
    pub uid_next: Option<u32>,
    /// How many messages are in it.
    pub exists: u32,
    /// Whether [`ImapSession::mark`] can set its keyword here.
    pub can_mark: bool,
}

/// One message of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID in the folder.
    pub uid: u32,
    /// When it came into the mailbox (INTERNALDATE), if the server says so.
    pub arrived: Option<Timestamp>,
    /// Its size in bytes.
    pub size: u32,
    /// The message itself; `None` if it is larger than the limit.
    pub raw: Option<Vec<u8>>,
}

/// Some messages of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order of their UIDs, each once.
    pub messages: Vec<Fetched>,
    /// How many of the UIDs asked for are dealt with, from the front; those that are not in `messages`
    /// have gone. Never 0 unless nothing was asked for.
    pub done: usize,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// There may be new messages.
    News,
    /// The time is over; look anyway.
    Quiet,
}

/// What the server is, for `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapCheck {
    /// Whether it pushes (IDLE), or has to be asked at intervals.
    pub idle: bool,
    /// Messages in INBOX.
    pub inbox: u32,
    /// The name of the folder for junk, if there is one.
    pub junk: Option<String>,
    /// Whether own keywords can be set in INBOX.
    pub can_mark: bool,
}

/// A mailbox that can be connected to. Clones share the TLS set-up.
#[derive(Clone, Debug)]
pub struct Imap {
    settings: ImapSettings,
    tls: Tls,
}

impl Imap {
    /// Reads `ca_file`; connects to nothing yet.
    pub fn new(settings: ImapSettings) -> Result<Self, Trouble> {
        let tls = Tls::new(settings.ca_file.as_deref())?;
        Ok(Self { settings, tls })
    }

    /// Connects, encrypts and signs in.
    pub async fn connect(&self) -> Result<ImapSession, ImapError> {
        self.open().await.map_err(|why| match why {
            Opening::Dial(why) => ImapError::Unreachable(why.to_string()),
            Opening::NoStarttls(text) => ImapError::Unreachable(format!("STARTTLS was refused: {text}")),
            Opening::Imap(why) => why,
        })
    }

    /// Connects and looks round, and says what is wrong if something is.
    pub async fn check(&self) -> Result<ImapCheck, Trouble> {
        let mut session = self.open().await.map_err(|why| self.trouble(&why))?;
        let look = async {
            let inbox = session.select("INBOX").await?;
            let junk = session.resolve("\\Junk").await?;
            Ok((inbox, junk))
        };
        let (inbox, junk) = look.await.map_err(|why| self.trouble(&Opening::Imap(why)))?;
        let idle = session.can_idle();
        session.logout().await;
        Ok(ImapCheck { idle, inbox: inbox.exists, junk, can_mark: inbox.can_mark })
    }

    async fn open(&self) -> Result<ImapSession, Opening> {
        let settings = &self.settings;
        let limit = settings.connect_timeout;
        let tcp = dial(&settings.host, settings.port, limit).await?;
        let stream = match settings.tls {
            Security::None => Stream::Plain(tcp),
            Security::Implicit => self.tls.wrap(&settings.host, tcp, limit).await?,
            Security::Starttls => {
                let mut client = async_imap::Client::new(tcp);
                greeting(limit, &mut client).await?;
                match timeout(limit, client.run_command_and_check_ok("STARTTLS", None)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(async_imap::error::Error::No(text) | async_imap::error::Error::Bad(text))) => {
                        return Err(Opening::NoStarttls(said(&text)));
                    }
                    Ok(Err(why)) => return Err(Opening::Imap(ImapError::Lost(why.to_string()))),
                    Err(_) => return Err(DialError::Timeout(limit.as_secs()).into()),
                }
                // What a third party put behind the server's answer goes down with the client.
                self.tls.wrap(&settings.host, client.into_inner(), limit).await?
            }
        };
        let mut client = async_imap::Client::new(stream);
        if settings.tls != Security::Starttls {
            greeting(limit, &mut client).await?;
        }
        let login = client.login(&settings.username, settings.password.expose());
        let session = match timeout(limit, login).await {
            Ok(Ok(session)) => session,
            Ok(Err((why, _))) => return Err(Opening::Imap(login_error(&why))),
            Err(_) => return Err(DialError::Timeout(limit.as_secs()).into()),
        };
        Ok(ImapSession::begin(session, settings.clone()).await?)
    }

    fn trouble(&self, why: &Opening) -> Trouble {
        let settings = &self.settings;
        let place = format!("{}:{}", settings.host, settings.port);
        match why {
            Opening::Dial(why) => {
                dial_trouble("IMAP", &settings.host, settings.port, settings.ca_file.as_ref(), why)
            }
            Opening::NoStarttls(text) => Trouble::new(
                format!("The IMAP server {place} does not do STARTTLS: {text}."),
                "Set tls = \"implicit\" and its port (often 993), or tls = \"none\" if the server is on this machine.",
            ),
            Opening::Imap(ImapError::Login(text)) => Trouble::new(
                format!("The IMAP server {place} refused the login of {}: {text}.", settings.username),
                "Check username and password; many providers want an app password, or IMAP switched on in the account's settings.",
            ),
            Opening::Imap(why) => Trouble::new(
                format!("The IMAP server {place} was reached, but: {why}."),
                "Check that the port is an IMAP port (993 or 143), that tls fits it and that the account has an INBOX.",
            ),
        }
    }
}

/// Why no session came about.
#[derive(Debug)]
enum Opening {
    Dial(DialError),
    NoStarttls(String),
    Imap(ImapError),
}

impl From<DialError> for Opening {
    fn from(why: DialError) -> Self {
        Self::Dial(why)
    }
}

impl From<ImapError> for Opening {
    fn from(why: ImapError) -> Self {
        Self::Imap(why)
    }
}

/// The server speaks first (RFC 3501, 7.1); BYE means that it will not have us.
async fn greeting<T>(limit: Duration, client: &mut async_imap::Client<T>) -> Result<(), Opening>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + std::fmt::Debug + Send,
{
    use async_imap::imap_proto::{Response, Status};
    let lost = |text: &str| Opening::Imap(ImapError::Lost(text.to_owned()));
    match timeout(limit, client.read_response()).await {
        Err(_) => Err(DialError::Timeout(limit.as_secs()).into()),
        Ok(Err(why)) => Err(lost(&why.to_string())),
        Ok(Ok(None)) => Err(lost("it closed the connection at once")),
        Ok(Ok(Some(said))) => match said.parsed() {
            Response::Data { status: Status::Ok | Status::PreAuth, .. } => Ok(()),
            Response::Data { outcome, .. } => Err(lost(outcome.information.as_deref().unwrap_or("BYE"))),
            _ => Err(lost("what it says is not IMAP")),
        },
    }
}

/// The server's own words, out of what async-imap makes of them: `code: None, info: Some("…")`.
fn said(text: &str) -> String {
    let words = text.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    words.map_or(text, |(words, _)| words).trim_end_matches('.').to_owned()
}

fn login_error(why: &async_imap::error::Error) -> ImapError {
    use async_imap::error::Error;
    match why {
        Error::No(text) | Error::Bad(text) => ImapError::Login(said(text)),
        Error::Validate(_) => ImapError::Login("a user name or password cannot hold a line end".to_owned()),
        why => ImapError::Lost(why.to_string()),
    }
}
