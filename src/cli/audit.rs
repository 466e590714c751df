//! `audit verify`, `checkpoint`, `export`, `prune`.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::Room;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::journal::{self, Checkpoint, Verified};
use crate::post::fact;

/// The journal.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Verify the chain; names the first broken entry and exits 1
    Verify {
        /// A checkpoint that was kept elsewhere, to hold the journal against
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// Verify an archive made by `audit prune` instead
        #[arg(long, value_name = "FILE", conflicts_with = "checkpoint")]
        archive: Option<PathBuf>,
    },
    /// Sign the newest entry; keep what is printed somewhere else
    Checkpoint,
    /// Print every entry, one JSON document a line
    Export,
    /// Move the oldest entries into an archive file
    Prune {
        /// The newest entry to move
        #[arg(long, value_name = "NUMBER")]
        up_to: i64,
        /// The archive to write; must not exist
        #[arg(long, value_name = "FILE")]
        archive: PathBuf,
    },
}

impl Audit {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        match self {
            Self::Verify { archive: Some(archive), .. } => {
                let archive: journal::Archive = parse("archive", &archive)?;
                let (first, end) = (archive.after.0 + 1, archive.end.number);
                let app = room.open()?;
                let found = app.store.read(move |cx| journal::verify_archive(cx, &archive)).await?;
                told(room, found)?;
                room.printer.print(&json!({ "ok": true, "first": first, "end": end }), || {
                    format!("The archive holds: entries {first} to {end}, its end signed by this house.")
                });
                Ok(())
            }
            Self::Verify { checkpoint, .. } => {
                let against = checkpoint.map(|file| parse::<Checkpoint>("checkpoint", &file)).transpose()?;
                let app = room.open()?;
                let found = app.store.read(move |cx| journal::verify(cx, against.as_ref())).await?;
                note(&app, &found).await;
                let verified = told(room, found)?;
                let mut value = serde_json::to_value(&verified).map_err(Error::internal)?;
                value["ok"] = json!(true);
                room.printer.print(&value, || {
                    format!(
                        "The journal holds: entries {} to {}, {} of them with erased data.",
                        verified.first, verified.head, verified.forgotten
                    )
                });
                Ok(())
            }
            Self::Checkpoint => {
                let checkpoint = room.open()?.store.write(|cx| journal::checkpoint(cx)).await?;
                println!("{}", serde_json::to_string(&checkpoint).map_err(Error::internal)?);
                Ok(())
            }
            Self::Export => export(&room.open()?).await,
            Self::Prune { up_to, archive } => {
                let app = room.open()?;
                let path = archive.clone();
                let moved = app
                    .store
                    .write(move |cx| {
                        let archive = journal::prune(cx, up_to)?;
                        keep(&path, &archive)?;
                        Ok(archive.entries.len())
                    })
                    .await?;
                room.printer.print(&json!({ "moved": moved }), || {
                    format!("{moved} entries lie in {} now.", archive.display())
                });
                Ok(())
            }
        }
    }
}

/// Writes down what a verification found, for whoever looks how the house is. It found it all the same where that fails.
async fn note(app: &App, found: &Result<Verified, journal::Broken>) {
    let words = match found {
        Ok(verified) => format!("holds {}", verified.head),
        Err(broken) => format!("broken {}", broken.number),
    };
    if let Err(error) = app.store.write(move |cx| fact::set(cx, fact::VERIFIED, &words)).await {
        tracing::warn!(%error, "what was found could not be written down");
    }
}

/// What a verification found; the first broken entry is printed for programs, and is an error.
fn told<T>(room: &Room, found: Result<T, journal::Broken>) -> Result<T> {
    found.map_err(|broken| {
        let value = json!({ "ok": false, "entry": broken.number, "what": broken.what });
        room.printer.print(&value, String::new);
        Error::refused("journal.broken", format!("The journal does not hold. {broken}."))
    })
}

fn parse<T: serde::de::DeserializeOwned>(field: &'static str, file: &std::path::Path) -> Result<T> {
    let wrong = |error: String| Error::invalid(field, format!("{} cannot be used: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// Writes the archive before the entries leave the store; a second run of the closure writes the same.
fn keep(path: &std::path::Path, archive: &journal::Archive) -> Result<()> {
    let text = serde_json::to_vec(archive).map_err(Error::internal)?;
    let whole = std::fs::File::create(path).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    whole.map_err(|error| Error::invalid("archive", format!("{} cannot be written: {error}", path.display())))
}

async fn export(app: &App) -> Result<()> {
    let mut last = 0;
    loop {
        let page = app.store.read(move |cx| journal::after(cx, last, 1_000)).await?;
        let Some(newest) = page.last() else { return Ok(()) };
        last = newest.number;
        let mut out = std::io::stdout().lock();
        for entry in &page {
            let line = serde_json::to_string(entry).map_err(Error::internal)?;
            // A reader that has seen enough closes the pipe; that is no failure.
            if writeln!(out, "{line}").is_err() {
                return Ok(());
            }
        }
    }
}
