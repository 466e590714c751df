//! The house's plan, held by reading its sources: who may use whom, which words stay home, who writes a table.
//!
//! Growing a list here is a decision of design and shows in the diff.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What everything above the pillars may use.
const PILLARS: &str = "base store journal queue";
/// The rooms but for webhooks and notices, which follow them all.
const ROOMS: &str =
    "accounts network calendar agents messages slots meetings booking sessions tasks groups analytics";

/// Module, and what it may `use crate::…` besides itself, in ring order. `mail::wire` is ground, the rest of
/// `mail` is a door.
const RINGS: &[(&str, &[&str])] = &[
    // The ground.
    ("base", &[]),
    ("recur", &[]),
    ("itip", &["base recur"]),
    ("words", &["base itip"]),
    ("net", &["base"]),
    ("dav", &["base net"]),
    // Both ask the same name servers.
    ("mail::wire", &["base net"]),
    ("config", &["base"]),
    ("model", &["base net words config"]),
    // The pillars.
    ("store", &["base"]),
    ("journal", &["base store"]),
    ("queue", &["base store"]),
    // Shared by the rooms.
    ("idempotency", &[PILLARS]),
    ("links", &[PILLARS]),
    ("limits", &["base store"]),
    ("post", &[PILLARS, "links limits itip"]),
    // The rooms: each uses those above it.
    ("accounts", &[PILLARS, "links limits post"]),
    ("network", &[PILLARS, "links limits post accounts"]),
    ("calendar", &[PILLARS, "limits itip accounts network"]),
    ("agents", &[PILLARS, "limits accounts network calendar"]),
    ("messages", &[PILLARS, "limits accounts network agents"]),
    ("slots", &[PILLARS, "limits accounts network calendar agents"]),
    ("meetings", &[PILLARS, "links limits post itip words accounts network calendar agents slots"]),
    ("booking", &[PILLARS, "links limits post accounts network calendar meetings agents slots"]),
    (
        "sessions",
        &[PILLARS, "links limits post words accounts network calendar meetings agents messages slots"],
    ),
    ("tasks", &[PILLARS, "links limits accounts network agents messages slots sessions"]),
    ("groups", &[PILLARS, "links limits accounts network agents messages slots sessions"]),
    ("analytics", &[PILLARS, "accounts network agents messages sessions tasks groups"]),
    ("webhooks", &[PILLARS, "limits", ROOMS]),
    ("notices", &[PILLARS, "links limits post", ROOMS]),
    // The doors.
    ("sync", &[PILLARS, "limits itip net dav accounts calendar meetings sessions"]),
    // Events go into calendars by the door that speaks with their servers.
    ("mail", &[PILLARS, "links limits post itip words net model mail::wire config notices sync", ROOMS]),
    (
        "web",
        &[
            PILLARS,
            "idempotency links limits post itip words net model mail::wire config notices webhooks mail sync app",
            ROOMS,
        ],
    ),
    (
        "cli",
        &[
            PILLARS,
            "links limits post itip words net model mail::wire config notices mail sync web app",
            ROOMS,
        ],
    ),
    // What sees everything.
    (
        "app",
        &[
            PILLARS,
            "idempotency links limits post itip words net model mail::wire config notices webhooks mail sync web cli",
            ROOMS,
        ],
    ),
];

