//! The tables of the configuration. The doc comments are the manual: `config.example.toml` and
//! `docs/configuration.md` are made of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::rules;
use super::section::section;
use super::setting::choice;
use crate::base::IpRange;
use crate::base::secret::Secret;
use crate::base::text::Address;
use crate::base::time::Zone;

section! {
    /// Everything. The keys of this table stand at the top of the file, before the first `[table]`.
    pub struct Config {
        /// Where the database, the key file and the backups lie. Made if it does not exist. Relative to the
        /// directory that the program was started in.
        data_dir: PathBuf = "data".into() => |it| rules::path(it), "the path of a directory";
        /// The file with the master key, from which all others are derived: made at the first start, and worth a
        /// copy in a safe place. Relative to `data_dir`; empty: `entente.key` there.
        key_file: PathBuf = PathBuf::new();
    }
    tables {
        /// The HTTP server.
        server: Server;
        /// What the house asks of other machines.
        net: Net;
        /// How long things are kept.
        retention: Retention;
        /// The database.
        database: Database;
        /// Who organizes all meetings.
        organizer: Organizer;
        /// Mail.
        mail: Mail;
        /// Accounts.
        accounts: Accounts;
        /// Connections between accounts.
        network: Network;
        /// Calendars that are read.
        calendar: Calendar;
        /// Booking links.
        booking: Booking;
        /// Sessions between agents.
        sessions: Sessions;
        /// A language model.
        model: Option<Model>;
        /// Agents that people run themselves.
        agents: Agents;
        /// Meetings.
        meetings: Meetings;
        /// Links in mails.
        links: Links;
        /// Mail that is pushed to us over HTTP.
        inbound: Inbound;
        /// How often something may be done.
        limits: Limits;
        /// When an administrator is told.
        alerts: Alerts;
        /// The log.
        log: Log;
    }
}

section! {
    /// The HTTP server.
    pub struct Server {
        /// The address and port to listen on. Port 0 takes a free one.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        /// The address under which people reach it: every link in a mail begins with it. Without a path.
        public_url: String = "http://localhost:8080".into()
            => |it| rules::origin(it), "http:// or https:// and a host, without a path, like https://meet.example.org";
        /// The reverse proxies whose `X-Forwarded-For` is believed: addresses or ranges.
        trusted_proxies: Vec<IpRange> = Vec::new();
    }
}

section! {
    /// What the house asks of other machines: webhooks and calendars of other servers, whose private addresses
    /// are refused unless they are allowed here, and the DNS.
    pub struct Net {
        /// Private addresses or ranges that may be called all the same, such as a CalDAV server on the LAN.
        allow: Vec<IpRange> = Vec::new();
        /// The name servers that are asked for the records of mail (SPF, DKIM, DMARC) and for where the calendars of a
        /// domain lie (SRV), with their ports; empty: those of this machine. All other names are looked up by the system.
        name_servers: Vec<SocketAddr> = Vec::new() => |servers| servers.len() <= 8, "at most 8 addresses with ports, like 192.0.2.53:53 or [2001:db8::53]:53";
    }
}

section! {
    /// How long things are kept.
    pub struct Retention {
        /// Days that the raw bytes of a mail are kept, for an administrator to look into; what was read from
        /// it stays. 0: not kept at all.
        raw_mail_days: u32 = 30 => |days| *days <= 3_650, "from 0 to 3650 days";
        /// Days that notices are kept, read or not.
        notice_days: u32 = 90 => |days| (1..=3_650).contains(days), "from 1 to 3650 days";
    }
}

section! {
    /// The database.
    pub struct Database {
        /// `sqlite:` and a file, relative to `data_dir`.
        url: String = "sqlite:entente.db".into() => |it| rules::sqlite(it), "sqlite: and a file, like sqlite:entente.db";
    }
}

choice! {
    /// Whether invitations come from sub-addresses (`scheduling+token@…`, RFC 5233) that tell whose reply it is.
    pub enum Subaddress: "auto, on or off" {
        /// Found out: on until a mail to a sub-address comes back.
        Auto = "auto",
        /// The mailbox takes sub-addresses.
        On = "on",
        /// It does not; replies are told apart by what they carry.
        Off = "off",
    }
}

