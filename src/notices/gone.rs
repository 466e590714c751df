//! The sentences of notices whose matter is gone: it was over and is kept no longer, or is not its reader's to see any more. They
//! say what the notice itself still knows, its kind and a word, and nothing of who or what it was.

use super::kind::Kind;
use super::session;
use crate::post::letter::News;
use crate::tasks::approvals;

/// Where a notice leads whose matter is gone.
pub(super) const PATH: &str = "/notices";

/// Why there is no more of it.
const UNREADABLE: &str = "It can no longer be read.";

/// What such a notice says; `None`: its matter is there, or the sentence of its kind stays true without it.
pub(super) fn sentence(news: &News) -> Option<String> {
    if news.path != PATH {
        return None;
    }
    let kind = Kind::parse(&news.kind)?;
    let was = of_task(kind, &news.word)
        .or_else(|| of_group(kind, &news.word, news.span.is_some()))
        .map(str::to_owned)
        .or_else(|| of_session(kind, &news.word))?;
    Some(format!("{was} {UNREADABLE}"))
}

fn of_task(kind: Kind, word: &str) -> Option<&'static str> {
    Some(match (kind, word) {
        (Kind::TaskAsked, _) => "You were asked to do something.",
        (Kind::TaskQuestion, "answer") => "What you asked about a task was answered.",
        (Kind::TaskQuestion, _) => "You were asked something about a task.",
        (Kind::TaskEnded, "completed") => "A task was done.",
        (Kind::TaskEnded, "failed") => "A task could not be done.",
        (Kind::TaskEnded, "rejected") => "A task was turned down.",
        (Kind::TaskEnded, "expired") => "A task was not done in time.",
        (Kind::TaskEnded, "called-off") => "A task was called off.",
        (Kind::TaskEnded, _) => "A task was taken back.",
        (Kind::ApprovalAsked, _) => "You were asked to decide something.",
        (Kind::ApprovalEnded, "approved") => "What you wanted to have approved was approved.",
        (Kind::ApprovalEnded, "refused") => "What you wanted to have approved was refused.",
        (Kind::ApprovalEnded, approvals::TOO_FEW) => {
            "Too few were left who could decide what you wanted to have approved."
        }
        (Kind::ApprovalEnded, _) => "Nobody decided in time what you wanted to have approved.",
        (Kind::ApprovalByRule, "refuse") => "A rule of yours refused something.",
        (Kind::ApprovalByRule, _) => "A rule of yours approved something.",
        _ => return None,
    })
}

fn of_group(kind: Kind, outcome: &str, is_time: bool) -> Option<&'static str> {
    Some(match (kind, outcome) {
        (Kind::GroupAsked, _) => "You were asked to decide something with others.",
        (Kind::GroupEnded, "decided") if is_time => "A time was decided on together, and was booked.",
        (Kind::GroupEnded, "decided") => "What you were asked together with others came to its end.",
        (Kind::GroupEnded, "rejected") => "What was to be decided together came to nothing.",
        (Kind::GroupEnded, "no_quorum") => "Too few answered what was to be decided together.",
        (Kind::GroupEnded, "timeout") => "The time of what was to be decided together was over first.",
        (Kind::GroupEnded, _) => "What was to be decided together was taken back.",
        _ => return None,
    })
}

fn of_session(kind: Kind, word: &str) -> Option<String> {
    let was = match kind {
        Kind::SessionStarted => "A meeting with you was to be arranged.",
        Kind::SessionProposed => "Somebody proposed times for a meeting.",
        Kind::SessionNoted => "Somebody said something about a meeting.",
        Kind::SessionDecision => "A meeting waited for you to decide.",
        Kind::SessionUndone if word == "narrowed" => "A time for a meeting could not be had any more.",
        Kind::SessionUndone => {
            return Some(format!("A time for a meeting was not booked{}.", session::why_undone(word)));
        }
        Kind::SessionEnded => {
            return Some(format!("A meeting was to be arranged, and there is none{}.", session::why(word)));
        }
        Kind::ConversationTold => "Somebody wrote to you.",
        Kind::ConversationAwaited => "Somebody expected an answer from you.",
        _ => return None,
    };
    Some(was.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_said_without_a_name_and_without_empty_quotation_marks() {
        for kind in Kind::ALL {
            for word in
                ["", "reminder", "answer", "completed", "decided", "rejected", "approved", "no-common-time"]
            {
                let (kind, path) = (kind.as_str().to_owned(), PATH.to_owned());
                let news = News { kind, path, word: word.to_owned(), ..News::default() };
                let said = super::super::sentence(&news);
                assert!(!said.contains("“”") && !said.contains(": .") && !said.contains("program"), "{said}");
                if ["task.", "approval.", "group.", "session.", "conversation."]
                    .iter()
                    .any(|family| news.kind.starts_with(family))
                {
                    assert!(said.ends_with(UNREADABLE), "{said}");
                }
            }
        }
    }
}
