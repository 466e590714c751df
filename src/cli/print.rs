//! What a command prints: for people as lines, for scripts as one JSON document.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::base::error::Error;

/// How to print.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    /// One JSON document on standard output.
    pub(crate) json: bool,
    /// Whether that document was printed: findings of a check that failed are the whole answer.
    has_printed: Arc<AtomicBool>,
}

impl Printer {
    /// Prints for a script if `json`, else for a person.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, has_printed: Arc::default() }
    }

    /// Prints `value` for a script, or what `lines` gives for a person.
    pub(crate) fn print(&self, value: &Value, lines: impl FnOnce() -> String) {
        if self.json {
            self.has_printed.store(true, Ordering::Relaxed);
            println!("{value}");
        } else {
            let text = lines();
            if !text.is_empty() {
                println!("{}", text.trim_end());
            }
        }
    }

    /// Prints why a command failed: on standard error, and for a script as the document, if it has none yet.
    pub(crate) fn failed(&self, error: &Error) {
        if self.json && !self.has_printed.load(Ordering::Relaxed) {
            println!("{}", serde_json::json!({ "error": error.code(), "message": error.to_string() }));
        }
        eprintln!("{error}");
    }
}

/// Columns, each as wide as its widest cell.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, title)| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .chain([title.len()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}", width = *width))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.join("\n")
}