section! {
    /// Who organizes all meetings: the one address that participants see.
    pub struct Organizer {
        /// The name that stands in the calendars.
        name: String = "Entente".into() => |it| rules::name(it), "a name of at most 100 characters on one line, without an address";
        /// The mailbox that invitations are sent from and replies come to.
        address: Address = rules::default_organizer();
        /// Whether the mailbox takes mail for sub-addresses (`scheduling+token@…`): auto finds out.
        subaddress: Subaddress = Subaddress::Auto;
        /// The time zone of readers of whom no other is known. UTC always stands beside it.
        time_zone: Zone = Zone::UTC;
    }
}

choice! {
    /// Where outgoing mail goes.
    pub enum Transport: "mailroom or smtp" {
        /// It stays in the house, to be looked at in the browser.
        Mailroom = "mailroom",
        /// To a mail server.
        Smtp = "smtp",
    }
}

choice! {
    /// How a connection to a mail server is protected.
    pub enum Tls: "starttls, implicit or none" {
        /// Begun in the clear and then protected; refused if the server cannot.
        Starttls = "starttls",
        /// Protected from the first byte.
        Implicit = "implicit",
        /// Not at all: for a server on this machine.
        None = "none",
    }
}

section! {
    /// Mail.
    pub struct Mail {
        /// mailroom keeps all mail in the house, to be looked at in the browser; smtp sends it. If it is not
        /// given: smtp where there is a `[mail.smtp]`, else mailroom.
        transport: Transport = Transport::Mailroom;
    }
    tables {
        /// The server that mail is sent through.
        smtp: Option<Smtp>;
        /// The mailbox that replies are read from.
        imap: Option<Imap>;
        /// How mail is signed.
        dkim: Option<Dkim>;
    }
}

section! {
    /// The server that mail is sent through. Without this table nothing leaves the house.
    pub struct Smtp {
        /// The server's name.
        host: String = String::new() => |it| rules::host(it), "the name or address of a server, like smtp.example.org";
        /// Its port; 0: 587 with starttls, 465 with implicit, 25 with none.
        port: u16 = 0;
        /// starttls, implicit or none.
        tls: Tls = Tls::Starttls;
        /// Who signs in; empty: nobody does.
        username: String = String::new();
        /// The password.
        password: Secret = Secret::default();
        /// How many connections are open at most.
        connections: u32 = 4 => |many| (1..=64).contains(many), "from 1 to 64";
        /// A PEM file with certificates to trust besides the usual ones; empty: none. Relative to `data_dir`.
        ca_file: PathBuf = PathBuf::new();
    }
}

section! {
    /// The mailbox that replies are read from. Without this table nothing is polled.
    pub struct Imap {
        /// The server's name.
        host: String = String::new() => |it| rules::host(it), "the name or address of a server, like imap.example.org";
        /// Its port; 0: 993 with implicit, 143 otherwise.
        port: u16 = 0;
        /// starttls, implicit or none.
        tls: Tls = Tls::Implicit;
        /// Who signs in.
        username: String = String::new() => |name: &String| !name.is_empty(), "the mailbox's user name";
        /// The password.
        password: Secret = Secret::default() => |password: &Secret| !password.is_empty(), "the mailbox's password";
        /// The folders that are read. `\Junk` is the folder that the server calls so (RFC 6154), whatever
        /// its name.
        folders: Vec<String> = vec!["INBOX".into(), "\\Junk".into()]
            => |it| rules::folders(it), "a list of folder names, or special uses of RFC 6154 like \\Junk";
        /// Whether the server is asked to tell of new mail at once (RFC 2177), if it can.
        idle: bool = true;
        /// Seconds between two looks into the mailbox.
        poll_seconds: u32 = 60 => |seconds| (1..=86_400).contains(seconds), "from 1 to 86400 seconds";
        /// Whose `Authentication-Results` count (RFC 8601): the name that the mail server writes there; empty:
        /// nobody's.
        trusted_authserv_id: String = String::new();
        /// A PEM file with certificates to trust besides the usual ones; empty: none. Relative to `data_dir`.
        ca_file: PathBuf = PathBuf::new();
    }
}

section! {
    /// How mail is signed (RFC 6376), if the mail server does not do it.
    pub struct Dkim {
        /// The domain that signs.
        domain: String = String::new() => |it| rules::host(it), "a domain, like example.org";
        /// The selector under which its public key is published.
        selector: String = String::new() => |it| rules::host(it), "a selector, like entente2026";
        /// The PEM file with the private key (RSA, PKCS#1 or PKCS#8). Relative to `data_dir`.
        key_file: PathBuf = PathBuf::new() => |it| rules::path(it), "the path of a PEM file";
    }
}

