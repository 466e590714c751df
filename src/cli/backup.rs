//! `backup`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Room;
use crate::base::error::Result;
use crate::post::fact;

/// One consistent copy of everything but the key.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; must not exist
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let app = room.open()?;
        app.store.backup(&self.file)?;
        // The copy is made: where this cannot be written down, the house does not know of it, and nothing else is amiss.
        if let Err(error) = app.store.write(|cx| fact::set(cx, fact::BACKUP, "")).await {
            tracing::warn!(%error, "that a backup was made could not be written down");
        }
        let key = room.config.key_path();
        let key = std::path::absolute(&key).unwrap_or(key);
        let value = json!({ "file": self.file, "key": key });
        room.printer.print(&value, || {
            format!(
                "{} holds everything but the key.\nThe key is {}: keep a copy of it too, and not beside this file. \
                 Without it the backup is of no use.",
                self.file.display(),
                key.display()
            )
        });
        Ok(())
    }
}
