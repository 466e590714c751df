//! Small readings of IMAP: sets of UIDs, quoted names, names that are not ASCII, dates.

use std::fmt::Write;

use async_imap::imap_proto::NameAttribute;
use chrono::{DateTime, NaiveDate};

use crate::base::time::Timestamp;

use super::super::encode::base64;

/// A folder of the server's list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) delimiter: Option<String>,
    /// `\Junk`, `\Sent`, … in lower case without the backslash.
    pub(super) uses: Vec<String>,
    pub(super) selectable: bool,
}

/// The special use that an attribute names (RFC 6154, 2), in lower case; empty for what is none.
pub(super) fn special_use(attribute: &NameAttribute<'_>) -> String {
    match attribute {
        NameAttribute::All => "all".to_owned(),
        NameAttribute::Archive => "archive".to_owned(),
        NameAttribute::Drafts => "drafts".to_owned(),
        NameAttribute::Flagged => "flagged".to_owned(),
        NameAttribute::Junk => "junk".to_owned(),
        NameAttribute::Sent => "sent".to_owned(),
        NameAttribute::Trash => "trash".to_owned(),
        NameAttribute::Extension(text) => text.trim_start_matches('\\').to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// The names that servers without special uses give to the folder for `special`.
fn usual_names(special: &str) -> &'static [&'static str] {
    match special {
        "junk" => &["junk", "spam", "junk e-mail", "junk email", "bulk mail", "bulk"],
        "sent" => &["sent", "sent items", "sent mail", "sent messages"],
        "trash" => &["trash", "deleted items", "deleted messages", "bin"],
        "drafts" => &["drafts", "draft"],
        "archive" => &["archive", "archives"],
        _ => &[],
    }
}

/// The folder with a special use: by its attribute, else by a usual name at the top or below INBOX.
pub(super) fn find_special(folders: &[Listed], special: &str) -> Option<String> {
    let selectable = || folders.iter().filter(|folder| folder.selectable);
    let by_use = selectable().find(|folder| folder.uses.iter().any(|known| known == special));
    let by_name = || {
        usual_names(special).iter().find_map(|usual| {
            selectable().find(|folder| {
                let name = folder.name.to_ascii_lowercase();
                let delimiter = folder.delimiter.as_deref().unwrap_or("/");
                let last = name.rsplit(delimiter).next().unwrap_or(&name);
                last == *usual
            })
        })
    };
    by_use.or_else(by_name).map(|folder| folder.name.clone())
}

/// UIDs in rising order as a sequence set: `1:3,7`.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut out = String::new();
    let mut rest = uids;
    while let Some((&first, mut tail)) = rest.split_first() {
        let mut last = first;
        while let Some((&next, after)) = tail.split_first()
            && last.checked_add(1) == Some(next)
        {
            last = next;
            tail = after;
        }
        if !out.is_empty() {
            out.push(',');
        }
        let _ = if first == last { write!(out, "{first}") } else { write!(out, "{first}:{last}") };
        rest = tail;
    }
    out
}

/// A quoted string (RFC 3501, 4.3); `None` if it cannot be one.
pub(super) fn quoted(name: &str) -> Option<String> {
    let fine = name.chars().all(|c| !c.is_control());
    fine.then(|| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A folder's name as IMAP spells it: modified UTF-7 (RFC 3501, 5.1.3). What is ASCII stays as it is, so
/// that a name copied from the server's own list works too.
pub(super) fn spelled(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut out = String::new();
    let mut wide: Vec<u8> = Vec::new();
    let flush = |wide: &mut Vec<u8>, out: &mut String| {
        if !wide.is_empty() {
            let coded = base64(wide).trim_end_matches('=').replace('/', ",");
            let _ = write!(out, "&{coded}-");
            wide.clear();
        }
    };
    for c in name.chars() {
        if c.is_ascii() {
            flush(&mut wide, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            wide.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut wide, &mut out);
    out
}

/// A date as SEARCH wants it: `5-Nov-2026`.
pub(super) fn search_date(date: NaiveDate) -> String {
    date.format("%-d-%b-%Y").to_string()
}

/// INTERNALDATE: `17-Jul-1996 02:44:25 -0700`, the day padded with a space.
pub(super) fn internal_date(text: &str) -> Option<Timestamp> {
    let parsed = DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(Timestamp::from_ms(parsed.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_uids_is_written_in_ranges() {
        for (uids, set) in [
            (&[][..], ""),
            (&[5], "5"),
            (&[1, 2, 3, 7, 9, 10], "1:3,7,9:10"),
            (&[u32::MAX - 1, u32::MAX], "4294967294:4294967295"),
        ] {
            assert_eq!(uid_set(uids), set);
        }
    }

    #[test]
    fn a_folder_name_that_is_not_ascii_is_spelled_in_modified_utf_7() {
        assert_eq!(spelled("Entwürfe"), "Entw&APw-rfe");
        assert_eq!(spelled("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(spelled("Müll & mehr"), "M&APw-ll &- mehr");
        assert_eq!(spelled("INBOX/A&-B"), "INBOX/A&-B");
    }

    #[test]
    fn a_name_with_a_line_end_cannot_be_quoted() {
        assert_eq!(quoted("a\"b\\c").as_deref(), Some("\"a\\\"b\\\\c\""));
        assert_eq!(quoted("INBOX\r\nA1 DELETE INBOX"), None);
    }

    #[test]
    fn an_internal_date_is_read_with_its_offset() {
        let at = internal_date(" 7-Jul-2026 02:44:25 -0700").map(Timestamp::to_rfc3339);
        assert_eq!(at.as_deref(), Some("2026-07-07T09:44:25Z"));
        assert_eq!(internal_date("yesterday"), None);
    }
}
