//! Mails that ask for a meeting: which of their words are the line, and what is left out is said.

use super::at;
use crate::base::Zone;
use crate::base::text::Address;
use crate::words::wish::{Known, Mailed, Reader, Unread, mailed, read};

/// Friday 20 November 2026, ten in the morning in Paris.
fn with_reader<T>(use_it: impl Fn(&Reader<'_>) -> T) -> T {
    let known = |name: &str, address: &str| Known { name: name.to_owned(), address: Address::parse(address) };
    let people = [known("Ben Carter", "ben@example.net"), known("Cleo", "cleo@example.net")];
    let zone = Zone::parse("Europe/Paris").unwrap();
    use_it(&Reader { now: at("2026-11-20T09:00:00Z"), zone, people: &people })
}

fn reading(subject: &str, text: &str) -> Mailed {
    with_reader(|reader| mailed(subject, text, reader))
}

#[test]
fn the_line_is_the_subject_or_the_text_or_both() {
    let line = "45 minutes with Ben next week, not before 10";
    let rows = [
        (line, "", line, None),
        ("", line, line, None),
        ("Meeting", line, line, None),
        // Both say it, or each says a part.
        (line, line, line, None),
        ("Meeting with Ben", "45 minutes next week, not before 10", line, None),
        ("Meeting with Ben", line, line, None),
        ("45 minutes with Ben", "next week, not before 10", line, None),
        ("next week, not before 10", "45 minutes with Ben", line, None),
        // Around it people greet and thank.
        ("", "Hi,\n\n45 minutes with Ben next week, not before 10\n\nThanks, Ana", line, None),
        ("", "Hello Entente,\n45 minutes with Ben next week,\nnot before 10\n\nBest\nAna", line, None),
        ("", "Hi! 45 minutes with Ben next week, not before 10", line, None),
        ("", "45 minutes with Ben next week, not before 10\nBest wishes\nAna", line, Some(Unread::Text)),
        (line, "Thanks!", line, None),
        (line, "Cheers, Ana", line, Some(Unread::Text)),
        ("Request from Ana", line, line, Some(Unread::Subject)),
    ];
    let wanted = with_reader(|reader| read(line, reader)).unwrap();
    for (subject, text, _, unread) in rows {
        let mail = reading(subject, text);
        let same = mail.wish.as_ref().is_ok_and(|wish| *wish == wanted);
        assert!(same, "{subject} / {text}: {:?}", mail.wish);
        assert_eq!(mail.unread, unread, "{subject} / {text}: {}", mail.line);
    }
}

#[test]
fn where_subject_and_text_ask_for_different_things_nothing_is_understood() {
    for (subject, text) in [
        ("30 minutes with Ben tomorrow", "45 minutes with Ben tomorrow"),
        ("30 minutes with Ben tomorrow", "30 minutes with Cleo tomorrow"),
        ("30 minutes with Ben tomorrow", "30 minutes with Ben on Thursday"),
        ("30 minutes with Ben at 3pm tomorrow", "30 minutes with Ben at 4pm tomorrow"),
    ] {
        let words = reading(subject, text).wish.unwrap_err().to_string();
        assert!(words.contains("can be read in two ways"), "{subject} / {text}: {words}");
    }
}

#[test]
fn what_most_looks_like_a_wish_is_what_is_not_understood() {
    for (subject, text, line, says) in [
        ("45 minutes with Zoe next week", "Thanks, Ana", "45 minutes with Zoe next week", "“Zoe”"),
        ("Hello", "45 minutes with Zoe next week", "45 minutes with Zoe next week", "“Zoe”"),
        ("lunch soon", "", "lunch soon", "“lunch”"),
        ("", "", "", "Say in one line whom"),
        ("Invoice 4711", "Dear customer,\n\nplease find attached", "Invoice 4711", "“Invoice”"),
    ] {
        let mail = reading(subject, text);
        let words = mail.wish.unwrap_err().to_string();
        assert_eq!(mail.line, line);
        assert!(words.contains(says), "{subject} / {text}: {words}");
    }
}

proptest::proptest! {
    #[test]
    fn no_mail_makes_the_reader_panic(subject in "(?s).{0,100}", text in "(?s).{0,300}") {
        let _ = reading(&subject, &text);
    }
}
