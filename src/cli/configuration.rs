//! `config check` and `config show`.

use clap::Subcommand;

use super::Room;
use crate::base::error::{Error, Result};

/// Check or show the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Configuration {
    /// Say whether the configuration can be used
    Check,
    /// Show every key with its value; secrets as ***
    Show,
}

impl Configuration {
    pub(super) fn run(self, room: &Room) -> Result<()> {
        match self {
            Self::Check => {
                room.config.check().map_err(|error| Error::invalid("config", error.to_string()))?;
                room.printer
                    .print(&serde_json::json!({ "ok": true }), || "The configuration can be used.".into());
            }
            Self::Show => room.printer.print(&room.config.to_json(), || room.config.to_toml()),
        }
        Ok(())
    }
}
