//! Every letter in every state, whole: subject, plain text and HTML.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use askama::Template;
use entente::mail::letters::view as m;
use entente::mail::letters::view::Letter;
use entente::mail::letters::view::Sample;

struct Written {
    subject: String,
    text: String,
    html: String,
}

fn add<L: Letter + Sample>(letters: &mut BTreeMap<&'static str, Written>) {
    for (name, letter) in L::samples() {
        let written = Written {
            subject: letter.subject(),
            text: letter.text().expect("it renders"),
            html: letter.html().expect("it renders"),
        };
        assert!(letters.insert(name, written).is_none(), "two samples are called {name}");
    }
}

/// Every letter in every state, by the name of its sample.
fn letters() -> BTreeMap<&'static str, Written> {
    let mut letters = BTreeMap::new();
    let l = &mut letters;
    add::<m::Invitation>(l);
    add::<m::ProposalAsk>(l);
    add::<m::ProposalNews>(l);
    add::<m::FreshLink>(l);
    add::<m::PlainWords>(l);
    add::<m::ConfirmHeld>(l);
    add::<m::DeliveryFailed>(l);
    add::<m::SignInMail>(l);
    add::<m::LeavingMail>(l);
    add::<m::AddressConfirmMail>(l);
    add::<m::AddressNewsMail>(l);
    add::<m::BookingConfirm>(l);
    add::<m::BookingEnded>(l);
    add::<m::BookingAsk>(l);
    add::<m::ApprovalAsk>(l);
    add::<m::GroupAsk>(l);
    add::<m::Wish>(l);
    add::<m::Connect>(l);
    add::<m::Probe>(l);
    add::<m::Alert>(l);
    add::<m::ForwardedNotice>(l);
    add::<m::Notice>(l);
    add::<m::Decision>(l);
    add::<m::Digest>(l);
    add::<m::Nudge>(l);
    letters
}

#[test]
fn every_letter_reads_as_it_was_written() {
    for (name, letter) in letters() {
        insta::assert_snapshot!(
            format!("mail__{name}__text"),
            format!("Subject: {}\n\n{}", letter.subject, letter.text)
        );
        insta::assert_snapshot!(format!("mail__{name}__html"), letter.html);
    }
}

#[test]
fn the_event_itself_says_with_whom_and_how_to_move_it() {
    for (name, description) in m::Description::samples() {
        insta::assert_snapshot!(format!("mail__{name}"), description.render().unwrap());
    }
}

#[test]
fn the_subjects_are_those_of_the_requirement() {
    let letters = letters();
    for (name, subject) in [
        ("invitation", "Practice session — Invitation"),
        ("invitation-updated", "Practice session — Updated Time"),
        ("invitation-cancelled", "Practice session — Cancelled"),
        ("proposal-ask", "Approve new time for Practice session?"),
    ] {
        assert_eq!(letters[name].subject, subject);
    }
}

#[test]
fn both_bodies_of_a_letter_hold_the_same_links_and_no_address() {
    let links = |body: &str| {
        let mut links: Vec<String> = body
            .split("https://entente.test/")
            .skip(1)
            .map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/?=._-".contains(*c)).collect()
            })
            .collect();
        links.sort();
        links
    };
    for (name, letter) in letters() {
        assert_eq!(links(&letter.text), links(&letter.html), "{name}");
        assert!(!letter.text.contains('@') && !letter.html.contains('@'), "{name} has an address");
        if name != "probe" {
            assert!(letter.text.contains("about-you?y="), "{name} does not say why it was sent");
            assert!(
                letter.html.matches("background:#1f6f5c").count() <= 1,
                "{name} has more than one button"
            );
        }
        assert!(!letter.html.contains("<img") && !letter.html.contains("<script"), "{name} loads something");
    }
}

#[test]
fn a_letter_with_a_time_names_the_zone_and_says_utc_beside_it() {
    for (name, letter) in letters() {
        // A wish names hours of days that may lie on both sides of a change of the clock.
        let is_wish = name.starts_with("wish") && letter.text.contains("(Paris time, UTC+1)");
        if !is_wish
            && !matches!(
                name,
                "wish-unclear"
                    | "probe"
                    | "alert"
                    | "address-asked"
                    | "address-changed"
                    | "address-confirm"
                    | "sign-in-mail"
                    | "connect"
                    | "connect-bare"
                    | "notice-connection"
                    | "approval-ask"
                    | "group-ask"
            )
        {
            for body in [&letter.text, &letter.html] {
                assert!(body.contains("Paris time, UTC+1 ("), "{name}");
            }
        }
    }
}

#[test]
fn no_line_of_a_plain_text_part_ends_in_a_blank_and_no_two_lines_are_empty() {
    for (name, letter) in letters() {
        let text = letter.text.replace("\n-- \n", "\n--\n");
        assert!(!text.contains(" \n"), "{name}: {text:?}");
        assert!(!text.contains("\n\n\n"), "{name}: {text:?}");
        assert!(text.ends_with('\n') && !text.starts_with('\n'), "{name}");
    }
}

#[test]
fn what_a_host_wrote_is_printed_as_text() {
    const HOSTILE: &str = "<img src=x onerror=alert(1)>";
    for (_, mut letter) in m::Invitation::samples() {
        for text in [&mut letter.title, &mut letter.with, &mut letter.place, &mut letter.description] {
            HOSTILE.clone_into(text);
        }
        assert!(!letter.html().unwrap().contains("<img"));
        assert!(letter.text().unwrap().contains(HOSTILE), "plain text is not escaped");
    }
}

#[test]
fn every_letter_can_be_looked_at() {
    let look = Path::new(env!("CARGO_TARGET_TMPDIR")).join("look");
    fs::create_dir_all(&look).unwrap();
    for (name, letter) in letters() {
        fs::write(look.join(format!("mail-{name}.html")), letter.html).unwrap();
        fs::write(look.join(format!("mail-{name}.txt")), letter.text).unwrap();
    }
}
