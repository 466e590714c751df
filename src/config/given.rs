//! What was given, and where: the keys of the file with their lines, the variables of the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::section::Table;
use super::setting::Setting;

/// How a variable that sets a key begins; `__` stands for each dot.
pub(super) const PREFIX: &str = "ENTENTE__";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line of the file, from 1.
    File(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// Nowhere: it is the default, or was left out.
    Nowhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Nowhere => f.write_str("not given"),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` ({origin}): {says}")]
pub struct Problem {
    /// The key, or the file if it cannot be read at all.
    pub key: String,
    /// Where it was given.
    pub origin: Origin,
    /// What it should be.
    pub says: String,
}

#[derive(Debug)]
enum Raw {
    Value(toml::Value),
    Text(String),
}

/// Everything that was given, by key. Keys are taken out as they are read.
pub(super) struct Given {
    values: BTreeMap<String, (Raw, Origin)>,
    origins: BTreeMap<String, Origin>,
    tables: BTreeSet<String>,
    known_keys: BTreeSet<String>,
    known_tables: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Given {
    /// Nothing, with what the manual knows.
    pub(super) fn nothing(manual: &[Table]) -> Self {
        let mut known_keys = BTreeSet::new();
        for key in manual.iter().flat_map(|table| &table.keys) {
            known_keys.insert(key.path.clone());
            if key.secret {
                known_keys.insert(format!("{}_file", key.path));
            }
        }
        Self {
            values: BTreeMap::new(),
            origins: BTreeMap::new(),
            tables: BTreeSet::new(),
            known_keys,
            known_tables: manual.iter().map(|table| table.path.clone()).collect(),
            problems: Vec::new(),
        }
    }

    /// Adds the file at `path`.
    pub(super) fn add_file(&mut self, path: &Path) {
        let unreadable = |says: String, line: Option<usize>| Problem {
            key: path.display().to_string(),
            origin: line.map_or(Origin::Nowhere, |line| Origin::File(path.to_owned(), line)),
            says,
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.problems.push(unreadable(format!("the file cannot be read: {error}"), None));
                return;
            }
        };
        match DeTable::parse(&text) {
            Ok(table) => self.add_table(&Place { file: path, text: &text }, "", table.get_ref()),
            Err(error) => {
                let line = error.span().map(|span| line_of(&text, span.start));
                self.problems.push(unreadable(format!("this is not TOML: {}", error.message()), line));
            }
        }
    }

    fn add_table(&mut self, place: &Place<'_>, path: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = super::section::join(path, name.get_ref());
            let origin = Origin::File(place.file.to_owned(), line_of(place.text, name.span().start));
            match value.get_ref() {
                DeValue::Table(inner) if self.known_tables.contains(&key) => {
                    self.tables.insert(key.clone());
                    self.add_table(place, &key, inner);
                }
                value => self.add(key, Raw::Value(to_value(value)), origin),
            }
        }
    }

    /// Adds a variable of the environment, if it is one of ours.
    pub(super) fn add_variable(&mut self, name: &str, text: String) {
        if let Some(rest) = name.strip_prefix(PREFIX) {
            let key = rest.to_ascii_lowercase().replace("__", ".");
            self.add(key, Raw::Text(text), Origin::Variable(name.to_owned()));
        }
    }

    fn add(&mut self, key: String, raw: Raw, origin: Origin) {
        if self.known_keys.contains(&key) {
            self.origins.insert(key.clone(), origin.clone());
            self.values.insert(key, (raw, origin));
        } else if self.known_tables.contains(&key) {
            self.problem(key, origin, "this is a table of keys, and has no value of its own".into());
        } else {
            let hint = nearest(&key, self.known_keys.iter().chain(&self.known_tables))
                .map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
            self.problem(key, origin, format!("there is no such key{hint}"));
        }
    }

    /// Whether anything of table `path` was given.
    pub(super) fn has_table(&self, path: &str) -> bool {
        let within = format!("{path}.");
        self.tables.contains(path) || self.values.keys().any(|key| key.starts_with(&within))
    }

    /// Whether `key` was given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.origins.contains_key(key)
    }

    /// Takes the value of `key`, if it was given and can be used.
    pub(super) fn take<S: Setting>(&mut self, key: &str) -> Option<S> {
        let (raw, origin) = if S::SECRET { self.take_secret(key)? } else { self.values.remove(key)? };
        let read = match &raw {
            Raw::Value(value) => S::from_value(value),
            Raw::Text(text) => S::from_text(text),
        };
        if read.is_none() {
            let is = match &raw {
                _ if S::SECRET => String::new(),
                Raw::Value(value) => format!("it is {value}, and "),
                Raw::Text(text) => format!("it is \"{text}\", and "),
            };
            self.problem(key.to_owned(), origin, format!("{is}should be {}", S::SHOULD_BE));
        }
        read
    }

    /// The secret itself, or what the file named beside it holds. What the environment says goes before what
    /// the file says.
    fn take_secret(&mut self, key: &str) -> Option<(Raw, Origin)> {
        let by_file = format!("{key}_file");
        let is_variable = |given: &(Raw, Origin)| matches!(given.1, Origin::Variable(_));
        let (raw, origin) = match (self.values.remove(key), self.values.remove(&by_file)) {
            (direct, None) => return direct,
            (Some(direct), Some(named)) if is_variable(&direct) && !is_variable(&named) => {
                return Some(direct);
            }
            (Some(direct), Some(named)) if is_variable(&direct) == is_variable(&named) => {
                let says = format!("`{by_file}` is given as well; one of the two is enough");
                self.problem(key.to_owned(), direct.1, says);
                return None;
            }
            (_, Some(named)) => named,
        };
        let path = match &raw {
            Raw::Value(value) => PathBuf::from_value(value),
            Raw::Text(text) => PathBuf::from_text(text),
        };
        let Some(path) = path else {
            self.problem(by_file, origin, "should be the path of a file that holds the secret".into());
            return None;
        };
        let secret = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
            Err(error) => {
                self.problem(by_file, origin, format!("{} cannot be read: {error}", path.display()));
                return None;
            }
        };
        if secret.is_empty() {
            self.problem(by_file, origin, format!("{} is empty", path.display()));
            return None;
        }
        Some((Raw::Text(secret), origin))
    }

    /// Notes that the value of `key` should be something else, unless more is known already.
    pub(super) fn should_be(&mut self, key: &str, says: &str) {
        let by_file = format!("{key}_file");
        if self.problems.iter().all(|problem| problem.key != key && problem.key != by_file) {
            let origin = self.origins.get(key).cloned().unwrap_or(Origin::Nowhere);
            self.problem(key.to_owned(), origin, format!("should be {says}"));
        }
    }

    fn problem(&mut self, key: String, origin: Origin, says: String) {
        self.problems.push(Problem { key, origin, says });
    }

    /// What is wrong with it.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// A file, and its text.
struct Place<'p> {
    file: &'p Path,
    text: &'p str,
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// A value of the parser as one that stands alone. What the configuration has no use for stays as text.
fn to_value(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| toml::Value::String(number.as_str().to_owned()), toml::Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| toml::Value::String(number.as_str().to_owned()), toml::Value::Float),
        DeValue::Boolean(truth) => toml::Value::Boolean(*truth),
        DeValue::Datetime(date) => toml::Value::Datetime(*date),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| to_value(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), to_value(value.get_ref())))
                .collect(),
        ),
    }
}

/// The known key that `key` was meant to be, if one is near enough. A right last part in the wrong table
/// counts as near.
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k String>) -> Option<&'k str> {
    const NEAR: f64 = 0.6;
    let leaf = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |other: &str| {
        let whole = strsim::normalized_damerau_levenshtein(key, other);
        let last = strsim::normalized_damerau_levenshtein(&leaf(key), &leaf(other));
        whole.max(0.9 * last)
    };
    known
        .map(|other| (likeness(other), other.as_str()))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}
