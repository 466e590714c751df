//! Letters as they are read: for each kind its facts, ready to print, its subject, and its two bodies.
//!
//! A plain-text part is complete by itself; the HTML part says the same. Nothing here has an address of
//! anybody, and nothing here knows how a link's secret is made.

mod approval;
mod booking;
mod group;
mod news;
mod notice;
mod service;
mod when;
mod wish;

pub use approval::ApprovalAsk;
pub use booking::BookingAsk;
pub use booking::BookingConfirm;
pub use booking::BookingEnded;
pub use group::GroupAsk;
pub use news::Description;
pub use news::Invitation;
pub use news::InvitationKind;
pub use news::ProposalAsk;
pub use news::ProposalNews;
pub use news::ProposalOutcome;
pub use notice::Decision;
pub use notice::DecisionTime;
pub use notice::Digest;
pub use notice::DigestItem;
pub use notice::Notice;
pub use notice::Nudge;
pub use service::AddressConfirmMail;
pub use service::AddressNewsMail;
pub use service::Alert;
pub use service::ConfirmHeld;
pub use service::Connect;
pub use service::DeliveryFailed;
pub use service::ForwardedNotice;
pub use service::FreshLink;
pub use service::LeavingMail;
pub use service::PlainWords;
pub use service::Probe;
pub use service::SignInMail;
pub use when::When;
pub use wish::Wish;

/// A letter that can be written.
pub trait Letter {
    /// The subject, without line ends.
    fn subject(&self) -> String;
    /// The plain-text body, complete by itself.
    fn text(&self) -> askama::Result<String>;
    /// The HTML body, saying the same.
    fn html(&self) -> askama::Result<String>;
}

/// A letter of which every state can be shown without a room behind it.
pub trait Sample: Sized {
    /// One sample for each state that reads differently: a short name and the letter.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// What stands at the foot of every letter.
#[derive(Clone, Debug, Default)]
pub struct Foot {
    /// Why the reader got it: `You get this because Alex invited you to a meeting.`
    pub why: String,
    /// The page with what is stored about the reader, erasure, and "never write to me again".
    pub about_url: String,
}

impl Foot {
    fn sample(why: &str) -> Self {
        Self { why: why.to_owned(), about_url: "https://entente.test/about-you?y=sample".to_owned() }
    }
}

/// Makes a letter of a struct: its subject, and the templates of its two bodies.
macro_rules! letter {
    ($letter:ident, $txt:tt, $html:tt, $subject:expr) => {
        impl $crate::mail::letters::view::Letter for $letter {
            fn subject(&self) -> String {
                let subject: fn(&$letter) -> String = $subject;
                subject(self)
            }

            fn text(&self) -> askama::Result<String> {
                #[derive(askama::Template)]
                #[template(path = $txt)]
                struct Body<'a> {
                    letter: &'a $letter,
                }
                askama::Template::render(&Body { letter: self })
            }

            fn html(&self) -> askama::Result<String> {
                #[derive(askama::Template)]
                #[template(path = $html)]
                struct Body<'a> {
                    letter: &'a $letter,
                    subject: String,
                }
                askama::Template::render(&Body { letter: self, subject: self.subject() })
            }
        }
    };
}
use letter;
