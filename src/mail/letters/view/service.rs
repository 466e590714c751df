//! Letters of the house itself: links, confirmations, troubles, sign-in.

use super::Foot;
use super::Sample;
use super::When;
use super::letter;
use super::news::new_time;
use super::news::old_time;

/// A fresh link in place of a used or expired one.
#[derive(Clone, Debug)]
pub struct FreshLink {
    /// The meeting's title.
    pub title: String,
    /// When it is.
    pub when: When,
    /// What the link is for, after "it lets you": `answer or ask for a new time`.
    pub lets_you: String,
    /// The link.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(FreshLink, "mail/fresh_link.txt", "mail/fresh_link.html", |letter| format!(
    "Your fresh link for {}",
    letter.title
));

impl Sample for FreshLink {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "fresh-link",
            Self {
                title: "Practice session".to_owned(),
                when: old_time(),
                lets_you: "answer the invitation or ask for a new time".to_owned(),
                url: "https://entente.test/reschedule?r=sample".to_owned(),
                foot: Foot::sample(
                    "You get this mail because somebody, probably you, asked for a fresh link.",
                ),
            },
        )]
    }
}

/// The one automatic answer to plain words.
#[derive(Clone, Debug)]
pub struct PlainWords {
    /// The meeting's title.
    pub title: String,
    /// The other side, within a sentence: `Alex`, `your host`.
    pub other: String,
    /// When it is.
    pub when: When,
    /// The time that was found in the words, if one was.
    pub found: Option<When>,
    /// The respond link, its form filled with that time.
    pub url: String,
    /// The subject of the mail that is answered, without `Re:`.
    pub subject: String,
    /// The foot.
    pub foot: Foot,
}

letter!(PlainWords, "mail/plain_words.txt", "mail/plain_words.html", |letter| format!(
    "Re: {}",
    letter.subject
));

impl Sample for PlainWords {
    fn samples() -> Vec<(&'static str, Self)> {
        let found = Self {
            title: "Practice session".to_owned(),
            other: "Alex".to_owned(),
            when: old_time(),
            found: Some(new_time()),
            url: "https://entente.test/reschedule?r=sample".to_owned(),
            subject: "Practice session — Invitation".to_owned(),
            foot: Foot::sample("You get this mail, once, because you answered an invitation in words."),
        };
        vec![("plain-words", Self { found: None, ..found.clone() }), ("plain-words-found", found)]
    }
}

/// A reply without proof is held; is it the reader's?
#[derive(Clone, Debug)]
pub struct ConfirmHeld {
    /// The meeting's title.
    pub title: String,
    /// What the reply says, after "you": `declined`, `asked for a new time`.
    pub said: String,
    /// When the meeting is.
    pub when: When,
    /// The confirm link.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(ConfirmHeld, "mail/confirm_held.txt", "mail/confirm_held.html", |letter| {
    format!("Did you answer {}?", letter.title)
});

impl Sample for ConfirmHeld {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "confirm-held",
            Self {
                title: "Practice session".to_owned(),
                said: "declined".to_owned(),
                when: old_time(),
                url: "https://entente.test/confirm?t=sample".to_owned(),
                foot: Foot::sample("You get this mail because a reply came in your name."),
            },
        )]
    }
}

/// An invitation could not be delivered: to the host, or to who made the meeting, without the address.
#[derive(Clone, Debug)]
pub struct DeliveryFailed {
    /// The meeting's title.
    pub title: String,
    /// Whose it was, within a sentence: `Robin`, `your guest`.
    pub whose: String,
    /// When the meeting is.
    pub when: When,
    /// Why, in general words: `The mailbox does not exist.`
    pub detail: String,
    /// The meeting's page; empty where the reader has no account.
    pub meeting_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(DeliveryFailed, "mail/delivery_failed.txt", "mail/delivery_failed.html", |letter| {
    format!("An invitation to {} did not arrive", letter.title)
});

impl Sample for DeliveryFailed {
    fn samples() -> Vec<(&'static str, Self)> {
        let failed = Self {
            title: "Practice session".to_owned(),
            whose: "Robin".to_owned(),
            when: old_time(),
            detail: "The mailbox does not exist.".to_owned(),
            meeting_url: "https://entente.test/meetings/mtg_0193".to_owned(),
            foot: Foot::sample("You get this mail because you are the host of this meeting."),
        };
        let bare = Self { whose: "your guest".to_owned(), meeting_url: String::new(), ..failed.clone() };
        vec![("delivery-failed", failed), ("delivery-failed-bare", bare)]
    }
}

/// A link that signs in once.
#[derive(Clone, Debug)]
pub struct SignInMail {
    /// Whom.
    pub name: String,
    /// The link.
    pub url: String,
    /// How long it works: `15 minutes`.
    pub lives: String,
    /// The foot.
    pub foot: Foot,
}

letter!(SignInMail, "mail/sign_in.txt", "mail/sign_in.html", |_| "Your link to sign in to Entente"
    .to_owned());

impl Sample for SignInMail {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "sign-in-mail",
            Self {
                name: "Alex".to_owned(),
                url: "https://entente.test/sign-in/link?t=sample".to_owned(),
                lives: "15 minutes".to_owned(),
                foot: Foot::sample("You get this mail because somebody, probably you, asked to sign in."),
            },
        )]
    }
}