choice! {
    /// Who may make an account.
    pub enum SignUp: "invited or closed" {
        /// Whoever is invited to connect by somebody who has one.
        Invited = "invited",
        /// Nobody: administrators add people.
        Closed = "closed",
    }
}

section! {
    /// Accounts.
    pub struct Accounts {
        /// invited: whoever is asked to connect by somebody with an account can make one by the link in the mail.
        /// closed: only administrators add people.
        sign_up: SignUp = SignUp::Invited;
    }
}

section! {
    /// Connections between accounts, and what their agents may ask.
    pub struct Network {
        /// How many people each account may ask to connect in a day.
        invitations_per_day: u32 = 20 => |many| *many <= 1_000_000, "from 0 to 1000000";
        /// Days that an invitation to connect can be accepted.
        invitation_days: u32 = 14 => |days| (1..=365).contains(days), "from 1 to 365 days";
        /// How many questions about one person's time or profile another may ask in an hour.
        questions_per_hour: u32 = 60 => |many| *many <= 1_000_000, "from 0 to 1000000";
    }
}

choice! {
    /// What a decline does to a meeting of two.
    pub enum Decline: "strict or soft" {
        /// The meeting is cancelled for both.
        Strict = "strict",
        /// The other side is told, and the meeting stays.
        Soft = "soft",
    }
}

choice! {
    /// Who must agree to a new time.
    pub enum Approval: "everyone or host" {
        /// All participants but the one who proposed it.
        Everyone = "everyone",
        /// The host alone.
        Host = "host",
    }
}

section! {
    /// Calendars that are read, for the time in which people are busy.
    pub struct Calendar {
        /// Minutes from one reading of a calendar to the next.
        read_minutes: u32 = 15 => |minutes| (1..=1_440).contains(minutes), "from 1 to 1440 minutes";
        /// Minutes after which a calendar that could not be read counts as stale: nothing books by itself on it.
        /// It must be more than `read_minutes`.
        stale_minutes: u32 = 60 => |minutes| (2..=10_080).contains(minutes), "from 2 to 10080 minutes";
        /// How many days ahead recurring events are expanded; no time is offered beyond.
        horizon_days: u32 = 400 => |days| (30..=800).contains(days), "from 30 to 800 days";
    }
}

section! {
    /// Booking links.
    pub struct Booking {
        /// Minutes that a time is held for a guest who has not confirmed their address.
        confirm_minutes: u32 = 30 => |minutes| (5..=1_440).contains(minutes), "from 5 to 1440 minutes";
        /// Hours that a time is held while the host has not decided.
        decide_hours: u32 = 48 => |hours| (1..=336).contains(hours), "from 1 to 336 hours";
        /// How many times are held for one guest at once.
        open_per_guest: u32 = 3 => |many| (1..=50).contains(many), "from 1 to 50";
    }
}

section! {
    /// Sessions between agents.
    pub struct Sessions {
        /// Hours after which a session that came to nothing is over.
        hours: u32 = 72 => |hours| (1..=720).contains(hours), "from 1 to 720 hours";
        /// How often times are proposed before the people are asked.
        rounds: u32 = 5 => |rounds| (1..=50).contains(rounds), "from 1 to 50";
    }
}

section! {
    /// A language model behind an OpenAI-compatible endpoint, for lines that ask for a meeting and were not understood without
    /// one. It is given the line and nothing else, and what it says is checked by the same rules. Without this table none
    /// is asked.
    pub struct Model {
        /// Where it is: `/chat/completions` is added. It may lie on a private address.
        url: String = String::new() => |it| rules::base_url(it), "http:// or https:// with a host, like http://127.0.0.1:11434/v1";
        /// What the endpoint calls it.
        name: String = String::new() => |name: &String| !name.is_empty(), "the name of a model, as the endpoint calls it";
        /// The key, sent as a bearer token; empty: none.
        key: Secret = Secret::default();
        /// Seconds that an answer may take.
        seconds: u32 = 10 => |seconds| (1..=60).contains(seconds), "from 1 to 60 seconds";
    }
}

