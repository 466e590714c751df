//! Attachments: what a message points to, elsewhere. The house never fetches any; what it would not let anybody fetch is in
//! quarantine, where its sender alone sees it and why.

use super::sql::attachments as sql;
use crate::base::error::{Error, Result};
use crate::base::id::{AttachmentId, MessageId, SessionId};
use crate::base::text;
use crate::store::Cx;
use crate::worded;

/// The most that one message points to.
pub const ATTACHMENTS_MAX: usize = 10;
/// The largest that is listed, in bytes.
const SIZE_MAX: i64 = 100 * 1024 * 1024;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// The longest address, in bytes.
const URL_BYTES_MAX: usize = 2_000;
/// Names that end so start a program on somebody's machine, or open as a page that may run one.
const PROGRAMS: &[&str] = &[
    "action",
    "apk",
    "app",
    "appimage",
    "application",
    "applescript",
    "appref-ms",
    "appx",
    "appxbundle",
    "bash",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "crx",
    "csh",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "dylib",
    "elf",
    "exe",
    "fish",
    "gadget",
    "hta",
    "htm",
    "html",
    "img",
    "inf",
    "ins",
    "ipa",
    "iso",
    "jar",
    "jnlp",
    "job",
    "js",
    "jse",
    "ksh",
    "lnk",
    "mht",
    "mhtml",
    "mjs",
    "mpkg",
    "msc",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "ocx",
    "php",
    "pif",
    "pkg",
    "pl",
    "potm",
    "ppam",
    "ppsm",
    "pptm",
    "ps1",
    "psd1",
    "psm1",
    "py",
    "pyw",
    "pyz",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "sh",
    "shb",
    "shs",
    "shtml",
    "sldm",
    "so",
    "svg",
    "svgz",
    "swf",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "war",
    "webloc",
    "workflow",
    "wsc",
    "wsf",
    "wsh",
    "xhtml",
    "xlam",
    "xll",
    "xlsm",
    "xltm",
    "xpi",
    "zsh",
];
/// Media types of the same.
const PROGRAM_TYPES: &[&str] = &[
    "application/hta",
    "application/java-archive",
    "application/javascript",
    "application/vnd.android.package-archive",
    "application/vnd.microsoft.portable-executable",
    "application/x-apple-diskimage",
    "application/x-bat",
    "application/x-csh",
    "application/x-dosexec",
    "application/x-executable",
    "application/x-javascript",
    "application/x-ms-installer",
    "application/x-ms-shortcut",
    "application/x-msdos-program",
    "application/x-msdownload",
    "application/x-msi",
    "application/x-perl",
    "application/x-python-code",
    "application/x-sh",
    "application/x-sharedlib",
    "application/x-shellscript",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/html",
    "text/javascript",
    "text/x-python",
    "text/x-shellscript",
];
/// The last part of names that mean something within a network, and nothing outside of it (RFC 6761, RFC 6762, RFC 7686).
const WITHIN: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "domain",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
    "workgroup",
];
/// The first part of a media type (RFC 6838, 4.2).
const TREES: [&str; 8] = ["application", "audio", "font", "image", "message", "model", "text", "video"];

worded! {
    /// Whether an attachment is given to whoever gets the message.
    AttachmentState {
        /// It is.
        Listed = "listed",
        /// It is not: something about it is wrong.
        Quarantined = "quarantined",
    }
}

/// What a message is to point to.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// What the file is called.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: i64,
    /// SHA-256 of its bytes, as 64 hex digits.
    pub sha256: String,
    /// Where it lies.
    pub url: String,
}

/// What a message points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What the file is called.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is said to be, in bytes.
    pub size: i64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Where it lies.
    pub url: String,
    /// Whether it is given to whoever gets the message.
    pub state: AttachmentState,
    /// What is wrong about it: a stable word.
    pub reason: Option<String>,
}

/// Keeps what a message points to, sealed as the message itself is.
pub fn attach(
    cx: &Cx<'_>,
    (message, session): (MessageId, SessionId),
    new: &[NewAttachment],
) -> Result<Vec<Attachment>> {
    if new.len() > ATTACHMENTS_MAX {
        let words = format!("A message points to {ATTACHMENTS_MAX} files at most.");
        return Err(Error::invalid("attachments", words));
    }
    let mut all = Vec::with_capacity(new.len());
    for (at, given) in new.iter().enumerate() {
        let one = read(cx, at, given)?;
        sql::insert(cx, message, session, &one)?;
        all.push(one);
    }
    Ok(all)
}

/// What a message points to, in order, for rooms that have settled who is asking.
pub fn attachments(cx: &Cx<'_>, message: MessageId) -> Result<Vec<Attachment>> {
    sql::of_message(cx, message)
}

pub(super) fn delete_of_session(cx: &Cx<'_>, session: SessionId) -> Result<()> {
    sql::delete_of_session(cx, session).map(drop)
}

