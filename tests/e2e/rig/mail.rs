//! Postfix and Dovecot for one domain, on loopback. No mail leaves the machine: every other domain is an error.
//!
//! Users are [`USERS`], each with the password of [`MailRig::password`]. Sub-addresses (`guest+anything@`) go to
//! the user's mailbox and stay in `Delivered-To`. An unknown user is accepted and then bounced with a real DSN.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};

use crate::rig::mailbox::Mailbox;
use crate::rig::process::{Part, program, run};
use crate::rig::wait::{PATIENCE, wait_until};
use crate::rig::{port, smtp, tls};

/// The only domain there is.
pub(crate) const DOMAIN: &str = "entente.test";

/// Who has a mailbox. The last three are words that stand in no text of ours, for tests that look for traces of them.
const USERS: [&str; 8] =
    ["organizer", "host", "guest", "third", "stranger", "zebulon", "quillon", "ottoline"];

/// How long a part may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(5);

struct Ports {
    mx: u16,
    submission: u16,
    smtps: u16,
    imap: u16,
    imaps: u16,
    lmtp: u16,
    auth: u16,
}

/// A running mail system.
pub(crate) struct MailRig {
    // In this order they are dropped: Postfix, Dovecot, then their directory.
    postfix: Option<Part>,
    dovecot: Option<Part>,
    ports: Ports,
    dir: tempfile::TempDir,
}

