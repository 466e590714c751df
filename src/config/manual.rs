//! The configuration in words: the example file, the manual page, and what `config show` prints.

use std::fmt::Write;

use super::Config;
use super::section::{Key, Section, Table};

/// The tables and keys there are, in the order of the manual.
pub(super) fn tables() -> Vec<Table> {
    let mut tables = Vec::new();
    Config::describe("", false, &mut tables);
    tables
}

impl Config {
    /// The text of `config.example.toml`: every key with what it means and its default. Tables that are absent
    /// unless they are given, and secrets, are commented out with `#` and no space after it.
    pub fn example() -> String {
        let mut text = "# The configuration of Entente: every key, with its default. An empty file does as well.\n\
            #\n\
            # Read from --config, $ENTENTE_CONFIG or ./config.toml; then every key a.b.c may be set as\n\
            # ENTENTE__A__B__C in the environment (lists with commas); every secret may be given as a file by\n\
            # the same name with _file at its end. A comment without a space (#key) can be uncommented.\n"
            .to_owned();
        for table in tables() {
            let mark = if table.optional { "#" } else { "" };
            text.push('\n');
            if !table.path.is_empty() {
                doc_lines(&mut text, &table.doc);
                let _ = writeln!(text, "{mark}[{}]", table.path);
            }
            for key in &table.keys {
                doc_lines(&mut text, &key.doc);
                let is_unset = key.secret || key.path == "mail.transport";
                let _ =
                    writeln!(text, "{}{} = {}", if is_unset { "#" } else { mark }, name_of(key), key.default);
                if key.secret {
                    let _ = writeln!(text, "#{}_file = \"\"", name_of(key));
                }
            }
        }
        text
    }

    /// The text of `docs/configuration.md`.
    pub fn manual() -> String {
        let mut text = include_str!("manual.md").to_owned();
        for table in tables() {
            let title = if table.path.is_empty() {
                "At the top".to_owned()
            } else {
                format!("`[{}]`{}", table.path, if table.optional { " (only if given)" } else { "" })
            };
            let _ = write!(
                text,
                "\n## {title}\n\n{}\n\n| key | default | what it is |\n|---|---|---|\n",
                words(&table.doc)
            );
            for key in &table.keys {
                let default = if key.required { "required".to_owned() } else { format!("`{}`", key.default) };
                let file = if key.secret { format!(" Or `{}_file`.", name_of(key)) } else { String::new() };
                let _ = writeln!(
                    text,
                    "| `{}` | {default} | {}{file} Should be {}. |",
                    name_of(key),
                    words(&key.doc).replace('|', "\\|"),
                    key.should_be.replace('|', "\\|"),
                );
            }
        }
        text
    }

    /// The configuration in force, as TOML, with every secret as `***`.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(&self.show()).unwrap_or_default()
    }

    /// The configuration in force, as JSON, with every secret as `***`.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self.show()).unwrap_or_default()
    }
}

fn name_of(key: &Key) -> &str {
    key.path.rsplit('.').next().unwrap_or_default()
}

fn words(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn doc_lines(text: &mut String, doc: &[&str]) {
    for line in doc {
        let _ = writeln!(text, "# {}", line.trim());
    }
}
