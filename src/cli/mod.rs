//! The command line: one file per command. Each opens the house, runs one transaction, and prints what came
//! of it; all of them work while `serve` runs on the same database.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. `--json` prints one document on standard
//! output; logs and hints go to standard error.

mod audit;
mod backup;
mod calendar;
mod configuration;
mod demo;
mod doctor;
mod figures;
mod inbound;
mod mail;
mod manual;
mod meeting;
mod print;
mod restore;
mod serve;
mod token;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::random::Chance;
use crate::base::secret::hex;
use crate::base::time::Clock;
use crate::config::{self, Config, LogFormat};
use print::Printer;

/// How long what still runs in the background may take when a command is done.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Said where a demo is given a house: it would look as if it filled that one.
const DEMO_ALONE: &str = "A demo takes no --data and no --config: it is a house of its own, with defaults, in a directory \
    that goes with it. Leave them out, or run `entente serve` for a house that stays.";

/// People and their agents agree on a time, privately, over plain email.
#[derive(Debug, Parser)]
#[command(name = "entente", version, about, long_about = None, propagate_version = true)]
pub(crate) struct Entente {
    /// The configuration file; else `$ENTENTE_CONFIG`, else ./config.toml if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data directory, in place of the configured one
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT
    Serve,
    /// Run a fresh house with sample people and the mailroom, to try everything out
    Demo(demo::Demo),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(configuration::Configuration),
    /// Add, list and disable people, or make a sign-in link
    #[command(subcommand)]
    User(user::User),
    /// Create, list and revoke API tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Book, list, show, move, cancel and resend meetings
    #[command(subcommand)]
    Meeting(meeting::Meeting),
    /// Look at waiting mail, retry it, try the mail servers
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Take in a message by hand
    #[command(subcommand)]
    Inbound(inbound::Inbound),
    /// Look into calendar files
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Verify, sign and export the journal
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Compute the figures of agents again
    #[command(subcommand)]
    Figures(figures::Figures),
    /// Write one consistent copy of everything but the key
    Backup(backup::Backup),
    /// Put a copy back; mail is held until you release it
    Restore(restore::Restore),
    /// Check everything outside the house, each finding with its cure
    Doctor,
    /// Print the OpenAPI document of the API
    Openapi,
    /// Print completions for a shell
    Completions(manual::Completions),
    /// Print the manual page
    Man,
}

/// What every command is given.
pub(crate) struct Room {
    config: Config,
    printer: Printer,
}

impl Room {
    /// Opens the house.
    fn open(&self) -> Result<App> {
        App::open(self.config.clone(), Clock::system(), Chance::system())
    }

    /// Whoever may run this program is the operator.
    fn operator(app: &App) -> Actor {
        Actor::new(Who::Operator, Road::Cli, hex(&app.store.ground().chance.bytes::<16>()))
    }
}

/// Runs the command line; gives the exit code.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match Entente::try_parse_from(words) {
        Ok(line) => line,
        Err(error) => {
            // Help and version are no mistakes: clap knows their code.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let printer = Printer::new(line.json);
    if matches!(line.command, Command::Demo(_)) && (line.data.is_some() || line.config.is_some()) {
        eprintln!("{DEMO_ALONE}");
        return ExitCode::from(2);
    }
    let mut config = match Config::load(line.config.as_deref(), config::environment()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("The configuration cannot be used:\n{error}");
            return ExitCode::from(2);
        }
    };
    if let Some(data) = line.data {
        config.data_dir = data;
    }
    log_to_standard_error(&config);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::internal).and_then(
            |runtime| {
                let done = runtime.block_on(command(line.command, Room { config, printer: printer.clone() }));
                // A name that is still being looked up on a thread of its own keeps nobody here.
                runtime.shutdown_timeout(LAST_WORDS);
                done
            },
        );
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.failed(&error);
            ExitCode::from(if matches!(error, Error::Invalid { .. }) { 2 } else { 1 })
        }
    }
}

async fn command(command: Command, room: Room) -> Result<()> {
    match command {
        Command::Serve => serve::run(&room).await,
        Command::Demo(demo) => demo.run(&room).await,
        Command::Config(configuration) => configuration.run(&room),
        Command::User(user) => user.run(&room).await,
        Command::Token(token) => token.run(&room).await,
        Command::Meeting(meeting) => meeting.run(&room).await,
        Command::Mail(mail) => mail.run(&room).await,
        Command::Inbound(inbound) => inbound.run(&room).await,
        Command::Calendar(calendar) => calendar.run(&room),
        Command::Audit(audit) => audit.run(&room).await,
        Command::Figures(figures) => figures.run(&room).await,
        Command::Backup(backup) => backup.run(&room).await,
        Command::Restore(restore) => restore.run(&room).await,
        Command::Doctor => doctor::run(&room).await,
        Command::Openapi => {
            print!("{}", crate::web::api::openapi());
            Ok(())
        }
        Command::Completions(completions) => {
            completions.print();
            Ok(())
        }
        Command::Man => manual::man(),
    }
}

/// Logs go to standard error, so that standard output is what was asked for.
fn log_to_standard_error(config: &Config) {
    // What libraries say of their own start is of no use to an operator.
    let filter = format!("actix_server=warn,{},{}", crate::store::LOG, config.log.level);
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_default();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start within one process (a test) keeps the first one's log.
    let _ = match config.log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
    };
}
