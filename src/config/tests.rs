use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::base::secret::Secret;

/// A configuration file, and the directory it lies in.
struct Written {
    directory: tempfile::TempDir,
    path: PathBuf,
}

fn written(text: &str) -> Written {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    Written { directory, path }
}

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let file = written(text);
    let variables: Vec<_> = environment.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    Config::load(Some(&file.path), variables.into_iter())
}

/// What is wrong, without the name of the temporary file.
fn complaint(text: &str, environment: &[(&str, &str)]) -> String {
    let error = load(text, environment).expect_err("something is wrong with it");
    let lines = error.problems.iter().map(|problem| match &problem.origin {
        Origin::File(_, line) => format!("{} (line {line}): {}", problem.key, problem.says),
        other => format!("{} ({other}): {}", problem.key, problem.says),
    });
    let lines = lines.map(|line: String| match line.split_once("/config.toml") {
        Some((_, rest)) => format!("config.toml{rest}"),
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

const SMTP: &str = "[mail.smtp]\nhost = \"smtp.example.org\"\n";
const IMAP: &str =
    "[mail.imap]\nhost = \"imap.example.org\"\nusername = \"scheduling\"\npassword = \"hunter2\"\n";

/// The example with the keys and tables that are commented out taken in.
fn whole_example() -> String {
    let example = Config::example();
    let uncommented = example.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
        _ => format!("{line}\n"),
    });
    uncommented.collect()
}

/// The value of `key` in what a table shows.
fn at(table: &toml::Table, key: &str) -> Option<toml::Value> {
    key.split('.').try_fold(toml::Value::Table(table.clone()), |at, name| at.get(name).cloned())
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole list is one snapshot")]
fn the_defaults_are_the_contracts() {
    let config = load("", &[]).unwrap();
    assert_eq!(config, Config::default());
    insta::assert_snapshot!(config.to_toml(), @r#"
    data_dir = "data"
    key_file = ""

    [accounts]
    sign_up = "invited"

    [agents]
    attempts = 3
    burst = 50
    conversations_max = 10
    conversations_usual = 5
    enabled = true
    floods_per_hour = 300
    group_burst = 100
    group_max = 20
    group_requests = 300
    group_seconds = 600
    heartbeat_seconds = 30
    inactive_days = 14
    keep_task_days = 7
    message_seconds = 300
    probes_per_hour = 200
    queue_max = 1000
    refusals_per_hour = 600
    requests = 100
    shut_out_minutes = 60
    signing_days = 30
    task_days = 7
    threshold = 0.7
    token_seconds = 900
    urgent_burst = 10
    urgent_requests = 20
    window_seconds = 60

    [alerts]
    bounce_rate = 0.1
    invalid_links = 100
    parser_failures = 10

    [booking]
    confirm_minutes = 30
    decide_hours = 48
    open_per_guest = 3

    [calendar]
    horizon_days = 400
    read_minutes = 15
    stale_minutes = 60

    [database]
    url = "sqlite:entente.db"

    [inbound]
    secret = ""
    size_max_bytes = 10485760
    token = ""

    [limits]
    api_requests_per_minute = 1200
    body_max_bytes = 1048576
    invalid_links_per_hour = 30
    requests_per_minute = 300
    sign_in_per_hour = 5

    [links]
    confirm = "button"
    decision_hours = 48

    [log]
    format = "text"
    level = "info"

    [mail]
    transport = "mailroom"

    [meetings]
    approval = "everyone"
    decline = "strict"
    default_title = "Practice Session"
    length_max_hours = 24
    new_recipients_per_day = 50
    video_url = ""

    [net]
    allow = []
    name_servers = []

    [network]
    invitation_days = 14
    invitations_per_day = 20
    questions_per_hour = 60

    [organizer]
    address = "scheduling@example.org"
    name = "Entente"
    subaddress = "auto"
    time_zone = "UTC"

    [retention]
    notice_days = 90
    raw_mail_days = 30

    [server]
    listen = "127.0.0.1:8080"
    public_url = "http://localhost:8080"
    trusted_proxies = []

    [sessions]
    hours = 72
    rounds = 5
    "#);
}

#[test]
fn the_example_is_what_the_doc_comments_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let remedy = "run `cargo test write_what_is_made_of_the_doc_comments -- --ignored`";
    for (name, made) in
        [("config.example.toml", Config::example()), ("docs/configuration.md", Config::manual())]
    {
        assert_eq!(std::fs::read_to_string(root.join(name)).unwrap_or_default(), made, "{name}: {remedy}");
    }
}

#[test]
#[ignore = "writes config.example.toml and docs/configuration.md"]
fn write_what_is_made_of_the_doc_comments() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(root.join("docs")).unwrap();
    std::fs::write(root.join("config.example.toml"), Config::example()).unwrap();
    std::fs::write(root.join("docs/configuration.md"), Config::manual()).unwrap();
}

#[test]
fn the_example_loads_and_equals_the_defaults() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    assert_eq!(Config::load(Some(&example), std::iter::empty()).unwrap(), Config::default());
}

