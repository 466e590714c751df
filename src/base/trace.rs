//! Where a request belongs (W3C Trace Context, level 1): the trace id that calls share, and how it is told to the next one.

use std::fmt;

use super::random::Chance;
use super::secret::hex;

/// A `traceparent` (W3C Trace Context, 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent {
    /// 32 hex digits, not all of them 0.
    pub trace: String,
    /// 16 hex digits, not all of them 0: the caller's part of it.
    pub parent: String,
    /// Two hex digits; 01: the caller records it.
    pub flags: String,
}

impl Traceparent {
    /// From a header; what is broken in any part is none (4.3). Of a version to come the parts that are known are read.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = lower_hex(parts.next()?, 2)?;
        let trace = not_all_zero(lower_hex(parts.next()?, 32)?)?;
        let parent = not_all_zero(lower_hex(parts.next()?, 16)?)?;
        let flags = lower_hex(parts.next()?, 2)?;
        let is_known = version == "00" && parts.next().is_none() || version != "00" && version != "ff";
        is_known.then(|| Self { trace: trace.to_owned(), parent: parent.to_owned(), flags: flags.to_owned() })
    }

    /// What is told to whoever is called next: the same trace, and a part of it that is ours.
    pub fn next(trace: &str, flags: &str, chance: &Chance) -> Self {
        let trace = lower_hex(trace, 32).and_then(not_all_zero);
        let trace = trace.map_or_else(|| hex(&chance.bytes::<16>()), str::to_owned);
        Self {
            trace,
            parent: hex(&chance.bytes::<8>()),
            flags: lower_hex(flags, 2).unwrap_or("00").to_owned(),
        }
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{}", self.trace, self.parent, self.flags)
    }
}

fn lower_hex(text: &str, digits: usize) -> Option<&str> {
    let is_hex = text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then_some(text)
}

fn not_all_zero(text: &str) -> Option<&str> {
    text.bytes().any(|b| b != b'0').then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_and_told_on_under_the_same_trace() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let given = Traceparent::parse(text).unwrap();
        assert_eq!(given.to_string(), text);
        let next = Traceparent::next(&given.trace, &given.flags, &Chance::seeded(1));
        assert_eq!((&next.trace, &next.flags), (&given.trace, &given.flags));
        assert_ne!(next.parent, given.parent);
        assert_eq!(Traceparent::parse(&next.to_string()), Some(next));
        assert!(Traceparent::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what").is_some());
    }

    #[test]
    fn a_broken_traceparent_is_none_and_another_takes_its_place() {
        for broken in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(Traceparent::parse(broken), None, "{broken}");
        }
        let made = Traceparent::next("t", "x", &Chance::seeded(1));
        assert_eq!((made.trace.len(), made.flags.as_str()), (32, "00"));
    }
}
