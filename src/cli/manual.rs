//! `completions` and `man`.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Entente;
use crate::base::error::{Error, Result};

/// Completions for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn print(self) {
        clap_complete::generate(self.shell, &mut Entente::command(), "entente", &mut std::io::stdout());
    }
}

/// Prints the manual page, with every command's own part after it.
pub(super) fn man() -> Result<()> {
    let mut page = Vec::new();
    let mut command = Entente::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Error::internal)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
        clap_mangen::Man::new(part.clone()).render(&mut page).map_err(Error::internal)?;
    }
    let _ = std::io::stdout().write_all(&page);
    Ok(())
}
