//! Whether a calendar came to its end.
//!
//! The reader forgives whoever forgot the end of an event, and must. From a server it means that the rest of the text
//! did not come, and what did not come would be free.

/// How much of a calendar there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// From beginning to end.
    Whole,
    /// It begins, and has no end.
    Cut,
    /// None at all.
    None,
}

/// How much of a calendar `text` is: of several in one text the last must have its end. What stands behind that, a
/// signature or an advertisement, is not the calendar's.
pub(super) fn extent(text: &[u8]) -> Extent {
    // UTF-16 is understood by the reader, and not looked into here.
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Extent::Whole;
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.split(|byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::trim_ascii);
    lines.fold(Extent::None, |so_far, line| match line {
        _ if line.eq_ignore_ascii_case(b"BEGIN:VCALENDAR") => Extent::Cut,
        _ if so_far == Extent::Cut && line.eq_ignore_ascii_case(b"END:VCALENDAR") => Extent::Whole,
        _ => so_far,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_whole_when_its_end_came() {
        for (text, expected) in [
            ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", Extent::Whole),
            ("\u{feff}begin:vcalendar\nend:vcalendar \n\n\n", Extent::Whole),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nThis mail was scanned.\n", Extent::Whole),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n", Extent::Cut),
            ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", Extent::Cut),
            ("\u{feff}BEGIN:VCALENDAR\r\nEND:VCAL", Extent::Cut),
            ("<html>END</html>", Extent::None),
            ("", Extent::None),
        ] {
            assert_eq!(extent(text.as_bytes()), expected, "{text:?}");
        }
    }
}