/// A word, where it may stand, and why nowhere else. A place is a folder, a file, or the end of a path (`*…`).
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["src/store/"], "the store alone names the database's driver"),
    ("r2d2", &["src/store/"], "the store alone names the database's driver"),
    ("refinery", &["src/store/"], "the store alone names the database's driver"),
    ("actix_web", &["src/web/", "src/web.rs", "src/app.rs", "src/app/"], "HTTP never leaves the web"),
    ("actix_ws", &["src/web/"], "HTTP never leaves the web"),
    ("askama", &["src/web/", "src/mail/"], "only doors render"),
    ("lettre", &["src/mail/wire/"], "the wire alone speaks SMTP"),
    ("mail_parser", &["src/mail/wire/"], "the wire alone reads MIME"),
    ("mail_auth", &["src/mail/wire/"], "the wire alone checks signatures"),
    ("hickory", &["src/mail/wire/", "src/net/"], "the wire and outgoing HTTP alone ask name servers"),
    ("async_imap", &["src/mail/wire/"], "the wire alone speaks IMAP"),
    ("reqwest", &["src/net/", "src/net.rs"], "outgoing HTTP is guarded in one place"),
    ("roxmltree", &["src/dav/"], "the XML of calendars is read in one place"),
    ("clap", &["src/cli/", "src/cli.rs", "src/main.rs"], "only the command line reads flags"),
    ("std::env::", &["src/config/", "src/main.rs"], "the environment is read once"),
    ("SELECT ", SQL_AND_IMAP, "SQL is private to its module"),
    ("INSERT INTO ", SQL, "SQL is private to its module"),
    ("DELETE FROM ", SQL, "SQL is private to its module"),
    ("ON CONFLICT", SQL, "SQL is private to its module"),
    (
        "async fn ",
        &[
            "src/web/",
            "src/mail/",
            "src/sync/",
            "src/dav/",
            "src/cli/",
            "src/net/",
            "src/net.rs",
            "src/model/",
            "src/app.rs",
            "src/app/",
            "src/store/",
            "src/main.rs",
            "src/journal/follow.rs",
            "src/queue/worker.rs",
            "*/jobs.rs",
        ],
        "operations are plain functions on one transaction",
    ),
];

/// IMAP has a command of the same name (RFC 9051, 6.3.2).
const SQL_AND_IMAP: &[&str] =
    &["src/store/", "src/journal/", "src/queue/", "*/sql.rs", "*/sql/", "src/mail/wire/imap"];

const SQL: &[&str] = &["src/store/", "src/journal/", "src/queue/", "*/sql.rs", "*/sql/"];

/// The longest file, in lines.
const LINES_MAX: usize = 600;

/// Path (with `/`, from the root of the repository) and text.
type Sources = BTreeMap<String, String>;

/// Every Rust file under `src/` but tests.
fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Sources::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of sources can be read") {
            let path = entry.expect("an entry of it too").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).expect("a source can be read"));
            }
        }
    }
    assert!(found.len() > 20, "the sources are found");
    found
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The text without comments and without what stands behind `#[cfg(test)] mod … {`.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| match line.find("//") {
        Some(0) => "",
        // `//` inside a text, as in a URL, is no comment.
        Some(at) if line[..at].ends_with([' ', '\t', ';', '{', '}', ',']) => &line[..at],
        _ => line,
    });
    lines.fold(String::with_capacity(text.len()), |code, line| code + line + "\n")
}

/// The module of `RINGS` that a file belongs to.
fn module_of(path: &str) -> &str {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    if inner.starts_with("mail/wire") {
        return "mail::wire";
    }
    inner.split(['/', '.']).next().unwrap_or_default()
}

/// What `crate::…` names in `code`, as a module of `RINGS`.
fn used_in(code: &str) -> Vec<String> {
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let uses =
        code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with(['$', '_'])).map(|(at, _)| {
            let rest = &code[at + "crate::".len()..];
            let first = word(rest);
            match rest.strip_prefix("mail::wire") {
                Some(_) => "mail::wire".to_owned(),
                None => first,
            }
        });
    uses.collect()
}

/// Every breach of the rings.
fn breaches_of_rings(sources: &Sources) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in sources {
        let (home, code) = (module_of(path), code(text));
        if code.contains("use crate::{") {
            breaches.push(format!("{path}: name one module per `use`"));
        }
        let Some((_, allowed)) = RINGS.iter().find(|ring| ring.0 == home) else {
            if !matches!(home, "lib" | "main") {
                breaches.push(format!("{path}: module {home} stands in no ring"));
            }
            continue;
        };
        for used in used_in(&code) {
            let is_module = RINGS.iter().any(|ring| ring.0 == used);
            // A room's own tests build their world from whatever the house has.
            let may = path.ends_with("/tests.rs")
                || path.contains("/tests/")
                || used == home
                || allowed.iter().any(|group| group.split(' ').any(|module| module == used));
            if is_module && !may {
                breaches.push(format!("{path}: {home} must not use {used}"));
            }
        }
    }
    breaches
}

/// Whether `path` is one of `places`.
fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| match place.strip_prefix('*') {
        Some(end) if end.ends_with('/') => path.contains(end),
        Some(end) => path.ends_with(end),
        None => path.starts_with(place),
    })
}

