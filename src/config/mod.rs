//! The configuration: one struct per table of the file, whose doc comments are the manual.
//!
//! A file, then the environment; the caller adds the flags of the command line. This is the only module that
//! reads the environment. To add a key, add a field with its doc comment, default and rule to
//! `sections.rs`, and run the ignored test `write_what_is_made_of_the_doc_comments`.
//!
//! The configuration does not know what its values are for: `app` hands each part of the house its own.

mod given;
mod manual;
mod rules;
mod section;
mod sections;
mod setting;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

pub use crate::base::IpRange;
use given::Given;
pub use given::{Origin, Problem};
use section::Section;
pub use sections::{
    Accounts, Alerts, Approval, Config, Confirm, Database, Decline, Dkim, Imap, Inbound, Limits, Links, Log,
    LogFormat, Mail, Meetings, Model, Net, Network, Organizer, Retention, Server, SignUp, Smtp, Subaddress,
    Tls, Transport,
};

/// Everything that is wrong with a configuration: one line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            let line_end = if i == 0 { "" } else { "\n" };
            write!(f, "{line_end}{problem}")?;
        }
        Ok(())
    }
}

/// The environment, as [`Config::load`] takes it. What is not UTF-8 is nothing of ours.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
}

/// Where this machine keeps what is needed for a while.
pub fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

impl Config {
    /// Loads the file at `path`, else the one that `$ENTENTE_CONFIG` names, else `config.toml` in the working
    /// directory if there is one; then what `environment` says. Everything that is wrong is told at once.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let environment: Vec<(String, String)> = environment.collect();
        let named = environment.iter().find(|(name, text)| name == "ENTENTE_CONFIG" && !text.is_empty());
        let usual = Path::new("config.toml");
        let path = path
            .or_else(|| named.map(|(_, text)| Path::new(text)))
            .or_else(|| usual.exists().then_some(usual));
        let mut given = Given::nothing(&manual::tables());
        if let Some(path) = path {
            given.add_file(path);
        }
        for (name, text) in environment {
            given.add_variable(&name, text);
        }
        let mut config = Self::read(&mut given, "");
        config.fill_in(&given);
        config.check_all(&mut |key, says| given.should_be(key, says));
        match given.into_problems() {
            problems if problems.is_empty() => Ok(config),
            problems => Err(ConfigError { problems }),
        }
    }

    /// Holds every value against its rule, and those that belong together against each other: for a caller
    /// who changed something after [`Config::load`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        self.check_all(&mut |key, says| {
            problems.push(Problem {
                key: key.to_owned(),
                origin: Origin::Nowhere,
                says: format!("should be {says}"),
            });
        });
        if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
    }

    /// What follows from what was given.
    fn fill_in(&mut self, given: &Given) {
        if self.server.public_url.ends_with('/') {
            self.server.public_url.pop();
        }
        if self.mail.smtp.is_some() && !given.has("mail.transport") {
            self.mail.transport = Transport::Smtp;
        }
        if let Some(smtp) = self.mail.smtp.as_mut().filter(|smtp| smtp.port == 0) {
            smtp.port = match smtp.tls {
                Tls::Starttls => 587,
                Tls::Implicit => 465,
                Tls::None => 25,
            };
        }
        if let Some(imap) = self.mail.imap.as_mut().filter(|imap| imap.port == 0) {
            imap.port = if imap.tls == Tls::Implicit { 993 } else { 143 };
        }
    }

    fn check_all(&self, report: section::Report<'_>) {
        Section::hold_rules(self, "", report);
        if self.calendar.stale_minutes <= self.calendar.read_minutes {
            report("calendar.stale_minutes", "more than calendar.read_minutes");
        }
        if self.mail.transport == Transport::Smtp && self.mail.smtp.is_none() {
            report("mail.transport", "mailroom, as long as there is no [mail.smtp] that names a server");
        }
        if let Some(smtp) = &self.mail.smtp {
            if smtp.username.is_empty() && !smtp.password.is_empty() {
                report("mail.smtp.username", "given as well where there is a password");
            }
            if !smtp.username.is_empty() && smtp.password.is_empty() {
                report("mail.smtp.password", "given as well where there is a username");
            }
        }
    }

    /// The database file.
    pub fn database_path(&self) -> PathBuf {
        self.in_data(Path::new(self.database.url.strip_prefix("sqlite:").unwrap_or(&self.database.url)))
    }

    /// The file with the master key.
    pub fn key_path(&self) -> PathBuf {
        if self.key_file.as_os_str().is_empty() {
            self.data_dir.join("entente.key")
        } else {
            self.in_data(&self.key_file)
        }
    }

    /// A path of the configuration, relative to the data directory.
    pub fn in_data(&self, path: &Path) -> PathBuf {
        self.data_dir.join(path)
    }
}
