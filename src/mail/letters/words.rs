//! What each kind of letter says, to its reader: facts become the structs of [`view`](super::view), with times in the
//! reader's zone, links with their secrets, and other people by their faces.

use askama::Template;

use super::render::Facts;
use super::view::{self, Foot, When};
use crate::base::error::{Error, Result};
use crate::base::id::LinkId;
use crate::base::text;
use crate::base::time::{Timestamp, Zone, lasting};
use crate::itip::PartStat;
use crate::links::{self, Purpose};
use crate::notices;
use crate::post::letter::{
    BookingEnd, Cause, Choices, Event, Face, News, Outcome, Says, WishRead, together, with,
};

/// A letter's words.
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
    /// What the event's DESCRIPTION says, or the COMMENT of an answer to a COUNTER.
    pub(super) description: String,
}

/// The words of a letter.
pub(super) fn of(facts: &Facts<'_>) -> Result<Words> {
    let desk = Desk { facts, zone: facts.letter.reader.zone() };
    match &facts.letter.says {
        Says::Invitation { event, respond } => desk.invitation(event, Some(*respond), None, None),
        Says::Update { event, was, respond } => desk.invitation(event, Some(*respond), Some(*was), None),
        Says::Cancellation { event, cause } => desk.invitation(event, None, None, Some(*cause)),
        Says::ProposalAsk { .. } => desk.proposal_ask(),
        Says::ProposalOutcome { event, asked, outcome, respond, .. } => {
            desk.proposal_news(event, *asked, *outcome, *respond)
        }
        Says::FreshLink { event, respond } => written(&view::FreshLink {
            title: event.title.clone(),
            when: desk.when(event),
            lets_you: "answer the invitation or ask for a new time".to_owned(),
            url: desk.url(Purpose::Respond, *respond),
            foot: desk.foot("somebody, probably you, asked for a fresh link"),
        }),
        Says::AutoAnswer { event, found, respond } => written(&view::PlainWords {
            title: event.title.clone(),
            other: together(&event.others),
            when: desk.when(event),
            found: found.map(|span| desk.span(span)),
            url: desk.url(Purpose::Respond, *respond),
            subject: format!("{} — Invitation", event.title),
            foot: desk.foot("you answered an invitation in words"),
        }),
        Says::ConfirmReply { event, said, asked, confirm, from_elsewhere } => {
            desk.confirm_reply(event, desk.said(said, *asked), *confirm, *from_elsewhere)
        }
        Says::Nudge { event, respond } => desk.nudge(event, *respond),
        Says::Notice { news, choices, .. } => desk.notice(news, choices.as_ref()),
        Says::Decision { news, times, refuse, expires, .. } => desk.decision(news, times, *refuse, *expires),
        Says::Digest { news, more } => desk.digest(news, *more),
        Says::DeliveryFailed { event, whose } => desk.delivery_failed(event, whose),
        Says::SignIn { link, expires, .. } => written(&view::SignInMail {
            name: facts.letter.reader.name.clone().unwrap_or_else(|| "you".to_owned()),
            url: desk.url(Purpose::SignIn, *link),
            lives: lasting(*expires - facts.letter.at),
            foot: desk.foot("somebody, probably you, asked to sign in"),
        }),
        Says::Leaving { due, .. } => written(&view::LeavingMail {
            name: facts.letter.reader.name.clone().unwrap_or_else(|| "you".to_owned()),
            due: When::at(desk.zone, Timestamp::from_ms(*due)),
            url: format!("{}/settings/account", facts.house.public_url),
            foot: desk.foot("the deletion of your account was asked for"),
        }),
        Says::AddressConfirm { link, expires } => desk.new_address(*link, *expires),
        Says::AddressNews { is_done, .. } => desk.old_address(*is_done),
        Says::Connect { by, words, link, expires, .. } => written(&view::Connect {
            by: by.name.clone().unwrap_or_else(|| "Somebody".to_owned()),
            words: words.clone(),
            url: desk.url(Purpose::Connect, *link),
            lives: lasting(*expires - facts.letter.at),
            foot: desk.foot("somebody with an account in this house typed your address to connect with you"),
        }),
        Says::BookingConfirm { .. } | Says::BookingEnded { .. } => desk.booking(),
        Says::BookingAsk { news, approve, decline, expires, .. } => {
            desk.booking_ask(news, (*approve, *decline), *expires)
        }
        Says::ApprovalAsk { .. } => desk.approval_ask(),
        Says::GroupAsk { .. } => desk.group_ask(),
        Says::Wish { is_proven, read, link, expires, .. } => desk.wish(*is_proven, read, *link, *expires),
        Says::Probe { token } => written(&view::Probe { mark: token.clone() }),
        Says::Alert { title, text } => desk.alert(title, text),
    }
}