/// Every word away from home.
fn strayed_words(sources: &Sources) -> Vec<String> {
    let mut strayed = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path)) {
        let code = code(text);
        for (word, places, why) in ONLY_IN {
            if !is_in(path, places) && code.contains(word) {
                strayed.push(format!("{path}: `{}` belongs in {places:?}: {why}", word.trim()));
            }
        }
        if !is_in(path, SQL) && writes(&code).next().is_some() {
            strayed.push(format!("{path}: SQL is private to its module"));
        }
    }
    strayed
}

/// The tables that SQL in `code` writes.
fn writes(code: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = code
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ',' | ';'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let at = |i: usize| words.get(i).map_or("", String::as_str);
    let is_table = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
    };
    let tables: Vec<String> = (0..words.len())
        .filter_map(|i| match (at(i), at(i + 1), at(i + 2), at(i + 3)) {
            ("INSERT" | "REPLACE", "INTO", table, _) | ("DELETE", "FROM", table, _) => Some(table),
            ("INSERT", "OR", _, "INTO") => Some(at(i + 4)),
            ("UPDATE", table, "SET", _) | ("UPDATE", table, _, "SET") if table != "SET" => Some(table),
            _ => None,
        })
        .filter(|table| is_table(table))
        .map(str::to_owned)
        .collect();
    tables.into_iter()
}

/// Every table that two modules write.
fn shared_tables(sources: &Sources) -> Vec<String> {
    let mut writers: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path)) {
        for table in writes(&code(text)) {
            writers.entry(table).or_default().insert(module_of(path), path);
        }
    }
    let shared = writers.into_iter().filter(|(_, modules)| modules.len() > 1);
    shared.map(|(table, modules)| format!("{table} is written by {modules:?}")).collect()
}

/// Every file that is too long, and every folder that does not say what it is for.
fn untidy_files(sources: &Sources) -> Vec<String> {
    let mut untidy = Vec::new();
    for (path, text) in sources {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            untidy.push(format!("{path}: {lines} lines; {LINES_MAX} at most"));
        }
        let opens_a_module = path.ends_with("/mod.rs") || path.matches('/').count() == 1;
        if opens_a_module && !text.starts_with("//!") {
            untidy.push(format!("{path}: begins with `//!` and what it is for"));
        }
    }
    untidy
}

fn all_is_well(faults: &[String]) {
    let list = faults.iter().fold(String::new(), |mut list, fault| {
        let _ = writeln!(list, "  {fault}");
        list
    });
    assert!(faults.is_empty(), "\n{list}");
}

#[test]
fn modules_look_only_downwards() {
    all_is_well(&breaches_of_rings(&sources()));
}

#[test]
fn words_stay_where_they_belong() {
    all_is_well(&strayed_words(&sources()));
}

#[test]
fn a_table_is_written_by_one_module() {
    all_is_well(&shared_tables(&sources()));
}

#[test]
fn files_are_short_and_folders_say_what_they_are_for() {
    all_is_well(&untidy_files(&sources()));
}

#[test]
fn the_rings_have_no_loop_but_the_one_that_app_closes() {
    for (i, (module, allowed)) in RINGS.iter().enumerate() {
        for used in allowed.iter().flat_map(|group| group.split(' ')).filter(|used| !used.is_empty()) {
            let place = RINGS.iter().position(|ring| ring.0 == used);
            let place = place.unwrap_or_else(|| panic!("{module} uses {used}, which is no module"));
            assert!(place < i || used == "app", "{module} uses {used}, which stands above it");
        }
    }
}

