//! The outbox: everything that sending letters needs, and where they go.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::config::{self, Config};
use crate::mail::wire::{DkimSigner, Security, Smtp, SmtpSettings};
use crate::store::Store;

/// How many mails the mailroom lays on its shelves at once.
const MAILROOM_HANDS: usize = 4;

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// They stay in the house.
    Mailroom,
    /// To a mail server.
    Smtp(Smtp),
}

/// What sends letters. Clones share its connections.
#[derive(Clone)]
pub struct Outbox {
    pub(super) store: Store,
    pub(super) transport: Transport,
    pub(super) dkim: Option<Arc<DkimSigner>>,
    /// How many mails may be handed over at once.
    pub(super) connections: usize,
    /// One permit for each of them.
    pub(super) lines: Arc<Semaphore>,
    /// The first wait before an outcome that could not be recorded is recorded again.
    pub(super) patience: Duration,
}

impl Outbox {
    /// An outbox that hands over `connections` mails at once, signed by `dkim`.
    pub fn new(store: Store, transport: Transport, dkim: Option<DkimSigner>, connections: usize) -> Self {
        let (dkim, connections) = (dkim.map(Arc::new), connections.max(1));
        let lines = Arc::new(Semaphore::new(connections));
        Self { store, transport, dkim, connections, lines, patience: Duration::from_secs(1) }
    }

    /// The outbox that the configuration describes; connects to nothing yet.
    ///
    /// # Errors
    /// `Invalid`, naming the key, where a file it needs cannot be used.
    pub fn from_config(store: Store, config: &Config) -> Result<Self> {
        let dkim = config.mail.dkim.as_ref().map(|dkim| signer(config, dkim)).transpose()?;
        let smtp = match config.mail.transport {
            config::Transport::Mailroom => None,
            config::Transport::Smtp => config.mail.smtp.as_ref(),
        };
        let Some(smtp) = smtp else {
            return Ok(Self::new(store, Transport::Mailroom, dkim, MAILROOM_HANDS));
        };
        let settings = smtp_settings(config, smtp);
        let connections = settings.connections;
        let smtp = Smtp::new(settings)
            .map_err(|trouble| Error::invalid("mail.smtp.ca_file", trouble.to_string()))?;
        Ok(Self::new(store, Transport::Smtp(smtp), dkim, connections))
    }

    /// Where letters go.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Says goodbye to the mail server.
    pub async fn close(&self) {
        if let Transport::Smtp(smtp) = &self.transport {
            smtp.close().await;
        }
    }
}

/// The settings of the wire, from those of the configuration: for sending, and for whoever tries the server.
pub fn smtp_settings(config: &Config, smtp: &config::Smtp) -> SmtpSettings {
    let given = |path: &Path| (!path.as_os_str().is_empty()).then(|| config.in_data(path));
    SmtpSettings {
        port: smtp.port,
        tls: match smtp.tls {
            config::Tls::Starttls => Security::Starttls,
            config::Tls::Implicit => Security::Implicit,
            config::Tls::None => Security::None,
        },
        username: smtp.username.clone(),
        password: smtp.password.clone(),
        connections: usize::try_from(smtp.connections).unwrap_or(1),
        ca_file: given(&smtp.ca_file),
        hello_name: config.organizer.address.domain().to_owned(),
        ..SmtpSettings::new(&smtp.host)
    }
}

fn signer(config: &Config, dkim: &config::Dkim) -> Result<DkimSigner> {
    let path = config.in_data(&dkim.key_file);
    let pem = std::fs::read_to_string(&path).map_err(|error| {
        Error::invalid("mail.dkim.key_file", format!("{} cannot be read: {error}.", path.display()))
    })?;
    DkimSigner::new(&dkim.domain, &dkim.selector, &Secret::new(pem))
        .map_err(|refusal| Error::invalid("mail.dkim", format!("{}: {refusal}.", path.display())))
}
