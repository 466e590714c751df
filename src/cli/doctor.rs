//! `doctor` and `mail test`: everything outside the house, each finding with its cure.

use serde_json::json;

use super::Room;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::time::{DAY, Timestamp};
use crate::config::{self, Transport};
use crate::journal;
use crate::mail::inbound::poll;
use crate::mail::letters::smtp_settings;
use crate::mail::wire::{DkimSigner, Imap, Record, Smtp, Trouble, Verifier};
use crate::model::Endpoint;
use crate::net;
use crate::post::fact;

/// The least free space, in bytes.
const FREE_BYTES_MIN: u64 = 200 * 1024 * 1024;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    /// `ok`, `warning`, `failed`, or `skipped` where there is nothing to look at.
    state: &'static str,
    says: String,
    cure: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, state: "ok", says: says.into(), cure: None }
    }

    fn skipped(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, state: "skipped", says: says.into(), cure: None }
    }

    fn wrong(
        what: &'static str,
        state: &'static str,
        says: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { what, state, says: says.into(), cure: Some(cure.into()) }
    }

    fn trouble(what: &'static str, trouble: Trouble) -> Self {
        Self::wrong(what, "failed", trouble.what, trouble.cure)
    }
}

/// Checks everything. Fails if anything does.
pub(super) async fn run(room: &Room) -> Result<()> {
    let app = room.open()?;
    let mut findings = vec![Finding::ok("configuration", "can be used"), disk(&app), clock(&app).await];
    findings.extend([smtp(&app).await, imap(&app).await, public_url(&app).await]);
    findings.push(subaddress(&app).await);
    findings.push(model(&app).await);
    findings.extend(records(&app).await);
    tell(room, &findings)
}

/// Tries the mail servers only.
pub(super) async fn mail(room: &Room) -> Result<()> {
    let app = room.open()?;
    let findings = [smtp(&app).await, imap(&app).await];
    tell(room, &findings)
}

fn tell(room: &Room, findings: &[Finding]) -> Result<()> {
    let value: Vec<_> = findings
        .iter()
        .map(|one| json!({ "what": one.what, "state": one.state, "says": one.says, "cure": one.cure }))
        .collect();
    room.printer.print(&json!(value), || {
        let mut lines = Vec::new();
        for one in findings {
            let mark = match one.state {
                "ok" => "ok  ",
                "skipped" => "-   ",
                "warning" => "WARN",
                _ => "FAIL",
            };
            lines.push(format!("{mark}  {:<16}{}", one.what, one.says));
            if let Some(cure) = &one.cure {
                lines.push(format!("      {:<16}{cure}", ""));
            }
        }
        lines.join("\n")
    });
    match findings.iter().filter(|one| one.state == "failed").count() {
        0 => Ok(()),
        many => Err(Error::refused("doctor", format!("{many} of the checks failed."))),
    }
}

fn disk(app: &App) -> Finding {
    let directory = &app.config.data_dir;
    match rustix::fs::statvfs(directory) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let says = format!("{} MiB are free at {}", free / 1024 / 1024, directory.display());
            if free >= FREE_BYTES_MIN {
                Finding::ok("disk", says)
            } else {
                Finding::wrong(
                    "disk",
                    "failed",
                    says,
                    "Make room: a full disk stops bookings and mail, though nothing is lost.",
                )
            }
        }
        Err(error) => {
            Finding::wrong("disk", "failed", error.to_string(), "Look at the data directory and its rights.")
        }
    }
}

async fn clock(app: &App) -> Finding {
    let newest = app
        .store
        .read(|cx| {
            let head = journal::head(cx)?;
            let entry = journal::after(cx, head - 1, 1)?.pop();
            Ok(entry.map_or(0, |entry| cx.now.ms() - entry.at))
        })
        .await;
    let now = app.store.ground().clock.now();
    let says = format!("it is {now}");
    match newest {
        Ok(ahead) if ahead < -1_000 => Finding::wrong(
            "clock",
            "failed",
            format!("{says}, and the journal's newest entry is {} s later", -ahead / 1_000),
            "The clock went back. Let NTP set it (systemd-timesyncd, chrony).",
        ),
        Ok(_) if now < Timestamp::from_ms(1_735_689_600_000) => {
            Finding::wrong("clock", "failed", says, "The clock is years behind. Let NTP set it.")
        }
        Ok(_) => Finding::ok("clock", says),
        Err(error) => {
            Finding::wrong("clock", "failed", error.to_string(), "Look at the database file and its rights.")
        }
    }
}