#[test]
fn every_key_stands_in_the_example() {
    let whole: toml::Table = toml::from_str(&whole_example()).unwrap();
    for key in manual::tables().into_iter().flat_map(|table| table.keys) {
        let found = at(&whole, &key.path);
        assert_eq!(found, Some(key.default), "{}", key.path);
    }
}

#[test]
fn the_optional_tables_of_the_example_lack_only_what_is_required() {
    // The secrets' `_file` lines would be a second source of the same secret.
    let whole: String = whole_example()
        .lines()
        .filter(|line| !line.contains("_file = \"\"") || line.starts_with("ca"))
        .fold(String::new(), |text, line| text + line + "\n");
    insta::assert_snapshot!(complaint(&whole, &[]), @r#"
    mail.smtp.host (line 64): should be the name or address of a server, like smtp.example.org
    mail.imap.host (line 81): should be the name or address of a server, like imap.example.org
    mail.imap.username (line 87): should be the mailbox's user name
    mail.imap.password (line 89): should be the mailbox's password
    mail.dkim.domain (line 106): should be a domain, like example.org
    mail.dkim.selector (line 108): should be a selector, like entente2026
    mail.dkim.key_file (not given): should be the path of a PEM file
    model.url (line 157): should be http:// or https:// with a host, like http://127.0.0.1:11434/v1
    model.name (line 159): should be the name of a model, as the endpoint calls it
    "#);
}

/// A value for a key that is not its default, as the environment would say it.
fn another(key: &section::Key) -> String {
    let special = BTreeMap::from([
        ("agents.threshold", "0.5"),
        ("server.listen", "127.0.0.1:9999"),
        ("server.public_url", "https://meet.example.org"),
        ("server.trusted_proxies", "10.0.0.1,192.168.0.0/16"),
        ("net.allow", "10.0.0.0/8"),
        ("net.name_servers", "192.0.2.53:53,[2001:db8::53]:5353"),
        ("database.url", "sqlite:other.db"),
        ("organizer.address", "other@example.org"),
        ("organizer.subaddress", "off"),
        ("organizer.time_zone", "Europe/Paris"),
        ("mail.transport", "smtp"),
        ("accounts.sign_up", "closed"),
        ("mail.smtp.tls", "none"),
        ("mail.imap.tls", "none"),
        ("mail.imap.folders", "INBOX,Later"),
        ("meetings.decline", "soft"),
        ("meetings.approval", "host"),
        ("meetings.video_url", "https://meet.example.org/{id}"),
        ("links.confirm", "auto"),
        ("model.url", "https://model.example.org/v1"),
        ("log.format", "json"),
        ("log.level", "debug"),
        ("alerts.bounce_rate", "0.5"),
    ]);
    match (special.get(key.path.as_str()), &key.default) {
        (Some(text), _) => (*text).to_owned(),
        (None, toml::Value::Boolean(truth)) => (!truth).to_string(),
        (None, toml::Value::Integer(number)) => (number + 1).to_string(),
        (None, _) => "other.example.org".to_owned(),
    }
}

#[test]
fn every_key_can_be_set_by_the_environment() {
    let tables = manual::tables();
    let variables: Vec<(String, String)> = tables
        .iter()
        .flat_map(|table| &table.keys)
        .map(|key| (format!("ENTENTE__{}", key.path.replace('.', "__").to_uppercase()), another(key)))
        .collect();
    let set = Config::load(Some(&written("").path), variables.into_iter()).unwrap();
    for key in tables.iter().flat_map(|table| &table.keys) {
        assert_ne!(at(&set.show(), &key.path), Some(key.default.clone()), "{}", key.path);
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let config = load(
        "[server]\nlisten = \"127.0.0.1:1\"\npublic_url = \"https://a.example.org\"\n",
        &[("ENTENTE__SERVER__LISTEN", "127.0.0.1:2"), ("HOME", "/nowhere")],
    );
    let server = config.unwrap().server;
    assert_eq!((server.listen.port(), server.public_url.as_str()), (2, "https://a.example.org"));
}

#[test]
fn the_file_is_found_by_the_variable_and_a_named_file_must_exist() {
    let file = written("[links]\ndecision_hours = 24\n");
    let variable = ("ENTENTE_CONFIG".to_owned(), file.path.display().to_string());
    assert_eq!(Config::load(None, [variable].into_iter()).unwrap().links.decision_hours, 24);
    let missing = file.directory.path().join("missing.toml");
    let error = Config::load(Some(&missing), std::iter::empty()).unwrap_err().to_string();
    assert!(error.contains("missing.toml") && error.contains("cannot be read"), "{error}");
}

#[test]
fn a_mistake_names_the_key_its_place_and_what_it_should_be() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("[server]\nlisten = \"127.0.0.1:1\"\nlisen = \"127.0.0.1:8080\"\n", &[]),
        ("listen = \"127.0.0.1:8080\"\n", &[]),
        ("[mails.smtp]\nhost = \"h\"\n", &[]),
        ("quux = 1\n", &[]),
        ("", &[("ENTENTE__SERVER__PUBLIK_URL", "x")]),
        ("", &[("ENTENTE__SERVER", "x")]),
        ("[server]\npublic_url = \"https://a.example.org/path\"\n", &[]),
        ("[server]\npublic_url = 3\n", &[]),
        ("server = 3\n", &[]),
        ("[server.listen]\nport = 3\n", &[]),
        ("[links]\n\n\nconfirm = \"maybe\"\n", &[]),
        ("[links]\ndecision_hours = -1\n", &[]),
        ("[links]\ndecision_hours = 0\n", &[]),
        ("", &[("ENTENTE__LINKS__DECISION_HOURS", "two")]),
        ("[organizer]\nname = \"ana@example.org\"\naddress = \"nobody\"\ntime_zone = \"Mars/Base\"\n", &[]),
        ("[net]\nallow = [\"10.0.0.0/33\"]\n", &[]),
        ("[net]\nname_servers = [\"192.0.2.53\"]\n", &[]),
        ("[mail]\ntransport = \"smtp\"\n", &[]),
        ("[mail.smtp]\n", &[]),
        ("[mail.smtp]\nhost = \"h\"\nusername = \"me\"\n", &[]),
        ("[mail.imap]\nhost = \"h\"\nusername = \"me\"\npassword = \"p\"\nfolders = [\"\\\\\"]\n", &[]),
        ("[alerts]\nbounce_rate = 5\n", &[]),
        ("[log]\nlevel = \"loud\"\n", &[]),
        ("[log\n", &[]),
    ];
    let told: Vec<String> = cases.iter().map(|(text, environment)| complaint(text, environment)).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    server.lisen (line 3): there is no such key; did you mean `server.listen`?
    listen (line 1): there is no such key; did you mean `server.listen`?
    mails (line 1): there is no such key; did you mean `mail`?
    quux (line 1): there is no such key
    server.publik_url ($ENTENTE__SERVER__PUBLIK_URL): there is no such key; did you mean `server.public_url`?
    server ($ENTENTE__SERVER): this is a table of keys, and has no value of its own
    server.public_url (line 2): should be http:// or https:// and a host, without a path, like https://meet.example.org
    server.public_url (line 2): it is 3, and should be a text
    server (line 1): this is a table of keys, and has no value of its own
    server.listen (line 1): it is { port = 3 }, and should be an address and a port, like 127.0.0.1:8080 or [::]:8080
    links.confirm (line 4): it is "maybe", and should be button or auto
    links.decision_hours (line 2): it is -1, and should be a whole number, 0 or more
    links.decision_hours (line 2): should be from 1 to 720 hours
    links.decision_hours ($ENTENTE__LINKS__DECISION_HOURS): it is "two", and should be a whole number, 0 or more
    organizer.address (line 3): it is "nobody", and should be a mail address, like scheduling@example.org
    organizer.time_zone (line 4): it is "Mars/Base", and should be an IANA time zone, like Europe/Paris
    organizer.name (line 2): should be a name of at most 100 characters on one line, without an address
    net.allow (line 2): it is ["10.0.0.0/33"], and should be a list of addresses or ranges, like 10.0.0.7 or 192.168.0.0/16
    net.name_servers (line 2): it is ["192.0.2.53"], and should be a list of addresses with ports, like 192.0.2.53:53 or [2001:db8::53]:53
    mail.transport (line 2): should be mailroom, as long as there is no [mail.smtp] that names a server
    mail.smtp.host (not given): should be the name or address of a server, like smtp.example.org
    mail.smtp.password (not given): should be given as well where there is a username
    mail.imap.folders (line 5): should be a list of folder names, or special uses of RFC 6154 like \Junk
    alerts.bounce_rate (line 2): should be a share from 0 to 1, like 0.1
    log.level (line 2): should be error, warn, info, debug or trace, or by module like info,entente::mail=debug
    config.toml (line 1): this is not TOML: unclosed table, expected `]`
    "#);
}

