//! What a webhook can be told of: kinds of the journal's entries that mean something outside, each in words.

use crate::base::error::{Error, Result};

/// What is sent to try a webhook out. It is no kind to be chosen.
pub const TEST: &str = "webhook.test";

/// Kinds that begin alike.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What they begin with: `meeting`.
    pub word: &'static str,
    /// For a page.
    pub words: &'static str,
    /// Each, with its words for a page.
    pub kinds: &'static [(&'static str, &'static str)],
}

/// Everything that can be chosen.
pub const FAMILIES: &[Family] = &[
    Family {
        word: "meeting",
        words: "Meetings that you are at",
        kinds: &[
            ("meeting.created", "A meeting is made, be it without guests yet"),
            ("meeting.booked", "A meeting is booked"),
            ("meeting.moved", "A meeting has moved"),
            ("meeting.cancelled", "A meeting is cancelled"),
            ("meeting.room-let-go", "A room of a meeting of yours is let go"),
            ("meeting.soon", "A meeting begins soon, when you have chosen to be reminded"),
        ],
    },
    Family {
        word: "invitation",
        words: "Answers to your invitations",
        kinds: &[
            ("invitation.answered", "Somebody answers"),
            ("invitation.answered-late", "Somebody answers what has changed meanwhile"),
            ("invitation.undeliverable", "An invitation does not arrive"),
        ],
    },
    Family {
        word: "proposal",
        words: "New times for meetings",
        kinds: &[
            ("proposal.made", "Somebody proposes a new time"),
            ("proposal.approved", "Somebody approves it"),
            ("proposal.declined", "Somebody declines it"),
            ("proposal.withdrawn", "It is taken back"),
            ("proposal.expired", "Nobody decided in time"),
        ],
    },
    Family {
        word: "session",
        words: "What agents arrange",
        kinds: &[
            ("session.started", "Somebody’s agent asks about your time"),
            ("session.proposal", "Times are proposed"),
            ("session.counter", "Other times are proposed instead"),
            ("session.accept", "A time is accepted"),
            ("session.decline", "A time is declined"),
            ("session.confirm", "Somebody agrees to be booked"),
            ("session.cancel", "Somebody ends it"),
            ("session.note", "Something is said"),
            ("session.decision", "You must decide"),
            ("session.decided", "You need not decide any more"),
            ("session.confirmed", "A meeting came of it"),
            ("session.undone", "A time that was found is off again"),
            ("session.narrowed", "A proposed time cannot be had any more"),
            ("session.ended", "It came to no meeting"),
        ],
    },
    Family {
        word: "task",
        words: "Tasks",
        kinds: &[
            ("task.submitted", "Somebody asks you, or you ask somebody"),
            ("task.fell-back", "It falls back to you: your program has let it go, or may do it no more"),
            ("task.taken", "It is taken on"),
            ("task.progress", "It goes on"),
            ("task.question", "Something is asked about it"),
            ("task.answered", "That is answered"),
            ("task.completed", "It is done"),
            ("task.failed", "It cannot be done"),
            ("task.rejected", "Whoever is asked does not want to"),
            ("task.canceled", "It is taken back"),
            ("task.expired", "Nobody did it in time"),
        ],
    },
    Family {
        word: "approval",
        words: "Approvals",
        kinds: &[
            ("approval.asked", "Somebody is to decide something, you perhaps"),
            ("approval.voted", "One of several has said something"),
            ("approval.approved", "It is approved"),
            ("approval.refused", "It is refused"),
            ("approval.expired", "Nobody decided in time"),
            ("approval.canceled", "It is taken back, or called off"),
        ],
    },
    Family {
        word: "approval-rule",
        words: "Your rules for approvals",
        kinds: &[
            ("approval-rule.made", "You make a rule"),
            ("approval-rule.applied", "A rule of yours has decided"),
            ("approval-rule.removed", "A rule ends"),
        ],
    },
    Family {
        word: "group",
        words: "What groups decide",
        kinds: &[
            ("group.started", "Somebody asks several, you among them"),
            ("group.asked", "You are asked yourself, at first or anew"),
            ("group.reminded", "You are reminded: you have not answered"),
            ("group.answered", "Somebody answers, or changes what they said"),
            ("group.late", "Somebody answers too late"),
            ("group.turn", "It is the next one’s turn"),
            ("group.skipped", "Somebody was silent in their turn"),
            ("group.round", "Another round begins"),
            ("group.left", "Somebody leaves"),
            ("group.shut", "Whoever began it closes it before its time"),
            ("group.booking", "A time is decided on, and is being booked"),
            ("group.closed", "It is over: decided, rejected, in vain or taken back"),
        ],
    },
    Family {
        word: "connection",
        words: "Connections",
        kinds: &[
            ("connection.invited", "You ask somebody to connect, or they ask you"),
            ("connection.accepted", "You are connected"),
            ("connection.revoked", "A connection is ended"),
        ],
    },
    Family {
        word: "booking",
        words: "Your booking links",
        kinds: &[
            ("booking.waiting", "A guest asks for a time, and waits for you"),
            ("booking.booked", "A guest’s time is booked"),
            ("booking.declined", "A guest’s time is declined"),
            ("booking.expired", "A guest waited in vain"),
            ("booking.withdrawn", "A guest no longer wants the time"),
        ],
    },
    Family {
        word: "source",
        words: "Your calendars",
        kinds: &[
            ("source.added", "A calendar is added"),
            ("source.unreadable", "A calendar cannot be read"),
            ("source.readable", "A calendar can be read again"),
            ("source.removed", "A calendar is removed"),
        ],
    },
    Family {
        word: "agent",
        words: "Your agents",
        kinds: &[
            ("agent.registered", "An agent is added"),
            ("agent.changed", "An agent is changed"),
            ("agent.online", "An agent gives its first sign of life"),
            ("agent.inactive", "An agent gives no sign of life any more"),
            ("agent.shut-out", "An agent is shut out for a while"),
            ("agent.let-in", "An agent is let in again before its time"),
            ("agent.retired", "An agent is retired"),
            ("agent.key-made", "A key is made"),
            ("agent.key-revoked", "A key is taken back"),
        ],
    },
    Family {
        word: "message",
        words: "Messages to your agents",
        kinds: &[
            ("message.request", "An agent asks something of yours"),
            ("message.response", "An agent answers yours"),
            ("message.notification", "An agent tells yours something"),
            ("message.system", "The house tells your agent something"),
            ("message.step", "A step of a session is there for your agent"),
        ],
    },
    Family {
        word: "conversation",
        words: "Conversations that you or your agents are in",
        kinds: &[
            ("conversation.begun", "A conversation is begun"),
            ("conversation.left", "Somebody left a conversation"),
            ("conversation.narrowed", "What may be shared in a conversation is narrowed"),
            ("conversation.closed", "A conversation is over"),
        ],
    },
    Family {
        word: "delivery",
        words: "What became of messages of your agents",
        kinds: &[
            ("delivery.delivered", "A message was handed over"),
            ("delivery.processed", "A message was dealt with"),
            ("delivery.failed", "A message was given up"),
            ("delivery.expired", "The time of a message was over first"),
            ("delivery.dead", "A message could not be delivered"),
        ],
    },
];

