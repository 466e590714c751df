//! What an agent did, and what was done to it, in plain words.

/// What an entry means in the log of an agent. What has no words of its own is told by what it is about, and never by its kind.
pub(super) fn told(kind: &str, by_itself: bool) -> &'static str {
    let own = of_message(kind, by_itself)
        .or_else(|| of_agent(kind))
        .or_else(|| of_session(kind, by_itself))
        .or_else(|| of_task(kind, by_itself))
        .or_else(|| of_group(kind, by_itself));
    own.unwrap_or_else(|| about(kind.split_once('.').map_or(kind, |(family, _)| family)))
}

fn of_message(kind: &str, by_itself: bool) -> Option<&'static str> {
    Some(match (kind, by_itself) {
        ("message.request", true) => "It asked something",
        ("message.request", false) => "A request came",
        ("message.response", true) => "It answered",
        ("message.response", false) => "An answer came",
        ("message.notification", true) => "It told something",
        ("message.notification", false) => "A message came",
        ("message.system", _) => "The house told something",
        ("message.step", true) => "It took a step, and others were told",
        ("message.step", false) => "A step of others came",
        ("message.group_broadcast", true) => "It asked a group for answers",
        ("message.group_broadcast", false) => "A group asks for answers",
        ("message.group_response", true) => "It answered in a group decision",
        ("message.group_response", false) => "What somebody answered in a group decision",
        ("message.group_consensus", _) => "What a group decision came to",
        ("message.group_timeout", _) => "The time of a group decision, or of a turn in it, was over",
        ("delivery.delivered", true) => "It took a message",
        ("delivery.delivered", false) => "A message of its own was taken",
        ("delivery.processed", true) => "It dealt with a message",
        ("delivery.processed", false) => "A message of its own was dealt with",
        ("delivery.failed", true) => "It gave a message up",
        ("delivery.failed", false) => "A message of its own was given up",
        ("delivery.expired", _) => "A message was not taken in time",
        ("delivery.reprioritised", _) => "It made a message more or less urgent",
        ("delivery.dead", _) => "A message could not be delivered",
        _ => return None,
    })
}

fn of_agent(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "agent.registered" | "agent.added" => "It was added",
        "agent.changed" => "What it may was changed",
        "agent.online" => "It came back",
        "agent.inactive" => "It gave no sign of life for long",
        "agent.key-made" => "A key was made",
        "agent.key-revoked" => "A key was taken back",
        "agent.shut-out" => "It was shut out for a while",
        "agent.let-in" => "It was let in again",
        "agent.retired" => "It was retired",
        "agent.erased" => "It was erased",
        "agent.rated" => "Somebody said how content they are",
        "agent.trusted" | "agent.blocked" | "agent.unrelated" => "Its lists were changed",
        "agent.public-keys" => "It published keys",
        "agent.task-type" => "It said what tasks it takes",
        "announcement.made" => "The house announced something",
        "agent.task-type-withdrawn" => "It takes tasks of a kind no more",
        _ => return None,
    })
}

fn of_session(kind: &str, by_itself: bool) -> Option<&'static str> {
    Some(match (kind, by_itself) {
        ("conversation.begun", true) => "It began a conversation",
        ("conversation.begun", false) => "A conversation began",
        ("conversation.closed", _) => "A conversation was closed",
        ("conversation.left", true) => "It left a conversation",
        ("conversation.left", false) => "Somebody left a conversation",
        ("conversation.narrowed", _) => "What may be shared in a conversation was narrowed",
        ("conversation.rights", _) => "What may be shared in a conversation was changed",
        ("conversation.told", _) => "A person was told what came",
        ("conversation.awaited", _) => "A person was reminded of what came",
        ("conversation.erased", _) => "What was said in a conversation was erased",
        ("session.started", _) => "It began to look for a time",
        ("session.proposal", _) => "It proposed times",
        ("session.counter", _) => "It proposed other times",
        ("session.accept", _) => "It accepted a time",
        ("session.decline", _) => "It declined a time",
        ("session.confirm", _) => "It agreed that a time is booked",
        ("session.cancel", _) => "It ended the search for a time",
        ("session.note", _) => "It said something about a time",
        ("session.decision", _) => "A person is to decide about a time",
        ("session.decided", _) => "A person need not decide about a time any more",
        ("session.booking", _) => "A time is being booked",
        ("session.confirmed", _) => "A meeting came of its search",
        ("session.undone", _) => "A time that was found is off again",
        ("session.narrowed", _) => "A proposed time cannot be had any more",
        ("session.ended", _) => "A search for a time came to no meeting",
        ("session.room", _) => "It said whether its room can be had",
        ("session.described", _) => "It said what a session is for",
        _ => return None,
    })
}