#[test]
fn smtp_is_the_transport_where_it_is_given_and_nothing_else_is_said() {
    assert_eq!(load("", &[]).unwrap().mail.transport, Transport::Mailroom);
    assert_eq!(load(SMTP, &[]).unwrap().mail.transport, Transport::Smtp);
    let said = format!("[mail]\ntransport = \"mailroom\"\n{SMTP}");
    assert_eq!(load(&said, &[]).unwrap().mail.transport, Transport::Mailroom);
    let variable = [("ENTENTE__MAIL__SMTP__HOST", "smtp.example.org")];
    assert_eq!(load("", &variable).unwrap().mail.transport, Transport::Smtp);
}

#[test]
fn ports_follow_from_the_protection_unless_they_are_given() {
    for (tls, smtp, imap) in [("starttls", 587, 143), ("implicit", 465, 993), ("none", 25, 143)] {
        let text = format!("{SMTP}tls = \"{tls}\"\n{IMAP}tls = \"{tls}\"\n");
        let mail = load(&text, &[]).unwrap().mail;
        assert_eq!((mail.smtp.unwrap().port, mail.imap.unwrap().port), (smtp, imap), "{tls}");
    }
    assert_eq!(load(&format!("{SMTP}port = 2525\n"), &[]).unwrap().mail.smtp.unwrap().port, 2525);
}

