//! Messages on their way from agent to agent (`docs/messages.md`): deliveries, inboxes, receipts, attachments, and the
//! keys that parts of messages are sealed for.
//!
//! A message lies in the transcript of its session, and one *delivery* brings it to each agent that is addressed
//! ([`deliver`]). An agent is handed what waits in its inbox under a lease ([`claim`]), and says what became of it
//! ([`acknowledge`], [`put_back`], [`still_working`], [`give_up`]); its sender learns of it ([`news`]). Whatever wakes an
//! agent is a hint: what matters lies here. Tables owned: `deliveries`, `attachments`, `agent_public_keys`.
//!
//! It does not know what a message means, nor whether its session goes on: whoever claims says whether it still counts.

mod admit;
mod answer;
mod attachment;
mod claim;
mod deliver;
mod end;
mod model;
mod news;
mod part;
mod public_key;
mod route;
mod sealed;
mod sender;
mod sql;
mod step;

pub use admit::{Full, SHARE, admit, admit_in_group, admit_to_some, is_full};
pub use answer::{acknowledge, answered, give_up, put_back, still_working};
pub use attachment::{ATTACHMENTS_MAX, Attachment, AttachmentState, NewAttachment, attach, attachments};
pub use claim::{Handed, Ready, came_due, claim, ready};
pub use deliver::{BUILTIN, INBOXES, NewDelivery, Undeliverable, Way, deliver};
pub use end::{
    delete_ended, drop_deferred, drop_of_agent, drop_of_both, drop_of_session, drop_unheard, end_overdue,
    erase_of_session, fail_dead, waiting, withhold,
};
pub use model::{Brought, Delivery, Inbox, State, Type};
pub use news::{News, NewsKind, news};
pub use part::{erase, export};
pub use public_key::{KEYS_MAX, NewPublicKey, PublicKey, publish, published};
pub use route::{Road, Route, road_of, route, routes};
pub use sealed::{SEALED_BYTES_MAX, check as check_sealed};
pub use sender::{
    brought, delivery, get, has_written, inbox_of, is_known_to, of_message, of_message_to, position,
    set_priority, withdraw,
};
pub use step::admit_step;