section! {
    /// Agents that people run themselves.
    pub struct Agents {
        /// Whether programs may be registered as agents. Built-in agents, rooms and things need it not.
        enabled: bool = true;
        /// Seconds that a token is good for which an agent gets for its key.
        token_seconds: u32 = 900 => |seconds| (60..=3_600).contains(seconds), "from 60 to 3600 seconds";
        /// Days after which the house signs such tokens with a new key.
        signing_days: u32 = 30 => |days| (1..=365).contains(days), "from 1 to 365 days";
        /// Seconds from one sign of life of an agent to the next; after three without one it is offline.
        heartbeat_seconds: u32 = 30 => |seconds| (5..=600).contains(seconds), "from 5 to 600 seconds";
        /// In how many conversations an agent may be at once whose owner says nothing of it; never in more than `conversations_max`.
        conversations_usual: u32 = 5 => |many| (1..=1_000).contains(many), "from 1 to 1000";
        /// The most conversations that an agent may be in at once.
        conversations_max: u32 = 10 => |many| (1..=1_000).contains(many), "from 1 to 1000";
        /// The most agents of one conversation, and the most members of a group decision, with whoever begins it.
        group_max: u32 = 20 => |many| (2..=100).contains(many), "from 2 to 100";
        /// How many of those who said yes or no must have said yes in a group decision, unless it says otherwise; two thirds are 0.666.
        threshold: f64 = 0.7 => |share| (0.0..=1.0).contains(share), "a share from 0 to 1, like 0.7";
        /// Seconds that a group of programs has for a decision, unless it says otherwise; with people in it, `sessions.hours`.
        group_seconds: u32 = 600 => |seconds| (60..=86_400).contains(seconds), "from 60 to 86400 seconds";
        /// Seconds that an agent has for a message it was handed, before it is handed out again.
        message_seconds: u32 = 300 => |seconds| (10..=86_400).contains(seconds), "from 10 to 86400 seconds";
        /// How often a message is handed out, before it counts as undeliverable.
        attempts: u32 = 3 => |many| (1..=100).contains(many), "from 1 to 100";
        /// The most messages that wait for one agent, a quarter of them of one sender, and the most that wait from one.
        queue_max: u32 = 1_000 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// How many messages of one priority an agent sends in `window_seconds`.
        requests: u32 = 100 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// See `requests`.
        window_seconds: u32 = 60 => |seconds| (1..=86_400).contains(seconds), "from 1 to 86400 seconds";
        /// How many of them at once.
        burst: u32 = 50 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// The same of urgent messages, which have a smaller budget of their own.
        urgent_requests: u32 = 20 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// How many of them at once.
        urgent_burst: u32 = 10 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// How many messages go through one group in `window_seconds`, whoever sends them; a message to five others counts as five.
        group_requests: u32 = 300 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// How many of them at once.
        group_burst: u32 = 100 => |many| (1..=1_000_000).contains(many), "from 1 to 1000000";
        /// From how many calls in an hour that were refused (400, 403, 409, 422) an agent is shut out for a while; 0: never.
        refusals_per_hour: u32 = 600 => |many| *many <= 1_000_000, "from 0 to 1000000";
        /// From how many that came too soon (429); 0: never.
        floods_per_hour: u32 = 300 => |many| *many <= 1_000_000, "from 0 to 1000000";
        /// From how many for what is not there (404); 0: never.
        probes_per_hour: u32 = 200 => |many| *many <= 1_000_000, "from 0 to 1000000";
        /// Minutes for which an agent is shut out.
        shut_out_minutes: u32 = 60 => |minutes| (1..=43_200).contains(minutes), "from 1 to 43200 minutes";
        /// Days without a sign of life after which its owner is told that an agent is silent, once; 0: never.
        inactive_days: u32 = 14 => |days| *days <= 365, "from 0 to 365 days";
        /// Days that a task or an approval waits at most before it expires.
        task_days: u32 = 7 => |days| (1..=90).contains(days), "from 1 to 90 days";
        /// Days that a task or an approval is kept once it is over.
        keep_task_days: u32 = 7 => |days| (1..=3_650).contains(days), "from 1 to 3650 days";
    }
}