fn of_task(kind: &str, by_itself: bool) -> Option<&'static str> {
    Some(match (kind, by_itself) {
        ("task.submitted", true) => "It sent a task",
        ("task.submitted", false) => "A task came",
        ("task.taken", _) => "It took a task on",
        ("task.progress", _) => "It said how far a task is",
        ("task.question", _) => "It asked something about a task",
        ("task.answered", _) => "It answered a question about a task",
        ("task.completed", _) => "It did a task",
        ("task.failed", _) => "It could not do a task",
        ("task.rejected", _) => "It did not want to do a task",
        ("task.canceled", _) => "It took a task back",
        ("task.expired", _) => "A task was not done in time",
        ("task.fell-back", _) => "A task fell back to its owner",
        ("task.erased", _) => "A task was erased",
        ("approval.asked", _) => "It asked for an approval",
        ("approval.voted", _) => "Somebody said something about an approval",
        ("approval.approved", _) => "What was asked was approved",
        ("approval.refused", _) => "What was asked was refused",
        ("approval.expired", _) => "Nobody decided in time",
        ("approval.canceled", _) => "It took back what was to be approved",
        ("approval.erased", _) => "An approval was erased",
        _ => return None,
    })
}

fn of_group(kind: &str, by_itself: bool) -> Option<&'static str> {
    Some(match (kind, by_itself) {
        ("group.started", _) => "It began a decision of a group",
        ("group.asked", _) => "A group asks",
        ("group.awaited", _) => "Its answer to a group is awaited",
        ("group.answered", _) => "It answered a group",
        ("group.late", _) => "It answered a group too late",
        ("group.silent", _) => "It gave a group no answer in time",
        ("group.reminded", _) => "It was reminded of a group’s question",
        ("group.round", _) => "A round of a group began",
        ("group.turn", _) => "It is its turn in a group",
        ("group.skipped", _) => "A turn in a group was skipped",
        ("group.shut", _) => "A group’s vote was closed",
        ("group.booking", _) => "A group’s time is being booked",
        ("group.completed", _) => "It had its part in a decision of a group",
        ("group.closed" | "group.ended", _) => "A decision of a group is over",
        ("group.left", true) => "It left a group",
        ("group.left", false) => "Somebody left a group",
        ("group.erased", _) => "A decision of a group was erased",
        _ => return None,
    })
}

/// What something is about that has no words of its own: what a program does for its owner by their other rights.
fn about(family: &str) -> &'static str {
    match family {
        "message" | "delivery" => "Something happened to a message",
        "agent" => "Something about it was changed",
        "conversation" => "Something happened in a conversation",
        "session" | "wish" => "Something happened in the search for a time",
        "task" => "Something happened to a task",
        "approval" | "approval-rule" => "Something happened to an approval",
        "group" => "Something happened in a group",
        "meeting" | "invitation" | "proposal" | "participant" => "Something about a meeting",
        "connection" | "grant" => "Something about a connection",
        "booking" => "Something about a booking page",
        "calendar" | "source" | "event" => "Something about a calendar",
        "user" | "token" | "sign-in" | "link" | "notices" => "Something about an account",
        "role" => "Something about a role",
        "resource" => "Something about a room or a thing",
        "webhook" => "Something about a webhook",
        "letter" | "inbound" => "Something about a mail",
        _ => "Something happened",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{about, told};
    use crate::webhooks::FAMILIES;

    /// The families that an agent has a part in.
    const HUB: [&str; 7] = ["message", "delivery", "agent", "conversation", "task", "group", "session"];

    /// What the house does by itself, and whoever runs it.
    const HOUSE: [&str; 5] = ["alert", "figures", "house", "probe", "queue"];

    /// Every kind that is written to the journal in so many words below a folder.
    fn written(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                written(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split("Happening::").skip(1) {
                let kind = rest.split_once('(').map_or("", |(_, rest)| rest.trim_start());
                if let Some(kind) = kind.strip_prefix('"') {
                    found.extend(kind.split('"').next().map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn nothing_that_an_agent_does_falls_through_to_a_word_of_the_journal() {
        let mut kinds = Vec::new();
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut kinds);
        assert!(kinds.len() > 60, "{kinds:?}");
        kinds.extend(FAMILIES.iter().flat_map(|one| one.kinds).map(|(kind, _)| (*kind).to_owned()));
        let steps =
            ["taken", "progress", "question", "answered", "completed", "failed", "rejected", "canceled"];
        kinds.extend(steps.map(|step| format!("task.{step}")));
        let sorts =
            ["group_broadcast", "group_response", "group_consensus", "group_timeout", "step", "system"];
        kinds.extend(sorts.map(|sort| format!("message.{sort}")));
        for kind in kinds {
            let family = kind.split('.').next().unwrap();
            for by_itself in [true, false] {
                let words = told(&kind, by_itself);
                assert!(!words.contains('.') && words.starts_with(char::is_uppercase), "{kind}: {words}");
                let is_own = words != about(family);
                assert!(is_own || !(HUB.contains(&family) || family == "approval"), "{kind} has no words");
            }
            assert!(
                about(family) != "Something happened" || HOUSE.contains(&family),
                "{kind} is about nothing"
            );
        }
    }
}
