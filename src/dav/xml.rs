//! XML of servers, guarded: what would cost more to read than it says is refused before it is read.
//!
//! The parser below is safe with depth, but the cost of namespaces grows with depth times declarations, and of
//! attributes with their square; a look over the tags beforehand keeps both small. No DTD, and so no entities of its own.

use roxmltree::{Document, Node, ParsingOptions};

/// `WebDAV` (RFC 4918).
pub(super) const DAV: &str = "DAV:";
/// CalDAV (RFC 4791).
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// Apple's extensions, `getctag` among them.
pub(super) const CALENDARSERVER: &str = "http://calendarserver.org/ns/";

/// The deepest nesting that is read.
const DEPTH_MAX: usize = 64;
/// The most attributes of one element.
const ATTRIBUTES_MAX: usize = 64;
/// The most namespaces in scope, summed up over all elements that declare one.
const SCOPES_MAX: usize = 1_000_000;
/// The most elements, texts and comments.
const NODES_MAX: u32 = 500_000;

/// Reads `text` and hands the root to `with`.
pub(super) fn read<T>(text: &[u8], with: impl FnOnce(Node) -> T) -> Result<T, &'static str> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    look_over(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| "it is not well-formed")?;
    Ok(with(document.root_element()))
}

/// Whether `node` is the element `name` of the namespace `space`, whatever its prefix.
pub(super) fn is(node: Node, space: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(space)
}

/// The first child element of that name.
pub(super) fn child<'a, 'b>(node: Node<'a, 'b>, space: &str, name: &str) -> Option<Node<'a, 'b>> {
    node.children().find(|child| is(*child, space, name))
}

/// All child elements of that name.
pub(super) fn children<'a, 'b: 'a>(
    node: Node<'a, 'b>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| is(*child, DAV, name))
}

/// All the text directly in it, CDATA included.
pub(super) fn text(node: Node) -> String {
    node.children().filter_map(|child| if child.is_text() { child.text() } else { None }).collect()
}

/// The text for an element or attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What XML cannot hold (XML 1.0, 2.2) is not sent.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Goes over the tags of `text`, and refuses what is too deep or too much.
fn look_over(text: &str) -> Result<(), &'static str> {
    // Of each open element: how many namespaces are in scope.
    let mut open: Vec<usize> = Vec::new();
    let mut scopes = 0;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(end) = undivided(rest) {
            rest = &rest[end?..];
        } else if rest.starts_with("<!") {
            return Err("it has a document type");
        } else if rest.starts_with("</") {
            open.pop();
            rest = &rest[2..];
        } else {
            let tag = Tag::of(rest)?;
            if tag.attributes > ATTRIBUTES_MAX {
                return Err("an element has too many attributes");
            }
            let in_scope = open.last().unwrap_or(&0) + tag.namespaces;
            scopes += if tag.namespaces > 0 { in_scope } else { 0 };
            if scopes > SCOPES_MAX {
                return Err("it has too many namespaces");
            }
            if !tag.is_empty {
                open.push(in_scope);
            }
            if open.len() > DEPTH_MAX {
                return Err("it is nested too deeply");
            }
            rest = &rest[tag.length..];
        }
    }
    Ok(())
}

/// Where a comment, CDATA or an instruction ends that begins `text`, in which a `<` means nothing.
fn undivided(text: &str) -> Option<Result<usize, &'static str>> {
    let (_, end) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
        .into_iter()
        .find(|(start, _)| text.starts_with(start))?;
    Some(text.find(end).map(|at| at + end.len()).ok_or("it ends in the middle"))
}

/// A start tag.
struct Tag {
    length: usize,
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
}

impl Tag {
    fn of(text: &str) -> Result<Self, &'static str> {
        let mut tag = Self { length: 0, attributes: 0, namespaces: 0, is_empty: false };
        let (mut quote, mut name_from) = (None, 0);
        for (at, byte) in text.bytes().enumerate().skip(1) {
            match (quote, byte) {
                (Some(open), _) if byte == open => {
                    quote = None;
                    name_from = at + 1;
                }
                (None, b'"' | b'\'') => {
                    quote = Some(byte);
                    tag.attributes += 1;
                    tag.namespaces += usize::from(text[name_from..at].contains("xmlns"));
                }
                (None, b'>') => {
                    tag.is_empty = text.as_bytes()[at - 1] == b'/';
                    tag.length = at + 1;
                    return Ok(tag);
                }
                (None, b'<') => return Err("it is not well-formed"),
                _ => {}
            }
        }
        Err("it ends in the middle")
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn refused(text: &str) -> &'static str {
        read(text.as_bytes(), |_| ()).expect_err("it should be refused")
    }

    #[test]
    fn what_servers_send_is_read_with_any_prefixes() {
        let text = "\u{feff}<?xml version='1.0'?><!-- a <b> --><x:multistatus xmlns:x='DAV:' a=\"> '\">\
            <y xmlns='DAV:'><![CDATA[1 < 2]]>, &amp;<!-- no --> three</y></x:multistatus>";
        let said = read(text.as_bytes(), |root| {
            assert!(is(root, DAV, "multistatus"));
            text_of(root)
        });
        assert_eq!(said, Ok(Some("1 < 2, & three".to_owned())));
    }

    fn text_of(root: Node) -> Option<String> {
        child(root, DAV, "y").map(super::text)
    }

    #[test]
    fn a_document_type_is_refused_with_its_entities() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>";
        assert_eq!(refused(bomb), "it has a document type");
        assert_eq!(refused("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), "it has a document type");
        assert_eq!(refused("<a>&c;</a>"), "it is not well-formed");
    }

    #[test]
    fn what_is_too_deep_or_too_much_is_refused_before_it_is_read() {
        assert_eq!(refused(&"<a>".repeat(1_000_000)), "it is nested too deeply");
        let nested = (0..60_000).fold(String::new(), |mut text, i| {
            let _ = write!(text, "<a xmlns:b{i}='u'>");
            text
        });
        assert_eq!(refused(&nested), "it is nested too deeply");
        let attributes = (0..100_000).fold("<a".to_owned(), |mut text, i| {
            let _ = write!(text, " b{i}=''");
            text
        });
        assert_eq!(refused(&(attributes + "/>")), "an element has too many attributes");
        let mut wide = (0..60).fold(String::new(), |mut text, i| {
            let _ = write!(
                text,
                "<a{}>",
                (0..60).fold(String::new(), |more, j| more + &format!(" xmlns:b{i}x{j}='u'"))
            );
            text
        });
        wide.push_str(&"<c xmlns:d='u'/>".repeat(1_000));
        assert_eq!(refused(&wide), "it has too many namespaces");
    }

    #[test]
    fn what_ends_in_the_middle_is_refused() {
        for text in [
            "",
            "<a",
            "<a b='",
            "<a b='>",
            "<a><!-- ",
            "<a><![CDATA[",
            "<?xml",
            "<a></b>",
            "<a><b></a>",
            "<a/><a/>",
            "no",
        ] {
            assert!(read(text.as_bytes(), |_| ()).is_err(), "{text}");
        }
        assert_eq!(read(b"<a>\xff</a>", |_| ()), Err("it is not UTF-8"));
    }

    #[test]
    fn a_text_is_escaped_so_that_it_stays_one() {
        assert_eq!(escaped("<a b=\"c\">&\u{0}\n</a>"), "&lt;a b=&quot;c&quot;&gt;&amp;\n&lt;/a&gt;");
    }
}