/// What is malformed is refused; what is well-formed and suspicious is in quarantine.
fn read(cx: &Cx<'_>, at: usize, given: &NewAttachment) -> Result<Attachment> {
    let field = |name: &str| format!("attachments[{at}].{name}");
    let name = text::name(&given.name, NAME_CHARS_MAX);
    if name.is_empty() {
        return Err(Error::invalid(field("name"), "Say what the file is called."));
    }
    let sha256 = given.sha256.to_ascii_lowercase();
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::invalid(
            field("sha256"),
            "This should be the SHA-256 of the file: 64 hex digits.",
        ));
    }
    if given.size < 0 {
        return Err(Error::invalid(field("size"), "A file has so many bytes, and none fewer than none."));
    }
    if given.url.len() > URL_BYTES_MAX {
        return Err(Error::invalid(field("url"), format!("An address has {URL_BYTES_MAX} bytes at most.")));
    }
    let media_type = given.media_type.trim().to_ascii_lowercase();
    let reason = suspicion(&name, &media_type, given);
    Ok(Attachment {
        id: cx.id(),
        name,
        media_type: text::line(&media_type, 127),
        size: given.size,
        sha256,
        url: given.url.clone(),
        state: if reason.is_some() { AttachmentState::Quarantined } else { AttachmentState::Listed },
        reason: reason.map(str::to_owned),
    })
}

fn suspicion(name: &str, media_type: &str, given: &NewAttachment) -> Option<&'static str> {
    // What a file is called at its end, whatever dots and marks stand behind that: some systems take no notice of them.
    let ending = name.trim_end_matches(|c: char| !c.is_alphanumeric());
    let ending = ending.rsplit('.').next().unwrap_or_default().to_lowercase();
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    // Its parameters say no more of what it is (RFC 6838, 4.3).
    let bare = media_type.split(';').next().unwrap_or_default().trim_end();
    let is_media_type =
        bare.split_once('/').is_some_and(|(tree, name)| TREES.contains(&tree) && is_token(name));
    match () {
        () if !is_media_type => Some("media_type"),
        () if name.contains(['/', '\\', ':']) || name.starts_with('.') => Some("name"),
        () if PROGRAMS.contains(&ending.as_str()) || PROGRAM_TYPES.contains(&bare) => Some("program"),
        () if given.size > SIZE_MAX => Some("too_large"),
        () if !is_public_https(&given.url) || has_address(&given.url) => Some("url"),
        () => None,
    }
}

/// Whether an address is `https://` with the name of a public host: no credentials, and no bare network address, which may lie
/// within whoever's network fetches it.
fn is_public_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port),
        None => (authority, "443"),
    };
    let is_name = host.contains('.')
        && !host.ends_with('.')
        && host.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    let last = host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    let is_within = WITHIN.contains(&last.as_str());
    is_clean && is_name && !is_within && !is_number && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether a mail address stands in it: nobody is given one by another's agent.
fn has_address(url: &str) -> bool {
    let url = url.replace("%2540", "@").replace("%40", "@");
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_+.%".contains(c);
    url.match_indices('@').any(|(at, _)| {
        let domain: String = url[at + 1..].chars().take_while(|c| is_of_name(*c)).collect();
        let is_domain =
            domain.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
        url[..at].ends_with(is_of_name) && is_domain
    })
}

#[cfg(test)]
mod tests {
    use super::{NewAttachment, has_address, is_public_https, suspicion};

    #[test]
    fn only_names_of_public_hosts_over_https_are_listed() {
        for url in ["https://files.example.org/a.pdf", "https://example.org:8443/?q=1#top"] {
            assert!(is_public_https(url), "{url}");
        }
        for url in [
            "http://files.example.org/a.pdf",
            "https://ana:secret@example.org/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://printer.local/",
            "https://localhost.localdomain/",
            "https://x.corp/",
            "https://0x7f.0x1/",
            "https://example.org:0/",
            "https://example.org/a b",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_public_https(url), "{url}");
        }
    }
    #[test]
    fn an_address_that_stands_in_another_address_is_found() {
        for url in [
            "https://x.org/?to=alex@example.org",
            "https://x.org/?to=alex%40example.org",
            "https://x.org/a%2540b.org",
        ] {
            assert!(has_address(url), "{url}");
        }
        for url in ["https://x.org/@alex/plan", "https://x.org/plan@2x.", "https://x.org/a?b=@"] {
            assert!(!has_address(url), "{url}");
        }
    }

    #[test]
    fn what_starts_a_program_is_suspicious_whatever_stands_behind_its_ending() {
        let of = |name: &str, media_type: &str, size: i64| {
            let given = NewAttachment {
                name: name.to_owned(),
                media_type: media_type.to_owned(),
                size,
                sha256: String::new(),
                url: "https://files.example.org/x".to_owned(),
            };
            suspicion(name, media_type, &given)
        };
        let octets = "application/octet-stream";
        for name in [
            "setup.exe",
            "SETUP.EXE",
            "setup.exe.",
            "a.bat;",
            "a.bat. ;",
            "run.sh",
            "x.py",
            "page.html",
            "picture.svg",
            "letter.docm",
            "Mail.desktop",
        ] {
            assert_eq!(of(name, octets, 1), Some("program"), "{name}");
        }
        for name in [".profile", "a/b.pdf", "a\\b.pdf", "plan.pdf:exe"] {
            assert_eq!(of(name, octets, 1), Some("name"), "{name}");
        }
        assert_eq!(of("page", "text/html; charset=utf-8", 1), Some("program"));
        assert_eq!(of("plan.txt", "text/plain; charset=utf-8", 1), None);
        assert_eq!(of("plan.exe.txt", "text/plain", 1), None);
        assert_eq!(of("plan.txt", "text/", 1), Some("media_type"));
        assert_eq!(of("film.mp4", "video/mp4", 100 * 1024 * 1024 + 1), Some("too_large"));
    }
}