async fn smtp(app: &App) -> Finding {
    let Some(smtp) = app.config.mail.smtp.as_ref().filter(|_| app.config.mail.transport == Transport::Smtp)
    else {
        return Finding::skipped("outgoing mail", "stays in the mailroom: there is no [mail.smtp]");
    };
    let checked = match Smtp::new(smtp_settings(&app.config, smtp)) {
        Ok(server) => server.check().await,
        Err(trouble) => Err(trouble),
    };
    match checked {
        Ok(_) => Finding::ok("outgoing mail", format!("{}:{} takes our login", smtp.host, smtp.port)),
        Err(trouble) => Finding::trouble("outgoing mail", trouble),
    }
}

async fn imap(app: &App) -> Finding {
    let (Some(imap), Some((settings, _))) = (&app.config.mail.imap, poll::settings(&app.config)) else {
        return Finding::skipped("incoming mail", "is not polled: there is no [mail.imap]");
    };
    let checked = match Imap::new(settings) {
        Ok(mailbox) => mailbox.check().await,
        Err(trouble) => Err(trouble),
    };
    match checked {
        Ok(check) if check.idle || !imap.idle => {
            Finding::ok("incoming mail", format!("{}:{} takes our login", imap.host, imap.port))
        }
        Ok(_) => Finding::wrong(
            "incoming mail",
            "warning",
            format!("{}:{} takes our login and has no IDLE", imap.host, imap.port),
            format!("Replies are noticed within {} s (mail.imap.poll_seconds).", imap.poll_seconds),
        ),
        Err(trouble) => Finding::trouble("incoming mail", trouble),
    }
}

async fn public_url(app: &App) -> Finding {
    let url = format!("{}/healthz", app.config.server.public_url);
    match net::status(&url).await {
        Ok(200) => Finding::ok("public URL", format!("{} answers", app.config.server.public_url)),
        Ok(status) => Finding::wrong(
            "public URL",
            "failed",
            format!("{url} answers {status}"),
            "Let the reverse proxy pass everything to server.listen, and set server.public_url to what people open.",
        ),
        Err(error) => Finding::wrong(
            "public URL",
            "failed",
            format!("{url} cannot be reached: {error}"),
            "Is `entente serve` running, and does server.public_url lead to it?",
        ),
    }
}

async fn subaddress(app: &App) -> Finding {
    const WHAT: &str = "reply tokens";
    match app.config.organizer.subaddress {
        config::Subaddress::On => Finding::ok(WHAT, "on, as configured"),
        config::Subaddress::Off => {
            Finding::ok(WHAT, "off, as configured: replies are told by ATTENDEE, then by sender")
        }
        config::Subaddress::Auto if app.config.mail.transport == Transport::Mailroom => {
            Finding::ok(WHAT, "on, in the mailroom")
        }
        config::Subaddress::Auto => {
            let found = app.store.read(|cx| fact::get(cx, fact::PROBE)).await.ok().flatten();
            match found.as_ref().map(|(mode, at)| (mode.as_str(), app.store.ground().clock.now().since(*at)))
            {
                Some(("full", age)) => {
                    Finding::ok(WHAT, format!("on: the probe came back {} days ago", age / DAY))
                }
                Some(("not-from", _)) => {
                    Finding::ok(WHAT, "on in ORGANIZER and Reply-To; the mail server rewrites From")
                }
                Some(_) => Finding::wrong(
                    WHAT,
                    "warning",
                    "off: the probe came back changed",
                    "The mail server rewrites addresses. Replies are told by ATTENDEE, then by sender; allow sub-addresses \
                     (scheduling+token@…) for the best results.",
                ),
                None => Finding::wrong(
                    WHAT,
                    "warning",
                    "off: no probe has come back",
                    "Configure [mail.imap], and let the mailbox take sub-addresses (scheduling+token@…).",
                ),
            }
        }
    }
}