#[test]
fn a_secret_may_be_a_file_and_its_line_end_is_no_part_of_it() {
    let secret = written("hunter2\n");
    let by_file = IMAP.replace("password = \"hunter2\"", "");
    let named = format!("{by_file}password_file = {:?}\n", secret.path);
    assert_eq!(load(&named, &[]).unwrap().mail.imap.unwrap().password, Secret::new("hunter2"));
    let path = secret.path.to_str().unwrap();
    let variable = [("ENTENTE__MAIL__IMAP__PASSWORD_FILE", path)];
    assert_eq!(load(&by_file, &variable).unwrap().mail.imap.unwrap().password, Secret::new("hunter2"));
    // What the environment says goes before what the file says, either way round.
    let other = [("ENTENTE__MAIL__IMAP__PASSWORD", "other")];
    assert_eq!(load(&named, &other).unwrap().mail.imap.unwrap().password, Secret::new("other"));
    assert_eq!(load(IMAP, &variable).unwrap().mail.imap.unwrap().password, Secret::new("hunter2"));
    let both = format!("{IMAP}password_file = {path:?}\n");
    assert!(complaint(&both, &[]).contains("one of the two is enough"));
    let missing = [("ENTENTE__INBOUND__TOKEN_FILE", "/nowhere/token")];
    assert!(
        complaint("", &missing).starts_with("inbound.token_file ($ENTENTE__INBOUND__TOKEN_FILE): /nowhere")
    );
}