section! {
    /// Meetings: what holds where the caller says nothing else.
    pub struct Meetings {
        /// What a decline does: strict cancels the meeting for all, soft tells the other side and keeps it. With
        /// several guests, strict means: the host's decline, or the last guest's, cancels.
        decline: Decline = Decline::Strict;
        /// Who must agree to a new time: everyone, or the host alone.
        approval: Approval = Approval::Everyone;
        /// Where a meeting takes place that has no place: a template for a URL in which `{id}` is replaced by a
        /// secret of the meeting; empty: nowhere.
        video_url: String = String::new() => |it| rules::video(it), "empty, or a URL like https://meet.example.org/{id}";
        /// How many people who were never written to before may be invited in a day, by each account or token.
        new_recipients_per_day: u32 = 50 => |many| *many <= 1_000_000, "from 0 to 1000000";
        /// The longest meeting, in hours.
        length_max_hours: u32 = 24 => |hours| (1..=744).contains(hours), "from 1 to 744 hours";
        /// The title of a meeting that has none.
        default_title: String = "Practice Session".into() => |it| rules::name(it), "a text of at most 100 characters on one line, without an address";
    }
}

choice! {
    /// What a link that was followed shows first.
    pub enum Confirm: "button or auto" {
        /// A page with a button; only the button acts.
        Button = "button",
        /// A page whose script presses the button.
        Auto = "auto",
    }
}

section! {
    /// Links in mails.
    pub struct Links {
        /// button: whoever follows a link to decide presses a button there. auto: the page's script presses
        /// it, which some mail scanners do as well.
        confirm: Confirm = Confirm::Button;
        /// Hours that a link to decide (approve, decline, sign in) lives.
        decision_hours: u32 = 48 => |hours| (1..=720).contains(hours), "from 1 to 720 hours";
    }
}

section! {
    /// Mail, and news of mail, that a mail server pushes to us over HTTP.
    pub struct Inbound {
        /// The bearer token for `POST /api/v1/imip/inbound`, besides API tokens; empty: none.
        token: Secret = Secret::default();
        /// The secret that signs `POST /api/v1/hooks/email-status` (HMAC-SHA256 of the body); empty: an API
        /// token is needed.
        secret: Secret = Secret::default();
        /// The largest message that is taken, in bytes, by whichever road it comes.
        size_max_bytes: u64 = 10_485_760 => |bytes| (65_536..=104_857_600).contains(bytes), "from 65536 to 104857600 bytes";
    }
}

section! {
    /// How often something may be done before it is refused for a while.
    pub struct Limits {
        /// Mails with a sign-in link or a fresh link, to one address, in an hour.
        sign_in_per_hour: u32 = 5 => |many| *many >= 1, "1 or more";
        /// Requests from one network address (IPv6: one /64) in a minute, without a token.
        requests_per_minute: u32 = 300 => |many| *many >= 1, "1 or more";
        /// Requests with one API token in a minute.
        api_requests_per_minute: u32 = 1_200 => |many| *many >= 1, "1 or more";
        /// Links that do not exist, tried from one network address in an hour.
        invalid_links_per_hour: u32 = 30 => |many| *many >= 1, "1 or more";
        /// The largest body of a request, in bytes; for raw mail it is `inbound.size_max_bytes`.
        body_max_bytes: u64 = 1_048_576 => |bytes| (4_096..=104_857_600).contains(bytes), "from 4096 to 104857600 bytes";
    }
}

section! {
    /// When administrators are told that something is wrong. All are counted over the last hour.
    pub struct Alerts {
        /// Bounces as a share of the mails sent, from 0 to 1.
        bounce_rate: f64 = 0.1 => |share| (0.0..=1.0).contains(share), "a share from 0 to 1, like 0.1";
        /// Messages that could not be read.
        parser_failures: u32 = 10 => |many| *many >= 1, "1 or more";
        /// Links tried that do not exist.
        invalid_links: u32 = 100 => |many| *many >= 1, "1 or more";
    }
}

choice! {
    /// How log lines are written.
    pub enum LogFormat: "text or json" {
        /// For people.
        Text = "text",
        /// One JSON document a line.
        Json = "json",
    }
}

section! {
    /// The log, on standard error. It holds no address, no token and no subject of a mail.
    pub struct Log {
        /// text for people, json for programs.
        format: LogFormat = LogFormat::Text;
        /// error, warn, info, debug or trace; or by module, like `info,entente::mail=debug`.
        level: String = "info".into() => |it| rules::level(it), "error, warn, info, debug or trace, or by module like info,entente::mail=debug";
    }
}
