//! Content lines, written strictly: 75 octets and CR LF (RFC 5545, 3.1), nothing a name or a title
//! could use to add a line of its own.
//!
//! It knows no property: [`compose`](super::compose) says what is written.

use crate::base::Error;
use crate::base::Result;
use crate::base::text::blank_addresses;

use super::content::escape;

/// The most octets of a line, its CR LF not counted.
const OCTETS_MAX: usize = 75;

/// A calendar text in the making.
#[derive(Debug, Default)]
pub(super) struct Writer(String);

impl Writer {
    /// A line whose value needs no escape: a date, a number, a word of the protocol.
    pub(super) fn raw(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    /// A TEXT line. `lines` says whether the text may have line ends; control characters are refused.
    pub(super) fn text(&mut self, name: &'static str, text: &str, lines: Lines) -> Result<()> {
        self.fold(&format!("{name}:{}", escape(checked(name, text, lines)?)));
        Ok(())
    }

    /// A line whose value is an address, with a display name where there is one that is no address.
    pub(super) fn party(
        &mut self,
        name: &'static str,
        fixed: &str,
        shown: &str,
        address: &str,
    ) -> Result<()> {
        let shown = parameter(checked(name, shown.trim(), Lines::One)?);
        let shown = if shown.is_empty() || blank_addresses(&shown) != shown {
            String::new()
        } else {
            format!(";CN={shown}")
        };
        self.fold(&format!("{name}{fixed}{shown}:mailto:{address}"));
        Ok(())
    }

    /// A whole line that is known to be one.
    pub(super) fn line(&mut self, line: &str) {
        self.fold(line);
    }

    /// Text that is folded already, with its line ends.
    pub(super) fn as_it_is(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// The text so far.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Appends one logical line, folded, never inside a character.
    fn fold(&mut self, line: &str) {
        let mut used = 0;
        for c in line.chars() {
            if used + c.len_utf8() > OCTETS_MAX {
                self.0.push_str("\r\n ");
                used = 1;
            }
            self.0.push(c);
            used += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Whether a TEXT may have line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// One line.
    One,
    /// Several, ended by `\n`.
    Several,
}

fn checked<'a>(field: &'static str, text: &'a str, lines: Lines) -> Result<&'a str> {
    let is_wrong = |c: char| c.is_control() && !(c == '\n' && lines == Lines::Several);
    if text.contains(is_wrong) {
        return Err(Error::invalid(field.to_ascii_lowercase(), "Control characters cannot be written."));
    }
    Ok(text)
}

/// A parameter's value: quotes are dropped, because few readers know RFC 6868; it is quoted where it must
/// be. A caret is doubled only where a reader of RFC 6868 would take it for an escape.
fn parameter(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().filter(|c| *c != '"').peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if c == '^' && matches!(rest.peek(), Some('n' | '\'' | '^')) {
            out.push('^');
        }
    }
    let out = out.trim();
    if out.contains([':', ';', ',']) { format!("\"{out}\"") } else { out.to_owned() }
}