impl MailRig {
    /// Starts both and waits until they answer.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let ports = Ports {
            mx: port::free(),
            submission: port::free(),
            smtps: port::free(),
            imap: port::free(),
            imaps: port::free(),
            lmtp: port::free(),
            auth: port::free(),
        };
        let dir = super::process::open_directory("mail");
        let mut rig = Self { postfix: None, dovecot: None, ports, dir };
        rig.write_files();
        rig.start_imap();
        rig.start_smtp();
        rig
    }

    /// Where mail from other domains comes in: no login, no TLS needed.
    pub(crate) fn smtp_port(&self) -> u16 {
        self.ports.mx
    }

    /// Submission: STARTTLS and login.
    pub(crate) fn submission_port(&self) -> u16 {
        self.ports.submission
    }

    /// Submission over implicit TLS, with login.
    pub(crate) fn smtps_port(&self) -> u16 {
        self.ports.smtps
    }

    /// IMAP without TLS, or with STARTTLS.
    pub(crate) fn imap_port(&self) -> u16 {
        self.ports.imap
    }

    /// IMAP over implicit TLS.
    pub(crate) fn imaps_port(&self) -> u16 {
        self.ports.imaps
    }

    /// The authority (PEM) that signed the servers' certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.path("tls/ca.pem")
    }

    /// A user's address, which is the login name too.
    pub(crate) fn address(user: &str) -> String {
        format!("{user}@{DOMAIN}")
    }

    /// A user's password.
    pub(crate) fn password(user: &str) -> String {
        format!("pw-{user}")
    }

    /// What a user received.
    pub(crate) fn mailbox(&self, user: &str) -> Mailbox {
        Mailbox::new(user, self.path(&format!("mail/{DOMAIN}/{user}")))
    }

    /// Hands a raw message in as another domain's server would; panics where it is refused.
    #[track_caller]
    pub(crate) fn send(&self, from: &str, to: &str, raw: &[u8]) {
        self.try_send(from, to, raw).unwrap_or_else(|refusal| panic!("{from} -> {to}: {refusal}"));
    }

    /// The same; the error is the server's refusing reply.
    pub(crate) fn try_send(&self, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
        smtp::deliver(self.ports.mx, from, to, raw)
    }

    /// Lays a raw message into a user's INBOX: it lies there when this returns.
    pub(crate) fn lay(&self, from: &str, to: &str, raw: &[u8]) -> Result<(), String> {
        smtp::lay(self.ports.lmtp, from, to, raw)
    }

    /// Hands a raw message in as a user's mail program does: STARTTLS and login at the submission port.
    #[track_caller]
    pub(crate) fn submit(&self, user: &str, to: &str, raw: &[u8]) {
        let pem = std::fs::read(self.ca_file()).expect("the rig wrote it");
        let tls = TlsParameters::builder("localhost".to_owned())
            .add_root_certificate(Certificate::from_pem(&pem).expect("a certificate"))
            .build()
            .expect("TLS parameters");
        let mailer = SmtpTransport::builder_dangerous("127.0.0.1")
            .port(self.ports.submission)
            .tls(Tls::Required(tls))
            .credentials(Credentials::new(Self::address(user), Self::password(user)))
            .build();
        let from = Self::address(user).parse().expect("an address");
        let to = to.parse().expect("an address");
        let envelope = Envelope::new(Some(from), vec![to]).expect("a sender and a recipient");
        mailer.send_raw(&envelope, raw).unwrap_or_else(|error| panic!("submission refused: {error}"));
    }

    /// Moves a user's messages whose subject holds `subject` from INBOX to Junk, as a filter or a person does.
    #[track_caller]
    pub(crate) fn move_to_junk(&self, user: &str, subject: &str) {
        let user = Self::address(user);
        self.doveadm(&["move", "-u", &user, "Junk", "mailbox", "INBOX", "subject", subject]);
    }

    /// Runs `doveadm` on this Dovecot and gives its output: the way to flags, expunging, UIDVALIDITY and kicking.
    #[track_caller]
    pub(crate) fn doveadm(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(program("doveadm"));
        command.arg("-c").arg(self.path("dovecot/dovecot.conf")).args(arguments);
        String::from_utf8_lossy(&run(&mut command).stdout).into_owned()
    }

    /// Waits until Postfix has nothing left to deliver.
    #[track_caller]
    pub(crate) fn wait_until_delivered(&self) {
        wait_until("an empty mail queue", PATIENCE, || {
            let queue = run(Command::new(program("postqueue")).arg("-c").arg(self.path("postfix")).arg("-j"));
            queue.stdout.is_empty().then_some(())
        });
    }

    /// Stops Postfix: nobody answers at its ports.
    pub(crate) fn stop_smtp(&mut self) {
        self.postfix = None;
    }

    /// Starts Postfix again, at the same ports.
    #[track_caller]
    pub(crate) fn start_smtp(&mut self) {
        // `postfix start` spends two seconds on checks of an installation; its daemon alone is there at once.
        let config = self.path("postfix");
        let mut command = Command::new(program("master"));
        command.env("MAIL_CONFIG", &config).arg("-c").arg(&config).arg("-d");
        let mut part = Part::start("Postfix", &self.path("log/postfix.out"), GRACE, &command);
        for port in [self.ports.mx, self.ports.submission, self.ports.smtps] {
            part.wait_for_port(port);
        }
        self.postfix = Some(part);
    }

    /// Stops Dovecot: IMAP connections break, and Postfix keeps what it cannot deliver.
    pub(crate) fn stop_imap(&mut self) {
        self.dovecot = None;
    }

    /// Starts Dovecot again, at the same ports.
    #[track_caller]
    pub(crate) fn start_imap(&mut self) {
        let mut command = Command::new(program("dovecot"));
        command.arg("-F").arg("-c").arg(self.path("dovecot/dovecot.conf"));
        let mut part = Part::start("Dovecot", &self.path("log/dovecot.out"), GRACE, &command);
        for port in [self.ports.imap, self.ports.imaps, self.ports.lmtp, self.ports.auth] {
            part.wait_for_port(port);
        }
        self.dovecot = Some(part);
    }

    /// Both servers' logs.
    pub(crate) fn logs(&self) -> String {
        let named = ["postfix.out", "postfix.log", "dovecot.out", "dovecot.log"].map(|name| {
            let text = std::fs::read(self.path("log").join(name)).unwrap_or_default();
            format!("--- {name}\n{}", String::from_utf8_lossy(&text))
        });
        named.concat()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write_files(&self) {
        let root = self.dir.path();
        for folder in ["tls", "dovecot/run", "postfix/spool/pid", "log", "mail"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder in our own directory");
        }
        tls::write(&root.join("tls")).expect("certificates");
        let write =
            |name: &str, text: String| std::fs::write(root.join(name), text).expect("a file of our own");
        write("dovecot/dovecot.conf", self.filled(DOVECOT));
        write(
            "dovecot/users",
            USERS.map(|user| format!("{user}@{DOMAIN}:{{PLAIN}}pw-{user}::::::\n")).concat(),
        );
        write("postfix/main.cf", self.filled(MAIN_CF));
        write("postfix/master.cf", self.filled(MASTER_CF));
        // Postfix takes a file changed a moment ago for one still being written, and waits a second and a half.
        let main_cf = std::fs::File::options().append(true).open(root.join("postfix/main.cf"));
        main_cf.and_then(|file| file.set_modified(UNIX_EPOCH)).expect("a file of our own");
        own(root, "mail", "mail", "0755", &["mail"]);
        // What `postfix check` would create, for the reason given at `start_smtp`.
        let private =
            "active bounce corrupt defer deferred flush hold incoming private saved trace".split(' ');
        let private: Vec<String> = private.map(|queue| format!("postfix/spool/{queue}")).collect();
        own(root, "postfix", "root", "0700", &private.iter().map(String::as_str).collect::<Vec<_>>());
        own(root, "postfix", "root", "0700", &["postfix/data"]);
        own(root, "postfix", "postdrop", "0730", &["postfix/spool/maildrop"]);
        own(root, "postfix", "postdrop", "0710", &["postfix/spool/public"]);
    }

    fn filled(&self, template: &str) -> String {
        let ports = &self.ports;
        let mut text =
            template.replace("$RIG", &self.dir.path().display().to_string()).replace("$DOMAIN", DOMAIN);
        for (name, port) in [
            ("$MX", ports.mx),
            ("$SUBMISSION", ports.submission),
            ("$SMTPS", ports.smtps),
            ("$IMAPS", ports.imaps),
            ("$IMAP", ports.imap),
            ("$LMTP", ports.lmtp),
            ("$AUTH", ports.auth),
        ] {
            text = text.replace(name, &port.to_string());
        }
        text
    }
}

impl Drop for MailRig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
    }
}

/// Makes folders with the given owner and mode.
fn own(root: &Path, owner: &str, group: &str, mode: &str, folders: &[&str]) {
    let mut command = Command::new(program("install"));
    command
        .args(["-d", "-o", owner, "-g", group, "-m", mode])
        .args(folders.iter().map(|name| root.join(name)));
    run(&mut command);
}

const DOVECOT: &str = include_str!("dovecot.conf");
const MAIN_CF: &str = include_str!("main.cf");
const MASTER_CF: &str = include_str!("master.cf");
