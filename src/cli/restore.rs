//! `restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Room;
use crate::base::error::{Error, Result};
use crate::post::TOPIC;
use crate::queue;
use crate::store::DirectoryLock;

/// Puts a copy back.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file that `backup` wrote
    file: PathBuf,
    /// Replace the database that is there; it is kept beside it
    #[arg(long)]
    force: bool,
}

impl Restore {
    /// Puts the copy in place and holds the queue, so that old mail does not go out again.
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let target = room.config.database_path();
        let directory = &room.config.data_dir;
        std::fs::create_dir_all(directory).map_err(Error::internal)?;
        let lock = DirectoryLock::take(directory)?;
        if !self.file.is_file() {
            return Err(Error::invalid("file", format!("There is no file {}.", self.file.display())));
        }
        if !room.config.key_path().exists() {
            return Err(Error::refused(
                "key",
                format!(
                    "Put the key back first: {}. Without it the backup is of no use.",
                    room.config.key_path().display()
                ),
            ));
        }
        let kept = make_room(&target, self.force)?;
        std::fs::copy(&self.file, &target).map_err(Error::internal)?;
        let app = room.open().inspect_err(|_| put_back(&target, kept.as_deref()))?;
        app.store.write(|cx| queue::hold(cx, TOPIC, "restored from a backup")).await?;
        drop(lock);
        let value = json!({ "restored": target, "held": true, "kept": kept });
        room.printer.print(&value, || {
            let kept = kept.map_or(String::new(), |kept| format!("\nWhat was there lies in {}.", kept.display()));
            format!(
                "{} is restored.{kept}\nMail is held, so that old mail does not go out again: look at `entente mail status` \
                 or the admin page, then release it with `entente mail release`.",
                target.display()
            )
        });
        Ok(())
    }
}

/// Moves a database that is there aside.
fn make_room(target: &Path, force: bool) -> Result<Option<PathBuf>> {
    if !target.exists() {
        return Ok(None);
    }
    if !force {
        return Err(Error::refused(
            "restore.exists",
            format!(
                "There is a database at {} already. Use --force to replace it; it will be kept beside it.",
                target.display()
            ),
        ));
    }
    let aside = (1..10_000)
        .map(|number| target.with_extension(format!("before-restore-{number}.db")))
        .find(|path| !path.exists())
        .ok_or_else(|| Error::internal("too many databases were put aside"))?;
    std::fs::rename(target, &aside).map_err(Error::internal)?;
    for suffix in ["-wal", "-shm"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        if beside(target).exists() {
            std::fs::rename(beside(target), beside(&aside)).map_err(Error::internal)?;
        }
    }
    Ok(Some(aside))
}

/// A copy that cannot be opened makes way for what was there.
fn put_back(target: &Path, kept: Option<&Path>) {
    let _ = std::fs::remove_file(target);
    if let Some(kept) = kept {
        let _ = std::fs::rename(kept, target);
    }
}
