//! `serve`.

use super::Room;
use crate::app;
use crate::base::error::Result;

/// Serves until SIGTERM or SIGINT.
pub(super) async fn run(room: &Room) -> Result<()> {
    let house = room.open()?;
    let signals = app::Signals::listen()?;
    let serving = app::serve(&house, false).await?;
    eprintln!("Entente listens on http://{}", serving.address);
    if let Some(link) = app::set_up_link(&house).await? {
        eprintln!("Nobody has an account yet. Open this link to become the administrator:\n  {link}");
    }
    serving.until_stopped(signals).await
}