async fn model(app: &App) -> Finding {
    const WHAT: &str = "language model";
    let Some(endpoint) = Endpoint::of(&app.config, &app.store.ground().clock) else {
        return Finding::skipped(WHAT, "none is asked: there is no [model]");
    };
    let url = app.config.model.as_ref().map_or("", |model| model.url.as_str());
    match endpoint.status().await {
        Ok(200) => Finding::ok(WHAT, format!("{url} answers")),
        Ok(401 | 403) => Finding::wrong(
            WHAT,
            "failed",
            format!("{url} does not take our key"),
            "Set model.key, or model.key_file.",
        ),
        Ok(status) => Finding::wrong(
            WHAT,
            "warning",
            format!("{url} answers {status} where its models are asked for"),
            "Is model.url what comes before /chat/completions? Some endpoints do not tell their models.",
        ),
        Err(error) => Finding::wrong(
            WHAT,
            "failed",
            format!("{error}"),
            "Does it run, and does model.url lead to it? Lines are read without it meanwhile.",
        ),
    }
}

async fn records(app: &App) -> Vec<Finding> {
    let domain = app.config.organizer.address.domain();
    if app.config.mail.transport == Transport::Mailroom {
        return vec![Finding::skipped("DNS records", "nothing leaves the mailroom")];
    }
    let verifier = Verifier::new(&app.config.net.name_servers);
    let (spf, dmarc, dkim) =
        tokio::join!(verifier.spf(domain), verifier.dmarc(domain), dkim_record(app, domain, &verifier));
    let name_a_server =
        format!("Publish one TXT record at {domain} that names your mail server, like `v=spf1 mx -all`.");
    let name_a_policy =
        format!("Publish one TXT record at _dmarc.{domain}, like `v=DMARC1; p=quarantine; rua=mailto:…`.");
    vec![record("SPF", spf, name_a_server), record("DMARC", dmarc, name_a_policy), dkim]
}

async fn dkim_record(app: &App, domain: &str, verifier: &Verifier) -> Finding {
    const WHAT: &str = "DKIM";
    let Some(dkim) = &app.config.mail.dkim else {
        return Finding::skipped(WHAT, "is left to the mail server: there is no [mail.dkim]");
    };
    let path = app.config.in_data(&dkim.key_file);
    let signer = std::fs::read_to_string(&path).map_err(|error| error.to_string()).and_then(|pem| {
        DkimSigner::new(&dkim.domain, &dkim.selector, &pem.into()).map_err(|error| error.to_string())
    });
    let signer = match signer {
        Ok(signer) => signer,
        Err(error) => {
            let says = format!("{} cannot be used: {error}", path.display());
            return Finding::wrong(WHAT, "failed", says, "Put the private key there, as a PEM file.");
        }
    };
    let cure = format!("Publish one TXT record at {}: {}", signer.record_name(), signer.record());
    match verifier.dkim(&signer).await {
        Record::Found { .. } if !is_aligned(&dkim.domain, domain) => Finding::wrong(
            WHAT,
            "warning",
            format!("is signed for {}, and mail comes from {domain}: DMARC does not count it", dkim.domain),
            format!("Set mail.dkim.domain to {domain}, and publish the key there."),
        ),
        found => record(WHAT, found, cure),
    }
}

/// Whether one domain is the other, or lies in it.
fn is_aligned(one: &str, other: &str) -> bool {
    let (one, other) = (format!(".{}", one.to_lowercase()), format!(".{}", other.to_lowercase()));
    one.ends_with(&other) || other.ends_with(&one)
}

fn record(what: &'static str, found: Record, cure: String) -> Finding {
    match found {
        Record::Found { at, text } => Finding::ok(what, format!("{at} says {text}")),
        Record::Wrong { text, why } => Finding::wrong(what, "failed", format!("{why}: {text}"), cure),
        Record::Missing => Finding::wrong(what, "failed", "there is no record", cure),
        Record::Unknown(why) => Finding::wrong(
            what,
            "warning",
            format!("could not be looked up: {why}"),
            "Does the name server answer? Look at net.name_servers or /etc/resolv.conf, and try again.",
        ),
    }
}
