//! `figures recompute`.

use clap::Subcommand;
use serde_json::json;

use super::Room;
use crate::analytics::{self, FOLLOWER};
use crate::base::error::Result;
use crate::journal;

/// Figures of agents.
#[derive(Debug, Subcommand)]
pub(crate) enum Figures {
    /// Erase the figures of all agents and compute them again from the journal
    Recompute,
}

impl Figures {
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let Self::Recompute = self;
        let app = room.open()?;
        let who = Room::operator(&app);
        app.store.write(move |cx| analytics::recompute(cx, &who)).await?;
        let mut entries = 0;
        loop {
            let taken = journal::gather(&app.store, FOLLOWER).await?;
            if taken == 0 {
                break;
            }
            entries += taken;
        }
        room.printer
            .print(&json!({ "entries": entries }), || format!("Computed again from {entries} entries."));
        Ok(())
    }
}