/// A set of sources made up for a test.
fn made_up(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

type Check = fn(&Sources) -> Vec<String>;

/// A check, a file that is added to a clean house, and what the check says of it.
const FAULTS: &[(Check, &str, &str, &str)] = &[
    (breaches_of_rings, "src/base/id.rs", "use crate::store::Store;", "base must not use store"),
    (
        breaches_of_rings,
        "src/queue/mod.rs",
        "fn f() { crate::journal::append() }",
        "queue must not use journal",
    ),
    (
        breaches_of_rings,
        "src/accounts/ops.rs",
        "use crate::meetings::Meeting;",
        "accounts must not use meetings",
    ),
    (breaches_of_rings, "src/mail/wire/imap.rs", "use crate::store::Store;", "mail::wire must not use store"),
    (breaches_of_rings, "src/itip/mod.rs", "use crate::mail::wire::Message;", "itip must not use mail::wire"),
    (breaches_of_rings, "src/meetings/ops.rs", "use crate::web::page;", "meetings must not use web"),
    (breaches_of_rings, "src/meetings/ops.rs", "use crate::{base, store};", "name one module per `use`"),
    (breaches_of_rings, "src/misc/mod.rs", "", "stands in no ring"),
    (strayed_words, "src/meetings/ops.rs", "use rusqlite::Connection;", "`rusqlite` belongs"),
    (strayed_words, "src/meetings/ops.rs", "use actix_web::HttpResponse;", "`actix_web` belongs"),
    (strayed_words, "src/mail/letters.rs", "use lettre::Message;", "`lettre` belongs"),
    (strayed_words, "src/web/pages/meetings.rs", "let a = \"SELECT id FROM meetings\";", "`SELECT` belongs"),
    (strayed_words, "src/meetings/ops.rs", "let a = \"UPDATE meetings SET title = $1\";", "SQL is private"),
    (strayed_words, "src/meetings/ops.rs", "pub async fn book() {}", "`async fn` belongs"),
    (strayed_words, "src/web/session.rs", "std::env::var(\"A\")", "`std::env::` belongs"),
    (
        shared_tables,
        "src/accounts/sql.rs",
        "\"DELETE FROM meetings WHERE id = $1\"",
        "meetings is written by",
    ),
    (shared_tables, "src/accounts/sql.rs", "\"UPDATE meetings\n  SET id = $1\"", "meetings is written by"),
    (
        shared_tables,
        "src/accounts/sql.rs",
        "\"UPDATE meetings AS m SET id = 1\"; \"UPDATE meetings m SET id = 1\"",
        "meetings is written by",
    ),
    (untidy_files, "src/web/mod.rs", "mod pages;", "begins with `//!`"),
];

#[test]
fn planted_faults_are_caught() {
    let clean = made_up(&[
        ("src/lib.rs", "//! The map.\npub mod base;\n"),
        ("src/base/mod.rs", "//! The ground.\n// crate::store may be named in a comment, SELECT too.\n"),
        ("src/meetings/mod.rs", "//! Meetings.\nuse crate::accounts::User;\nuse crate::itip::Event;\n"),
        ("src/meetings/sql.rs", "const A: &str = \"INSERT INTO meetings (id) VALUES ($1)\";\n"),
        ("src/mail/wire/smtp.rs", "use lettre::Message;\nuse crate::base::Error;\nasync fn send() {}\n"),
        ("src/mail/inbound.rs", "use crate::mail::wire::Message;\nuse crate::meetings::answer;\n"),
        ("src/store/tests.rs", "const A: &str = \"UPDATE meetings SET id = 1\";\n"),
    ]);
    for check in [breaches_of_rings, strayed_words, shared_tables, untidy_files] {
        assert_eq!(check(&clean), Vec::<String>::new());
    }
    for (check, path, text, expected) in FAULTS {
        let mut sources = clean.clone();
        sources.insert((*path).to_owned(), (*text).to_owned());
        let found = check(&sources);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "{path}: `{}` should be caught as `{expected}`; found: {found:?}",
            text.lines().next().unwrap_or_default()
        );
    }
}

#[test]
fn a_file_that_is_too_long_is_caught() {
    let long = made_up(&[("src/base/mod.rs", &"//! Long.\n".repeat(LINES_MAX + 1))]);
    assert_eq!(untidy_files(&long), ["src/base/mod.rs: 601 lines; 600 at most"]);
}

/// The templates, by path.
fn templates(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(directory).expect("the templates") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "html") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a template")));
        }
    }
}

#[test]
fn what_is_wrong_with_a_field_or_a_group_of_choices_is_tied_to_it() {
    let mut all = Vec::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut all);
    assert!(all.len() > 50, "they are read");
    for (path, text) in all {
        assert!(!text.contains("<p class=\"error\">"), "{path}: words that nothing is described by");
        let said = text.split("wrong(\"").skip(1).filter_map(|rest| rest.split_once('"'));
        for (id, _) in said.filter(|(id, _)| !id.contains('{')) {
            assert!(
                text.contains(&format!("named_by(\"{id}\"")),
                "{path}: nothing is described by {id}-wrong"
            );
        }
    }
}
