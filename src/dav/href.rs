//! The names of resources: what a server calls an object, in one spelling, and only of its own origin.

use crate::net::Url;

/// The path that `href` names for whoever read it at `base`; `None` if it leads to another origin, or nowhere.
///
/// Servers spell one path in several ways (`ada%40example.org` and `ada@example.org`); this is always the same one.
pub fn path_of(base: &Url, href: &str) -> Option<String> {
    let url = base.join(href.trim()).ok()?;
    (url.origin() == base.origin()).then(|| spelt(url.path()))
}

/// `path` with everything written out that may be (RFC 3986, 3.3), and everything else as `%XX` of its UTF-8.
/// A slash that was written as `%2F` belongs to a name, and stays so.
pub fn spelt(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut spelt = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let coded = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(hex);
        let byte = coded.unwrap_or(bytes[at]);
        at += if coded.is_some() { 3 } else { 1 };
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
        if is_plain || (byte == b'/' && coded.is_none()) {
            spelt.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            spelt.push('%');
            spelt.push(char::from(DIGITS[usize::from(byte >> 4)]));
            spelt.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    spelt
}

/// The last name of a path, as people read it.
pub(super) fn last_name(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (bytes, mut plain, mut at) = (last.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let coded = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(hex);
        plain.push(coded.unwrap_or(bytes[at]));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn hex(two: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = two else { return None };
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_has_one_name_however_it_is_spelt() {
        let base = Url::parse("https://dav.example.org/cal/ada/work/").unwrap();
        for (href, path) in [
            ("/cal/ada/work/1.ics", Some("/cal/ada/work/1.ics")),
            ("1.ics", Some("/cal/ada/work/1.ics")),
            ("https://dav.example.org/cal/ada/work/1.ics", Some("/cal/ada/work/1.ics")),
            ("https://DAV.example.org:443/cal/./ada/x/../work/1.ics", Some("/cal/ada/work/1.ics")),
            (" /cal/ada%40example.org/\n", Some("/cal/ada@example.org/")),
            ("/cal/ada@example.org/", Some("/cal/ada@example.org/")),
            ("/cal/caf%c3%a9/%7e.ics", Some("/cal/caf%C3%A9/~.ics")),
            ("/cal/café/~.ics", Some("/cal/caf%C3%A9/~.ics")),
            ("/cal/a b%20c", Some("/cal/a%20b%20c")),
            ("/cal/a%2Fb", Some("/cal/a%2Fb")),
            ("/cal/100%25%", Some("/cal/100%25%25")),
            ("/cal/1.ics?x=1#y", Some("/cal/1.ics")),
            ("https://elsewhere.example.org/cal/1.ics", None),
            ("http://dav.example.org/cal/1.ics", None),
            ("//elsewhere.example.org/cal/1.ics", None),
            ("https://dav.example.org:8443/cal/1.ics", None),
            ("file:///etc/passwd", None),
            ("https://", None),
        ] {
            assert_eq!(path_of(&base, href).as_deref(), path, "{href}");
        }
    }

    #[test]
    fn a_spelling_is_its_own() {
        for path in ["/cal/ada@example.org/caf%C3%A9/", "/a%2Fb/100%25"] {
            assert_eq!(spelt(path), path);
        }
        assert_eq!(last_name("/cal/caf%C3%A9%20noir/"), "café noir");
        assert_eq!(last_name("/"), "");
    }
}
