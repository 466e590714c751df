//! `inbound ingest`.

use std::io::Read;
use std::path::PathBuf;

use clap::Subcommand;

use super::Room;
use crate::base::error::{Error, Result};
use crate::itip::Arrival;
use crate::mail::inbound::{Intake, Received};

/// Incoming messages.
#[derive(Debug, Subcommand)]
pub(crate) enum Inbound {
    /// Put one raw RFC 5322 message through the pipeline; prints what became of it as JSON
    Ingest {
        /// The envelope's recipient
        #[arg(long, value_name = "ADDRESS")]
        rcpt: Option<String>,
        /// The message, or - for standard input
        file: PathBuf,
    },
}

impl Inbound {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let Self::Ingest { rcpt, file } = self;
        let raw = read(&file)?;
        let app = room.open()?;
        let intake = Intake::new(app.store.clone(), &app.config);
        let arrived = Arrival { at: app.store.ground().clock.now(), number: 0 };
        let taken = intake.take(Received { raw, road: "cli", rcpt, arrived, cursor: None }).await?;
        println!(
            "{}",
            serde_json::json!({
                "id": taken.id,
                "outcome": taken.outcome.as_str(),
                "reason": taken.reason,
                "meeting": taken.meeting,
                "participant": taken.participant,
            })
        );
        Ok(())
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read(file: &std::path::Path) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    let done = if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut raw).map(drop)
    } else {
        std::fs::read(file).map(|bytes| raw = bytes)
    };
    done.map_err(|error| Error::invalid("file", format!("{} cannot be read: {error}", file.display())))?;
    Ok(raw)
}