fn written(letter: &impl view::Letter) -> Result<Words> {
    Ok(Words {
        subject: text::line(&letter.subject(), 400),
        text: letter.text().map_err(Error::internal)?,
        html: letter.html().map_err(Error::internal)?,
        description: String::new(),
    })
}

/// Where one letter is written.
struct Desk<'a> {
    facts: &'a Facts<'a>,
    zone: Zone,
}

impl Desk<'_> {
    /// Asks whether an address is whose it is said to be.
    fn alert(&self, title: &str, text: &str) -> Result<Words> {
        let (detail, cure) = text.split_once("\n\n").unwrap_or((text, ""));
        written(&view::Alert {
            what: title.to_owned(),
            detail: detail.to_owned(),
            since: self.instant(self.facts.letter.at),
            cure: cure.to_owned(),
            admin_url: format!("{}/admin/alerts", self.facts.house.public_url),
            foot: self.foot("you are an administrator of this house"),
        })
    }

    fn new_address(&self, link: LinkId, expires: i64) -> Result<Words> {
        written(&view::AddressConfirmMail {
            url: self.url(Purpose::Address, link),
            lives: lasting(expires - self.facts.letter.at),
            foot: self.foot("somebody, probably you, typed your address as their new one"),
        })
    }

    /// Tells an address that an account has, or is to have, another.
    fn old_address(&self, is_done: bool) -> Result<Words> {
        written(&view::AddressNewsMail {
            name: self.facts.letter.reader.name.clone().unwrap_or_else(|| "you".to_owned()),
            is_done,
            url: format!("{}/settings/account", self.facts.house.public_url),
            foot: self.foot("it was the address of your account"),
        })
    }

    /// An invitation to somebody else could not be delivered; their address is not told. The host's own is told to who
    /// made the meeting.
    fn delivery_failed(&self, event: &Event, whose: &Face) -> Result<Words> {
        let (whose, why) = match (&whose.name, whose.is_host) {
            (None, true) => ("the host", "you made this meeting"),
            (Some(host), true) => (host.as_str(), "you made this meeting"),
            (_, false) => (whose.words(), "you are the host of this meeting"),
        };
        written(&view::DeliveryFailed {
            title: event.title.clone(),
            whose: whose.to_owned(),
            when: self.when(event),
            detail: "The mail could not be handed over, or it came back.".to_owned(),
            meeting_url: if self.facts.has_account {
                format!("{}/meetings/{}", self.facts.house.public_url, event.meeting)
            } else {
                String::new()
            },
            foot: self.foot(why),
        })
    }

    /// To whoever picked a time on a booking page.
    fn booking(&self) -> Result<Words> {
        match &self.facts.letter.says {
            Says::BookingConfirm { title, span, by, confirm, expires, .. } => {
                written(&view::BookingConfirm {
                    title: title.clone(),
                    with: by.words().to_owned(),
                    when: self.span(*span),
                    url: self.url(Purpose::Booking, *confirm),
                    lives: lasting(*expires - self.facts.letter.at),
                    foot: self.foot("somebody, probably you, gave this address to book a time"),
                })
            }
            Says::BookingEnded { title, span, by, end, words, path, .. } => written(&view::BookingEnded {
                title: title.clone(),
                with: at_the_start(by.words()),
                when: self.span(*span),
                is_declined: *end == BookingEnd::Declined,
                words: words.clone(),
                url: if path.is_empty() { String::new() } else { self.page(path) },
                foot: self.foot("you asked for this time on a booking page"),
            }),
            _ => Err(Error::internal("not a letter about a booking")),
        }
    }

    /// To the host whose page it was.
    fn booking_ask(&self, news: &News, (approve, decline): (LinkId, LinkId), expires: i64) -> Result<Words> {
        written(&view::BookingAsk {
            sentence: notices::sentence(news),
            when: news.span.map(|span| self.span(span)),
            approve_url: self.url(Purpose::BookingDecide, approve),
            decline_url: self.url(Purpose::BookingDecide, decline),
            closes: self.instant(expires),
            url: self.page(&news.path),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and a guest asks for a time on your booking page"),
        })
    }

    /// An instant, with its zone.
    fn full(&self, at: i64) -> String {
        let when = When::at(self.zone, Timestamp::from_ms(at));
        format!("{}, {}", when.text(), when.zone_and_utc())
    }

    /// To whoever is to decide.
    fn approval_ask(&self) -> Result<Words> {
        let Says::ApprovalAsk { news, approve, refuse, expires, rule, payload, .. } = &self.facts.letter.says
        else {
            return Err(Error::internal("another letter"));
        };
        let (approve, refuse) = (*approve, *refuse);
        let by_rule = rule.as_ref().map(|(approves, at)| {
            let does = if *approves { "approves" } else { "refuses" };
            format!("If you do nothing, a rule of yours {does} it on {}.", self.full(*at))
        });
        written(&view::ApprovalAsk {
            sentence: notices::sentence(news),
            approve_url: self.url(Purpose::Approval, approve),
            refuse_url: self.url(Purpose::Approval, refuse),
            payload: payload.clone(),
            closes: self.full(*expires),
            by_rule: by_rule.unwrap_or_default(),
            url: self.page(&news.path),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and are asked to decide something"),
        })
    }

    /// To whoever decides with others.
    fn group_ask(&self) -> Result<Words> {
        let Says::GroupAsk { news, times, labels, is_time, link, expires, .. } = &self.facts.letter.says
        else {
            return Err(Error::internal("another letter"));
        };
        written(&view::GroupAsk {
            sentence: notices::sentence(news),
            times: times.iter().map(|time| self.span(*time)).collect(),
            labels: labels.clone(),
            is_time: *is_time,
            url: self.url(Purpose::Group, *link),
            closes: self.instant(*expires),
            page_url: self.page(&news.path),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and are asked to decide something with others"),
        })
    }

    /// To whoever mailed a line, or in whose name somebody did.
    fn wish(&self, is_proven: bool, read: &WishRead, link: Option<LinkId>, expires: i64) -> Result<Words> {
        written(&view::Wish {
            read: read.clone(),
            is_proven,
            url: link.map_or_else(String::new, |link| self.url(Purpose::Wish, link)),
            closes: self.instant(expires),
            form_url: self.page("/sessions/new"),
            connections_url: self.page("/connections"),
            foot: self.foot(if is_proven {
                "you wrote to this house to ask for a meeting"
            } else {
                "somebody, probably you, wrote to this house from your address"
            }),
        })
    }

    /// Whoever invited is told by name why the mail comes.
    fn nudge(&self, event: &Event, respond: LinkId) -> Result<Words> {
        let why = match host(event) {
            Some(host) => format!("{} invited you to this meeting", host.words()),
            None => "you are the host of this meeting".to_owned(),
        };
        written(&view::Nudge {
            title: event.title.clone(),
            with: with(&event.title, &event.others),
            when: self.when(event),
            respond_url: self.url(Purpose::Respond, respond),
            foot: self.foot(&why),
        })
    }

    fn notice(&self, news: &News, choices: Option<&Choices>) -> Result<Words> {
        written(&view::Notice {
            sentence: notices::sentence(news),
            when: news.span.map(|span| self.span(span)),
            was: news.was.map(|was| self.span(was)),
            advice: notices::advice(news, self.facts.house),
            answers: choices.map(|one| one.answers.clone()).unwrap_or_default(),
            closes: choices.map(|one| self.full(one.until)).unwrap_or_default(),
            url: self.page(&news.path),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and chose to be told of this at once"),
        })
    }

    fn decision(
        &self,
        news: &News,
        times: &[((i64, i64), LinkId)],
        refuse: LinkId,
        expires: i64,
    ) -> Result<Words> {
        let time = |((start, end), link): &((i64, i64), LinkId)| view::DecisionTime {
            when: self.span((*start, *end)),
            agree_url: self.url(Purpose::Decide, *link),
        };
        written(&view::Decision {
            sentence: notices::sentence(news),
            times: times.iter().map(time).collect(),
            refuse_url: self.url(Purpose::Decide, refuse),
            closes: self.instant(expires),
            url: self.page(&news.path),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and your agent needs your decision"),
        })
    }

    fn digest(&self, news: &[News], more: u32) -> Result<Words> {
        let item = |one: &News| view::DigestItem {
            sentence: notices::sentence(one),
            when: one.span.map(|span| self.span(span)),
            url: self.page(&one.path),
        };
        written(&view::Digest {
            items: news.iter().map(item).collect(),
            more,
            url: self.page("/notices"),
            settings_url: self.page("/settings/notices"),
            foot: self.foot("you have an account here and chose a daily digest"),
        })
    }

    /// The whole address of a page.
    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.facts.house.public_url)
    }

    fn invitation(
        &self,
        event: &Event,
        respond: Option<LinkId>,
        was: Option<(i64, i64)>,
        cause: Option<Cause>,
    ) -> Result<Words> {
        let respond_url = respond.map_or_else(String::new, |link| self.url(Purpose::Respond, link));
        let why = match host(event) {
            Some(host) => format!("{} invited you to this meeting", host.words()),
            None => "you are the host of this meeting".to_owned(),
        };
        let why_cancelled = match cause {
            Some(Cause::YouDeclined) => "You declined it.",
            Some(Cause::OtherDeclined) => "Somebody could not come.",
            Some(Cause::CalledOff) => "It was called off.",
            Some(Cause::House) | None => "",
        };
        let has_accepted = PartStat::parse(&event.partstat) == Some(PartStat::Accepted);
        let words = written(&view::Invitation {
            kind: match (cause, was) {
                (Some(_), _) => view::InvitationKind::Cancelled,
                (None, Some(_)) => view::InvitationKind::Updated,
                (None, None) => view::InvitationKind::New,
            },
            title: event.title.clone(),
            with: with(&event.title, &event.others),
            when: self.when(event),
            was: was.filter(|was| *was != (event.start, event.end)).map(|was| self.span(was)),
            place: event.location.clone(),
            let_go: event.let_go.clone(),
            description: event.description.clone(),
            why_cancelled: why_cancelled.to_owned(),
            has_accepted,
            respond_url: respond_url.clone(),
            foot: self.foot(&why),
        })?;
        let description = view::Description {
            with: together(&event.others),
            description: event.description.clone(),
            has_accepted,
            respond_url,
        };
        let description = description.render().map_err(Error::internal)?;
        Ok(Words { description, ..words })
    }

    fn proposal_ask(&self) -> Result<Words> {
        let Says::ProposalAsk { event, asked, by, note, by_zone, approve, decline, expires, .. } =
            &self.facts.letter.says
        else {
            return Err(Error::internal("not a question about a proposal"));
        };
        let who = at_the_start(by.words());
        let other_zone = by_zone.as_deref().and_then(Zone::parse).filter(|zone| *zone != self.zone);
        let other_time = other_zone.map_or_else(String::new, |zone| {
            format!("{who} sees {}, {}.", zone.short(Timestamp::from_ms(asked.0)), zone.place())
        });
        written(&view::ProposalAsk {
            title: event.title.clone(),
            who,
            was: self.when(event),
            new: self.span(*asked),
            note: note.clone(),
            other_time,
            closes: self.instant(*expires),
            approve_url: self.url(Purpose::Approve, *approve),
            decline_url: self.url(Purpose::Decline, *decline),
            foot: self.foot("you are at this meeting and are asked about its new time"),
        })
    }

    fn proposal_news(
        &self,
        event: &Event,
        asked: (i64, i64),
        outcome: Outcome,
        respond: LinkId,
    ) -> Result<Words> {
        let other = match &event.others[..] {
            [other] => at_the_start(other.words()),
            _ => "Somebody".to_owned(),
        };
        let is_over = event.end <= self.facts.letter.at;
        let words = written(&view::ProposalNews {
            outcome: match outcome {
                Outcome::Declined => view::ProposalOutcome::Declined,
                Outcome::Expired => view::ProposalOutcome::Expired,
                Outcome::Superseded => view::ProposalOutcome::Superseded,
                Outcome::Withdrawn => view::ProposalOutcome::Withdrawn,
            },
            title: event.title.clone(),
            other,
            asked: self.span(asked),
            when: self.when(event),
            respond_url: if is_over { String::new() } else { self.url(Purpose::Respond, respond) },
            foot: self.foot("a new time was asked for in this meeting"),
        })?;
        let description = match outcome {
            Outcome::Declined | Outcome::Withdrawn => {
                "The new time is not taken; the meeting stays when it is."
            }
            Outcome::Expired if is_over => "Nobody decided about the new time, and the meeting is over.",
            Outcome::Expired => "Nobody decided about the new time; the meeting stays when it is.",
            Outcome::Superseded => "Another new time was asked for meanwhile; the meeting stays when it is.",
        };
        Ok(Words { description: description.to_owned(), ..words })
    }

    /// Asks whether a held reply is the reader's; one from another address may well be somebody else's.
    fn confirm_reply(
        &self,
        event: &Event,
        said: String,
        confirm: LinkId,
        from_elsewhere: bool,
    ) -> Result<Words> {
        let (title, when) = (event.title.clone(), self.when(event));
        let url = self.url(Purpose::Confirm, confirm);
        if from_elsewhere {
            let foot = self.foot("an answer came to the invitation that was sent to you");
            written(&view::ForwardedNotice { title, said, when, url, foot })
        } else {
            let foot = self.foot("a reply came in your name");
            written(&view::ConfirmHeld { title, said, when, url, foot })
        }
    }

    /// What a held reply says, after "you".
    fn said(&self, said: &str, asked: Option<(i64, i64)>) -> String {
        match (said, asked) {
            ("counter", Some(asked)) => {
                let asked = self.span(asked);
                format!("asked for a new time, {} ({})", asked.text(), asked.zone)
            }
            ("counter", None) => "asked for a new time".to_owned(),
            ("accepted" | "declined", _) => said.to_owned(),
            ("tentative", _) => "may come".to_owned(),
            _ => "answered".to_owned(),
        }
    }

    fn when(&self, event: &Event) -> When {
        self.span((event.start, event.end))
    }

    fn span(&self, (start, end): (i64, i64)) -> When {
        When::span(self.zone, Timestamp::from_ms(start), Timestamp::from_ms(end))
    }

    /// `Sun 22 Nov, 11:20, Paris time`.
    fn instant(&self, at: i64) -> String {
        let at = Timestamp::from_ms(at);
        if self.zone == Zone::UTC {
            format!("{} UTC", self.zone.short(at))
        } else {
            format!("{}, {} time", self.zone.short(at), self.zone.place())
        }
    }

    fn url(&self, purpose: Purpose, link: LinkId) -> String {
        links::url(self.facts.keys, &self.facts.house.public_url, purpose, link)
    }

    fn foot(&self, why: &str) -> Foot {
        Foot {
            why: format!("You get this mail because {why}."),
            about_url: self.url(Purpose::AboutYou, self.facts.letter.reader.about_you),
        }
    }
}

/// The host, if the reader is not the host.
fn host(event: &Event) -> Option<&Face> {
    event.others.iter().find(|face| face.is_host)
}

fn at_the_start(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