#[test]
fn no_secret_is_printed() {
    let text = format!(
        "[inbound]\ntoken = \"hunter2\"\nsecret = \"hunter2\"\n{SMTP}username = \"me\"\npassword = \"hunter2\"\n{IMAP}"
    );
    let config = load(&text, &[]).unwrap();
    let shown = [config.to_toml(), config.to_json().to_string(), format!("{config:?}")];
    for text in &shown {
        assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
    }
    // A bad value is told, but not if it is a secret.
    let told = complaint("[inbound]\ntoken = [\"hunter2\"]\n", &[]);
    assert!(!told.contains("hunter2") && told.contains("inbound.token (line 2)"), "{told}");
}

#[test]
fn what_is_shown_loads_again() {
    let text = format!("{SMTP}{IMAP}");
    let config = load(&text, &[]).unwrap();
    let again = load(&config.to_toml(), &[("ENTENTE__MAIL__IMAP__PASSWORD", "hunter2")]).unwrap();
    assert_eq!(again, config);
}

#[test]
fn paths_are_relative_to_the_data_directory_even_if_a_flag_moves_it() {
    let mut config = load("", &[]).unwrap();
    config.data_dir = PathBuf::from("/var/lib/entente");
    assert_eq!(config.database_path(), Path::new("/var/lib/entente/entente.db"));
    assert_eq!(config.key_path(), Path::new("/var/lib/entente/entente.key"));
    config.key_file = PathBuf::from("/etc/entente/key");
    assert_eq!(config.key_path(), Path::new("/etc/entente/key"));
}

#[test]
fn what_a_flag_changed_can_be_checked_again() {
    let mut config = Config::default();
    assert_eq!(config.check(), Ok(()));
    config.server.public_url = "nowhere".into();
    config.mail.transport = Transport::Smtp;
    let keys: Vec<_> = config.check().unwrap_err().problems.into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["server.public_url", "mail.transport"]);
}

#[test]
fn an_origin_has_a_host_and_no_path() {
    for url in ["http://localhost:8080", "https://a.example.org", "https://a.example.org/", "http://[::1]:80"]
    {
        assert!(rules::origin(url), "{url}");
    }
    for url in [
        "",
        "a.example.org",
        "ftp://a",
        "https://",
        "https://a/b",
        "https://a:0",
        "https://a?x",
        "https://u@a",
        "http://[x]",
    ] {
        assert!(!rules::origin(url), "{url}");
    }
}

#[test]
fn a_range_holds_its_addresses_and_no_others() {
    let cases = [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.7", "10.0.0.7", true),
        ("10.0.0.7", "10.0.0.6", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("fd00::/8", "fdab::1", true),
        ("fd00::/8", "fe80::1", false),
        ("::1", "::1", true),
    ];
    for (range, address, holds) in cases {
        let parsed = IpRange::parse(range).unwrap();
        assert_eq!(parsed.contains(address.parse().unwrap()), holds, "{range} {address}");
        assert_eq!(parsed.to_string(), range);
    }
    for text in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "localhost"] {
        assert_eq!(IpRange::parse(text), None, "{text}");
    }
}
