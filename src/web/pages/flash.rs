//! What was just done, said once at the top of the next page. The address carries a word, never the sentence,
//! so that nobody can put their own sentence there.

use crate::web::view::parts::{Flash, Tone};

/// The sentence for a word.
pub(super) fn words(done: &str) -> Option<Flash> {
    let (tone, words) = match done {
        "booked" | "session-booked" => {
            (Tone::Yes, "It is booked. Everybody gets an invitation of their own.")
        }
        "made" => (Tone::Yes, "The time is held. Name a guest when you have one."),
        "moved" => (Tone::Yes, "It has moved. Everybody gets an updated invitation."),
        "moved-without-room" => (
            Tone::Wait,
            "It has moved, and everybody gets an updated invitation. A room that cannot be had then was let go.",
        ),
        "cancelled" => (Tone::Yes, "It is cancelled. It leaves everybody’s calendar."),
        "resent" => (Tone::Yes, "The invitations are on their way again."),
        "approved" => {
            (Tone::Yes, "Approved. The meeting has moved, and everybody gets an updated invitation.")
        }
        "approved-waits" => (Tone::Wait, "You approved. It moves when the others have as well."),
        "declined" => (Tone::Plain, "Declined. The meeting stays when it is, and whoever asked is told."),
        "withdrawn" => (Tone::Plain, "Taken back. The meeting stays when it is."),
        "invited" => (Tone::Yes, "The invitation is on its way. You are told when they accept."),
        "connected" => (Tone::Yes, "You are connected. Now say what their agent may do."),
        "connection-declined" => (Tone::Plain, "Declined. They are not told."),
        "connection-ended" => (Tone::Plain, "It is over. Nothing is shared any more."),
        "blocked" => (Tone::Plain, "Blocked. They are not told."),
        "unblocked" => (Tone::Yes, "The block is lifted."),
        "granted" => (Tone::Yes, "Saved. This is what their agent may do while you are connected."),
        "resource-added" => (Tone::Yes, "Added. Everybody here can ask for it from now on."),
        "resource-retired" => (Tone::Plain, "Retired. The hosts of meetings that had it are told."),
        "source-added" => (Tone::Yes, "Added. It is being read now; look again in a moment."),
        "source-reading" => (Tone::Wait, "It is being read now; look again in a moment."),
        "source-written" => (Tone::Yes, "Your meetings are written there from now on."),
        "source-renewed" => (Tone::Wait, "Kept. It is being read now; look again in a moment."),
        "source-removed" => (Tone::Plain, "Removed, with everything that was read of it."),
        "link-made" => {
            (Tone::Yes, "The link is there. Give its address to whoever should be able to meet you.")
        }
        "link-on" => (Tone::Yes, "It is on: guests can pick a time."),
        "link-off" => (Tone::Plain, "It is off. Nobody can pick a time, and what is booked stays."),
        "link-removed" => (Tone::Plain, "It is removed. Its address leads nowhere any more."),
        "booking-declined" => (Tone::Plain, "Declined. The time is free again, and the guest is told."),
        "session-started" => (Tone::Yes, "The agents are at it. You are told what comes of it."),
        "session-agreed" => (Tone::Yes, "You agreed. It is booked when everybody else has as well."),
        "session-booking" => (Tone::Wait, "Everybody agreed. It is being booked."),
        "session-refused" => (Tone::Plain, "That time is off the table. The agents look for another one."),
        "session-proposed" => (Tone::Yes, "Your times are on the table."),
        "session-said" => (Tone::Yes, "Said. It stands in the transcript."),
        "session-ended" => (Tone::Plain, "It is over for you, and the others are told."),
        "session-over" => (Tone::No, "That was not possible any more. Below is why."),
        "zone" => (Tone::Yes, "Times are in your zone now."),
        "no-zone" => (Tone::No, "That is not a time zone. It should look like Europe/Paris."),
        "read" => (Tone::Yes, "All read."),
        "saved" => (Tone::Yes, "Saved."),
        "day-set" => (Tone::Yes, "Saved. Your week does not count on that day."),
        "days-set" => (Tone::Yes, "Saved. Your week does not count on these days."),
        "day-dropped" => (Tone::Yes, "That day is as any other again."),
        "leaving" => (Tone::Wait, "It is asked for. What was ahead of you has ended."),
        "address-asked" => (
            Tone::Wait,
            "A mail is on its way, unless the address cannot be used here. Press the button it leads to.",
        ),
        "address-kept" => (Tone::Yes, "Your address stays as it is."),
        "address-taken" => (Tone::Yes, "Your mail goes to the new address from now on."),
        "kept" => (Tone::Yes, "Your account stays. What was cancelled or declined stays so."),
        "ended" => (Tone::Yes, "That browser is signed out."),
        "revoked" => (Tone::Yes, "The token no longer works."),
        "released" => (Tone::Yes, "Released. What waited goes out now."),
        "retried" => (Tone::Yes, "It is tried again."),
        "dropped" => (Tone::Yes, "It is dropped."),
        "user-added" => (Tone::Yes, "They have an account now, and sign in by a mailed link."),
        "user-disabled" => (Tone::Yes, "They can no longer sign in, and their tokens no longer work."),
        "user-enabled" => (Tone::Yes, "They can sign in again."),
        "welcome" => (Tone::Yes, "You are signed in."),
        "signed-out" => (Tone::Yes, "You are signed out."),
        _ => return None,
    };
    Some(Flash { tone, words: words.to_owned() })
}