/// Every kind that can be chosen.
pub fn all() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.kinds.iter().map(|(kind, _)| *kind))
}

/// Whether a kind is one that can be chosen.
pub(super) fn is_known(kind: &str) -> bool {
    all().any(|known| known == kind)
}

/// Whether somebody who chose `chosen` is told of `kind`.
pub(super) fn covers(chosen: &[String], kind: &str) -> bool {
    chosen.iter().any(|one| match one.strip_suffix(".*") {
        Some(family) => kind.split('.').next() == Some(family),
        None => one == kind,
    })
}

/// What was chosen, each once, in the order of the list; a kind or a family (`meeting.*`) that there is not is refused by
/// its name.
pub(super) fn checked(given: &[String]) -> Result<Vec<String>> {
    let families = || FAMILIES.iter().map(|family| family.word);
    for (at, one) in given.iter().enumerate() {
        let is_there = match one.strip_suffix(".*") {
            Some(word) => families().any(|family| family == word),
            None => is_known(one),
        };
        if !is_there {
            let shown: String = one.chars().take(60).collect();
            let message = format!(
                "There is no kind “{shown}”. A kind is named, like meeting.moved, or a whole family, like meeting.*; families are: {}.",
                families().collect::<Vec<_>>().join(", ")
            );
            return Err(Error::invalid(format!("kinds[{at}]"), message));
        }
    }
    let known = FAMILIES.iter().flat_map(|family| {
        let whole = format!("{}.*", family.word);
        std::iter::once(whole).chain(family.kinds.iter().map(|(kind, _)| (*kind).to_owned()))
    });
    let chosen: Vec<String> = known.filter(|kind| given.contains(kind)).collect();
    if chosen.is_empty() {
        return Err(Error::invalid("kinds", "Choose at least one kind of what happens."));
    }
    Ok(chosen)
}
