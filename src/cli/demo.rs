//! `demo`.

use std::net::SocketAddr;

use clap::Args;

use super::Room;
use crate::app::{self, App, demo};
use crate::base::error::Result;
use crate::base::random::Chance;
use crate::base::time::Clock;

/// A fresh house to try everything out.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Demo {
    /// Fills a fresh house and serves it until SIGTERM or SIGINT; its directory goes with it.
    pub(super) async fn run(self, room: &Room) -> Result<()> {
        let chance = Chance::system();
        let mut config = demo::config(self.listen, &chance);
        config.log = room.config.log.clone();
        let directory = config.data_dir.clone();
        let house = App::open(config, Clock::system(), chance)?;
        let sample = demo::fill(&house).await?;
        let signals = app::Signals::listen()?;
        let serving = app::serve(&house, true).await?;
        let url = house.config.server.public_url.clone();
        let mut lines = vec![
            format!("Entente, a house to try out: {url}"),
            String::new(),
            format!("  The mailroom, where everybody's mail lands:  {url}/mailroom"),
        ];
        for (name, link) in &sample.people {
            lines.push(format!("  Sign in as {name:<33}{link}"));
        }
        lines.push(format!("  The meeting between them:                    {}", sample.meeting));
        lines.push(format!("  An invitation to connect waits for Alex:     {}", sample.connections));
        lines.push(format!("  Where anybody picks a time of Alex's:        {}", sample.page));
        lines.push(String::new());
        lines.push(format!("  An API token: {}", sample.token));
        lines.push(format!("  curl -H 'Authorization: Bearer {}' {url}/api/v1/meetings", sample.token));
        lines.push(String::new());
        lines.push(
            "Nothing leaves this machine. Stop it with Ctrl-C; everything in it is then forgotten."
                .to_owned(),
        );
        println!("{}", lines.join("\n"));
        let ended = serving.until_stopped(signals).await;
        drop(house);
        // The directory is the demo's own, made a moment ago under a random name.
        let _ = std::fs::remove_dir_all(directory);
        ended
    }
}
