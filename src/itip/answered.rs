//! An object of somebody's own calendar with another answer of theirs: whatever else is in it stays as it is, byte for byte.

use super::content::{Line, parse_line};
use super::model::PartStat;
use super::read::is_of;
use super::writer::Writer;
use crate::base::text::Address;

/// A content line: as it stands in the text with its line ends, and what it says.
struct Logical<'a> {
    raw: &'a str,
    whole: String,
    line: Option<Line>,
}

/// `text` with `partstat` as the answer of whoever has one of the addresses `me`, or of its only attendee; `None` if there is no
/// attendee like that.
pub fn answered(text: &[u8], me: &[Address], partstat: PartStat) -> Option<String> {
    let lines = logical(std::str::from_utf8(text).ok()?);
    let attendees: Vec<usize> = attendees(&lines);
    let is_mine =
        |at: &usize| lines[*at].line.as_ref().is_some_and(|line| me.iter().any(|me| is_of(line, me)));
    let mine: Vec<usize> = match attendees.as_slice() {
        [only] => vec![*only],
        several => several.iter().copied().filter(is_mine).collect(),
    };
    let mut out = Writer::default();
    for (at, one) in lines.iter().enumerate() {
        if mine.contains(&at) {
            out.line(&with_partstat(one.whole.trim_end(), partstat)?);
        } else {
            out.as_it_is(one.raw);
        }
    }
    (!mine.is_empty()).then(|| out.into_text())
}

fn logical(text: &str) -> Vec<Logical<'_>> {
    let mut lines: Vec<Logical<'_>> = Vec::new();
    let mut begin = 0;
    let mut whole = String::new();
    let mut physical = text.split_inclusive('\n').peekable();
    let mut end = 0;
    while let Some(next) = physical.next() {
        end += next.len();
        let said = next.trim_end_matches(['\r', '\n']);
        whole.push_str(if end == next.len() + begin { said } else { said.get(1..).unwrap_or_default() });
        if physical.peek().is_none_or(|more| !more.starts_with([' ', '\t'])) {
            let line = parse_line(&whole);
            lines.push(Logical { raw: &text[begin..end], whole: std::mem::take(&mut whole), line });
            begin = end;
        }
    }
    lines
}

/// Which lines are attendees of events.
fn attendees(lines: &[Logical<'_>]) -> Vec<usize> {
    let mut within: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (at, one) in lines.iter().enumerate() {
        let Some(line) = &one.line else { continue };
        match line.name.as_str() {
            "BEGIN" => within.push(line.value.trim().to_ascii_uppercase()),
            "END" => drop(within.pop()),
            "ATTENDEE" if within.last().is_some_and(|component| component == "VEVENT") => found.push(at),
            _ => {}
        }
    }
    found
}

/// A line with this PARTSTAT, in the place of the one that it has.
fn with_partstat(line: &str, partstat: PartStat) -> Option<String> {
    let mut is_quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        is_quoted ^= c == '"';
        (c == ':' && !is_quoted).then_some(at)
    })?;
    let (before, value) = line.split_at(colon);
    let mut is_quoted = false;
    let parts = before.split(|c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    });
    let is_partstat = |part: &&str| {
        part.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("PARTSTAT"))
    };
    let mut kept: Vec<String> = parts.filter(|part| !is_partstat(part)).map(str::to_owned).collect();
    kept.push(format!("PARTSTAT={}", partstat.as_ics()));
    Some(kept.join(";") + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nX-OWN;A=\"b;c\":d\\,\r\n  e\r\n";
    const END: &str =
        "BEGIN:VALARM\r\nATTENDEE:mailto:ada@example.org\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn of(lines: &str) -> Option<String> {
        let me = Address::parse("ada@example.org").unwrap();
        let text = answered(format!("{BEGIN}{lines}{END}").as_bytes(), &[me], PartStat::Declined)?;
        let inner = text.strip_prefix(BEGIN).unwrap().strip_suffix(END).unwrap();
        Some(inner.to_owned())
    }

    #[test]
    fn only_the_answer_is_another() {
        for (before, after) in [
            (
                "ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=\"Ada; PARTSTAT=x: y\":mailto:ada@example.org\r\n",
                "ATTENDEE;CN=\"Ada; PARTSTAT=x: y\";PARTSTAT=DECLINED:mailto:ada@example.org\r\n",
            ),
            (
                "ATTENDEE:mailto:ben@example.org\nATTENDEE:MAILTO:Ada@Example.org\n",
                "ATTENDEE:mailto:ben@example.org\nATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@Example.org\r\n",
            ),
            (
                "ATTENDEE;EMAIL=ada@example.org;partstat=ACCE\r\n PTED:urn:uuid:1\r\nATTENDEE:mailto:ben@example.org\r\n",
                "ATTENDEE;EMAIL=ada@example.org;PARTSTAT=DECLINED:urn:uuid:1\r\nATTENDEE:mailto:ben@example.org\r\n",
            ),
            ("ATTENDEE:urn:uuid:1\r\n", "ATTENDEE;PARTSTAT=DECLINED:urn:uuid:1\r\n"),
        ] {
            assert_eq!(of(before).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn where_the_reader_is_not_found_nothing_is_changed() {
        for lines in ["", "ATTENDEE:mailto:ben@example.org\r\nATTENDEE:mailto:cleo@example.org\r\n"] {
            assert_eq!(of(lines), None, "{lines}");
        }
        assert_eq!(answered(b"\xff", &[], PartStat::Accepted), None);
    }
}