/// An account is to be deleted.
#[derive(Clone, Debug)]
pub struct LeavingMail {
    /// Whose.
    pub name: String,
    /// When.
    pub due: When,
    /// The page on which it is kept.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(LeavingMail, "mail/leaving.txt", "mail/leaving.html", |_| "Your account is to be deleted".to_owned());

impl Sample for LeavingMail {
    fn samples() -> Vec<(&'static str, Self)> {
        let due = When { hours: "15:00".to_owned(), utc: "14:00 UTC".to_owned(), ..old_time() };
        vec![(
            "leaving",
            Self {
                name: "Alex".to_owned(),
                due,
                url: "https://entente.test/settings/account".to_owned(),
                foot: Foot::sample("You get this mail because the deletion of your account was asked for."),
            },
        )]
    }
}

/// Whether the reader's address is to be that of an account.
#[derive(Clone, Debug)]
pub struct AddressConfirmMail {
    /// The link.
    pub url: String,
    /// How long it works: `24 hours`.
    pub lives: String,
    /// The foot.
    pub foot: Foot,
}

letter!(AddressConfirmMail, "mail/address_confirm.txt", "mail/address_confirm.html", |_| {
    "Is this your new address?".to_owned()
});

impl Sample for AddressConfirmMail {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "address-confirm",
            Self {
                url: "https://entente.test/settings/address?t=sample".to_owned(),
                lives: "24 hours".to_owned(),
                foot: Foot::sample(
                    "You get this mail because somebody, probably you, typed your address as their new one.",
                ),
            },
        )]
    }
}

/// The mail of the reader's account is to go elsewhere, or does.
#[derive(Clone, Debug)]
pub struct AddressNewsMail {
    /// Whose account.
    pub name: String,
    /// Whether it does already.
    pub is_done: bool,
    /// The page on which that is seen to.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(AddressNewsMail, "mail/address_news.txt", "mail/address_news.html", |letter| if letter.is_done {
    "Your mail goes to another address now"
} else {
    "Another address was asked for"
}
.to_owned());

impl Sample for AddressNewsMail {
    fn samples() -> Vec<(&'static str, Self)> {
        let asked = Self {
            name: "Alex".to_owned(),
            is_done: false,
            url: "https://entente.test/settings/account".to_owned(),
            foot: Foot::sample("You get this mail because it was the address of your account."),
        };
        let done = Self { is_done: true, ..asked.clone() };
        vec![("address-asked", asked), ("address-changed", done)]
    }
}

/// Somebody asks the reader to connect.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Who asks, at the start of a sentence: `Alex`, `Somebody`.
    pub by: String,
    /// What they say; may be empty.
    pub words: String,
    /// The link.
    pub url: String,
    /// How long it can be accepted: `14 days`.
    pub lives: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Connect, "mail/connect.txt", "mail/connect.html", |letter| format!(
    "{} would like to connect with you",
    letter.by
));

impl Sample for Connect {
    fn samples() -> Vec<(&'static str, Self)> {
        let connect = Self {
            by: "Alex".to_owned(),
            words: "Shall we let our calendars find a time?".to_owned(),
            url: "https://entente.test/connect?t=sample".to_owned(),
            lives: "14 days".to_owned(),
            foot: Foot::sample(
                "You get this mail because somebody with an account in this house typed your address to connect with you.",
            ),
        };
        let bare = Self { by: "Somebody".to_owned(), words: String::new(), ..connect.clone() };
        vec![("connect", connect), ("connect-bare", bare)]
    }
}

/// A mail to ourselves, by which the house learns whether sub-addresses come through unchanged.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What tells this probe from others.
    pub mark: String,
}

letter!(Probe, "mail/probe.txt", "mail/probe.html", |letter| format!("Entente probe {}", letter.mark));

impl Sample for Probe {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("probe", Self { mark: "4q7mzk2c".to_owned() })]
    }
}

/// Something needs an administrator.
#[derive(Clone, Debug)]
pub struct Alert {
    /// What is wrong, as a subject: `Many mails come back`.
    pub what: String,
    /// The numbers behind it, in a sentence.
    pub detail: String,
    /// Since when: `today 09:31`.
    pub since: String,
    /// What to do.
    pub cure: String,
    /// The page for administrators.
    pub admin_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Alert, "mail/alert.txt", "mail/alert.html", |letter| format!("Entente: {}", letter.what));

impl Sample for Alert {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "alert",
            Self {
                what: "Many mails come back".to_owned(),
                detail: "7 of the last 40 mails came back, most of them from one domain.".to_owned(),
                since: "Fri 20 Nov, 09:31, Paris time".to_owned(),
                cure: "Look at what the other side said. If it names SPF, DKIM or DMARC, run entente doctor."
                    .to_owned(),
                admin_url: "https://entente.test/admin/alerts".to_owned(),
                foot: Foot::sample(
                    "You get this mail, once per incident, because you are an administrator of this house.",
                ),
            },
        )]
    }
}

/// An invitation was answered from an address that is not its reader's: to the reader, without that address.
#[derive(Clone, Debug)]
pub struct ForwardedNotice {
    /// The meeting's title.
    pub title: String,
    /// What the reply says, after "they": `declined`, `asked for a new time`.
    pub said: String,
    /// When it is.
    pub when: When,
    /// The confirm link, for a reader who has two addresses.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(ForwardedNotice, "mail/forwarded_notice.txt", "mail/forwarded_notice.html", |letter| {
    format!("Somebody else answered your invitation to {}", letter.title)
});

impl Sample for ForwardedNotice {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "forwarded-notice",
            Self {
                title: "Practice session".to_owned(),
                said: "declined".to_owned(),
                when: old_time(),
                url: "https://entente.test/confirm?t=sample".to_owned(),
                foot: Foot::sample(
                    "You get this mail because an answer came to the invitation that was sent to you.",
                ),
            },
        )]
    }
}
