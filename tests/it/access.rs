//! Who may do what: every route, by everybody who may come along. A route without a row fails the test.

use std::collections::BTreeSet;

use entente::accounts::{Role, Scope};
use entente::web;

use crate::api_world::{Ask, World, meeting};

/// What each caller is answered, in the order of [`CALLERS`].
pub(crate) struct Row {
    pub(crate) route: (&'static str, &'static str),
    body: Body,
    codes: [u16; 6],
}

impl Row {
    /// For whom, of [`Cast::tokens`], it comes about; else whoever comes as far as the media type, or its owner.
    pub(crate) fn caller(&self) -> usize {
        let first = |fits: fn(u16) -> bool| [3, 2, 4, 5].into_iter().find(|at| fits(self.codes[*at]));
        first(|code| code < 300).or_else(|| first(|code| code == 415)).unwrap_or(3)
    }
}

/// A house and everybody who may come along.
pub(crate) struct Cast {
    pub(crate) w: World,
    /// In the order of [`CALLERS`].
    pub(crate) tokens: [String; 6],
}

impl Cast {
    pub(crate) async fn new() -> Self {
        let w = World::new();
        let owner = w.member("ana@example.org", "Ana").await;
        let connected = w.member("ben@example.net", "Ben").await;
        let stranger = w.member("zoe@example.com", "Zoe").await;
        let admin = w.user("root@example.org", "Root", Role::Admin).await;
        let admin = w.token(Some(admin), &[Scope::Admin]).await;
        let operator = w.token(None, &[Scope::Admin]).await;
        Self { w, tokens: [String::new(), stranger, connected, owner, admin, operator] }
    }

    /// What a row is about, of the owner's; where there are two ids of it, they come with a space between.
    pub(crate) async fn place(&self, row: &Row) -> String {
        let (w, connected, owner, operator) = (&self.w, &self.tokens[2], &self.tokens[3], &self.tokens[5]);
        match row.route.1 {
            path if path.contains("/sources/{id}") => w.source(owner).await,
            path if path.contains("/conversations/{id}") => w.conversation(owner, connected).await,
            path if path.contains("/messages/{id}") => w.sent(owner, connected).await.0,
            path if path.contains("/deliveries/{id}") => w.sent(owner, connected).await.1,
            path if path.contains("/tasks/{id}") => w.task(owner, connected).await,
            path if path.contains("/groups/{id}") => w.group(owner, connected).await,
            path if path.contains("/approvals/{id}") => w.approval(owner, connected).await,
            path if path.contains("/task-types") => {
                w.connected(owner, connected).await;
                let program = w.program(owner).await;
                program.split(' ').next().unwrap_or_default().to_owned()
            }
            path if path.contains("/agents/{id}/") => w.program(owner).await,
            path if path.contains("/roles/{id}") => w.role(operator).await,
            path if path.contains("/agents/{id}") => w.room(operator).await,
            path if path.contains("/sessions/{id}") => w.session(owner, connected).await,
            path if path.contains("/connections/{id}") => w.connected(owner, connected).await,
            path if path.contains("/webhooks/{id}") => w.webhook(owner).await,
            path if path.contains("/bookings/{id}") => w.waiting(owner).await,
            path if path.contains("/booking-links/{id}") => w.link(owner).await.0,
            path if path.contains("/b/{name}") => w.link(owner).await.1,
            _ => w.booked(owner).await,
        }
    }
}

/// What is sent.
#[derive(Clone, Copy)]
enum Body {
    None,
    Meeting,
    Guest,
    NewTime,
    Status,
    Token,
    Name,
    NewAddress,
    DayOff,
    Connection,
    Grant,
    Nothing,
    Hours,
    Source,
    Address,
    /// Nothing, and a span in the query.
    Span,
    Search,
    Start,
    Session,
    Line,
    Note,
    Proposal,
    BookingLink,
    Booking,
    /// A query with a handle that there is not.
    Handle,
    /// What a key is to be used for.
    Key,
    Relation,
    Members,
    Webhook,
    Keys,
    Talk,
    Say,
    Priority,
    Lease,
    GiveUp,
    /// Something to do, for whoever sends it.
    Task,
    Progress,
    Metadata,
    Question,
    GivenAnswer,
    Result,
    Reason,
    /// What a program of the owner's takes.
    TaskType,
    /// Something to decide, of a role that there is not.
    Approval,
    Decision,
    Rule,
    /// A question to somebody that there is not.
    Group,
    /// An answer in words.
    Said,
    Metrics,
    RoomAnswer,
    Score,
    Announcement,
    /// Of another media type than the route takes: what is asked is who comes so far.
    Wrong,
}

/// Nobody; somebody with an account who has nothing to do with it; the guest, who has an account; whoever made it;
/// an administrator; the operator's token.
const CALLERS: [&str; 6] = ["anonymous", "stranger", "connected", "owner", "admin", "operator"];

const fn row(route: (&'static str, &'static str), body: Body, codes: [u16; 6]) -> Row {
    Row { route, body, codes }
}

/// Everybody with an account.
const PEOPLE: [u16; 6] = [401, 200, 200, 200, 200, 403];
/// The two people of a connection.
const SIDES: [u16; 6] = [401, 404, 200, 200, 404, 403];

/// Whose it is, and nobody else.
const HOLDER: [u16; 6] = [401, 404, 404, 200, 404, 404];

/// Its owner, and whoever runs the house.
const SEEN_BY_ADMIN: [u16; 6] = [401, 404, 404, 200, 200, 200];

/// Its owner, and nobody else.
const OWN: [u16; 6] = [401, 404, 404, 200, 404, 403];

/// Whom the owner asked.
const ASKED: [u16; 6] = [401, 404, 200, 403, 404, 403];

/// Who asked.
const ASKS: [u16; 6] = [401, 404, 403, 200, 404, 403];

pub(crate) const ROWS: &[Row] = &[
    // A member may only name themselves as host.
    row(("POST", "/api/v1/meetings"), Body::Meeting, [401, 403, 403, 201, 201, 201]),
    row(("GET", "/api/v1/meetings"), Body::None, [401, 200, 200, 200, 200, 200]),
    row(("GET", "/api/v1/meetings/{id}"), Body::None, [401, 404, 200, 200, 200, 200]),
    row(("PATCH", "/api/v1/meetings/{id}"), Body::NewTime, [401, 404, 403, 200, 200, 200]),
    row(("DELETE", "/api/v1/meetings/{id}"), Body::None, [401, 404, 403, 200, 200, 200]),
    row(("GET", "/api/v1/meetings/{id}/story"), Body::None, [401, 404, 200, 200, 200, 200]),
    // It has its guest already: whoever may book it is told so.
    row(("POST", "/api/v1/meetings/{id}/book"), Body::Guest, [401, 404, 403, 409, 409, 409]),
    row(("POST", "/api/v1/meetings/{id}/resend"), Body::None, [401, 404, 403, 200, 200, 200]),
    // The operator's token acts for nobody, who has no profile.
    row(("GET", "/api/v1/profile"), Body::None, [401, 200, 200, 200, 200, 403]),
    row(("PATCH", "/api/v1/profile"), Body::Name, [401, 200, 200, 200, 200, 403]),
    row(("PUT", "/api/v1/profile/exceptions/{date}"), Body::DayOff, [401, 200, 200, 200, 200, 403]),
    row(("DELETE", "/api/v1/profile/exceptions/{date}"), Body::None, [401, 204, 204, 204, 204, 403]),
    row(("GET", "/api/v1/profile/export"), Body::None, [401, 200, 200, 200, 200, 403]),
    row(("POST", "/api/v1/profile/address"), Body::NewAddress, [401, 202, 202, 202, 202, 403]),
    row(("DELETE", "/api/v1/profile/address"), Body::None, [401, 204, 204, 204, 204, 403]),
    // The administrator is the last one.
    row(("POST", "/api/v1/profile/deletion"), Body::None, [401, 200, 200, 200, 409, 403]),
    row(("DELETE", "/api/v1/profile/deletion"), Body::None, [401, 200, 200, 200, 200, 403]),
    row(("POST", "/api/v1/connections"), Body::Connection, [401, 201, 201, 201, 201, 403]),
    row(("GET", "/api/v1/connections"), Body::None, PEOPLE),
    row(("GET", "/api/v1/connections/questions"), Body::None, PEOPLE),
    // A connection is its two people's: an administrator has none of it.
    row(("GET", "/api/v1/connections/{id}"), Body::None, SIDES),
    row(("DELETE", "/api/v1/connections/{id}"), Body::None, SIDES),
    // Only who was invited answers; the connection is accepted already.
    row(("POST", "/api/v1/connections/{id}/accept"), Body::None, [401, 404, 200, 403, 404, 403]),
    row(("POST", "/api/v1/connections/{id}/decline"), Body::None, [401, 404, 409, 403, 404, 403]),
    row(("POST", "/api/v1/connections/{id}/block"), Body::None, SIDES),
    row(("DELETE", "/api/v1/connections/{id}/block"), Body::None, SIDES),
    row(("GET", "/api/v1/connections/{id}/grants"), Body::None, SIDES),
    row(("PUT", "/api/v1/connections/{id}/grants"), Body::Grant, SIDES),
    // Nobody granted anything: that is answered as if there were no connection at all.
    row(("GET", "/api/v1/connections/{id}/profile"), Body::None, [401, 403, 403, 403, 403, 403]),
    row(("POST", "/api/v1/sources"), Body::Source, [401, 201, 201, 201, 201, 403]),
    row(("GET", "/api/v1/sources"), Body::None, PEOPLE),
    // A calendar is its holder's: an administrator has none of it.
    row(("GET", "/api/v1/sources/{id}"), Body::None, HOLDER),
    row(("PATCH", "/api/v1/sources/{id}"), Body::Name, HOLDER),
    row(("DELETE", "/api/v1/sources/{id}"), Body::None, [401, 404, 404, 204, 404, 404]),
    row(("PUT", "/api/v1/sources/{id}/access"), Body::Address, HOLDER),
    row(("POST", "/api/v1/sources/{id}/read"), Body::None, HOLDER),
    row(("GET", "/api/v1/busy"), Body::Span, PEOPLE),
    row(("GET", "/api/v1/connections/{id}/busy"), Body::None, [401, 403, 403, 403, 403, 403]),
    // Each looks for themselves alone. The operator's token acts for nobody.
    row(("POST", "/api/v1/slots"), Body::Search, PEOPLE),
    row(("POST", "/api/v1/slots/check"), Body::Start, PEOPLE),
    row(("GET", "/api/v1/agents"), Body::None, [401, 200, 200, 200, 200, 200]),
    row(("POST", "/api/v1/agents"), Body::Name, [401, 403, 403, 403, 201, 201]),
    // A room that everybody sees, and administrators change.
    row(("GET", "/api/v1/agents/{id}"), Body::None, [401, 200, 200, 200, 200, 200]),
    row(("PATCH", "/api/v1/agents/{id}"), Body::Name, [401, 403, 403, 403, 200, 200]),
    row(("DELETE", "/api/v1/agents/{id}"), Body::None, [401, 403, 403, 403, 200, 200]),
    // None of them has sent the key of an agent.
    row(("POST", "/api/v1/agents/token"), Body::Nothing, [401; 6]),
    row(("GET", "/.well-known/jwks.json"), Body::None, [200; 6]),
    row(("GET", "/api/v1/agents/found"), Body::Handle, [401, 404, 404, 404, 404, 403]),
    row(("GET", "/api/v1/agents/sharing"), Body::None, PEOPLE),
    // A program is its owner's; an administrator sees it, and may take its keys back.
    row(("POST", "/api/v1/agents/{id}/keys"), Body::Key, [401, 404, 404, 201, 404, 403]),
    row(("GET", "/api/v1/agents/{id}/keys"), Body::None, SEEN_BY_ADMIN),
    row(("DELETE", "/api/v1/agents/{id}/keys/{key}"), Body::None, [401, 404, 404, 204, 204, 204]),
    row(("POST", "/api/v1/agents/{id}/heartbeat"), Body::Nothing, OWN),
    row(("GET", "/api/v1/agents/{id}/presence"), Body::None, SEEN_BY_ADMIN),
    row(("GET", "/api/v1/agents/{id}/relations"), Body::None, HOLDER),
    row(("PUT", "/api/v1/agents/{id}/relations/{other}"), Body::Relation, [401, 404, 404, 204, 404, 403]),
    row(("DELETE", "/api/v1/agents/{id}/relations/{other}"), Body::None, [401, 404, 404, 204, 404, 403]),
    // An inbox is its program's and its owner's: an administrator has none of it.
    // What an agent does is its owner's to know; how it is, an administrator's as well.
    row(("GET", "/api/v1/agents/{id}/figures"), Body::None, HOLDER),
    row(("GET", "/api/v1/analytics"), Body::None, PEOPLE),
    row(("POST", "/api/v1/agents/{id}/metrics"), Body::Metrics, [401, 404, 404, 204, 404, 404]),
    row(("GET", "/api/v1/agents/{id}/activity"), Body::None, HOLDER),
    row(("GET", "/api/v1/agents/{id}/health"), Body::None, SEEN_BY_ADMIN),
    row(("DELETE", "/api/v1/agents/{id}/shut-out"), Body::None, [401, 404, 404, 403, 204, 204]),
    row(("GET", "/api/v1/agents/{id}/inbox"), Body::None, HOLDER),
    row(("GET", "/api/v1/agents/{id}/receipts"), Body::None, HOLDER),
    row(("GET", "/api/v1/agents/{id}/announcements"), Body::None, HOLDER),
    row(("PUT", "/api/v1/agents/{id}/public-keys"), Body::Keys, HOLDER),
    // Whoever reaches it.
    row(("GET", "/api/v1/agents/{id}/public-keys"), Body::None, OWN),
    // Whoever is not reached is not there.
    row(("POST", "/api/v1/conversations"), Body::Talk, [401, 404, 404, 404, 404, 403]),
    row(("GET", "/api/v1/conversations"), Body::None, PEOPLE),
    row(("GET", "/api/v1/conversations/{id}"), Body::None, SIDES),
    row(("POST", "/api/v1/conversations/{id}/close"), Body::None, SIDES),
    row(("PUT", "/api/v1/conversations/{id}/rights"), Body::Nothing, SIDES),
    row(("POST", "/api/v1/conversations/{id}/messages"), Body::Say, [401, 404, 201, 201, 404, 403]),
    row(("GET", "/api/v1/conversations/{id}/messages"), Body::None, SIDES),
    // What became of a message is its sender's to know.
    row(("GET", "/api/v1/messages/{id}/route"), Body::None, HOLDER),
    row(("GET", "/api/v1/deliveries/{id}"), Body::None, HOLDER),
    row(("PATCH", "/api/v1/deliveries/{id}"), Body::Priority, HOLDER),
    row(("DELETE", "/api/v1/deliveries/{id}"), Body::None, HOLDER),
    // Whoever it is for was not handed it.
    row(("POST", "/api/v1/deliveries/{id}/ack"), Body::Lease, [401, 404, 409, 404, 404, 404]),
    row(("POST", "/api/v1/deliveries/{id}/nack"), Body::Lease, [401, 404, 409, 404, 404, 404]),
    row(("POST", "/api/v1/deliveries/{id}/working"), Body::Lease, [401, 404, 409, 404, 404, 404]),
    row(("POST", "/api/v1/deliveries/{id}/give-up"), Body::GiveUp, [401, 404, 409, 404, 404, 404]),
    row(("GET", "/api/v1/announcements"), Body::None, [401, 403, 403, 403, 200, 200]),
    row(("POST", "/api/v1/announcements"), Body::Announcement, [401, 403, 403, 403, 201, 201]),
    row(("GET", "/api/v1/roles"), Body::None, [401, 200, 200, 200, 200, 200]),
    // The administrator has taken the name.
    row(("POST", "/api/v1/roles"), Body::Name, [401, 403, 403, 403, 201, 409]),
    row(("GET", "/api/v1/roles/{id}"), Body::None, [401, 200, 200, 200, 200, 200]),
    row(("PATCH", "/api/v1/roles/{id}"), Body::Name, [401, 403, 403, 403, 200, 409]),
    row(("DELETE", "/api/v1/roles/{id}"), Body::None, [401, 403, 403, 403, 204, 204]),
    row(("PUT", "/api/v1/roles/{id}/members"), Body::Members, [401, 403, 403, 403, 200, 200]),
    row(("GET", "/api/v1/roles/{id}/agents"), Body::None, PEOPLE),
    // Nobody let the other propose anything: that is answered as if there were no connection at all.
    row(("POST", "/api/v1/sessions"), Body::Session, [401, 403, 403, 403, 403, 403]),
    row(("GET", "/api/v1/sessions"), Body::None, PEOPLE),
    // A session is its parties': an administrator has none of it.
    row(("GET", "/api/v1/sessions/{id}"), Body::None, SIDES),
    row(("PUT", "/api/v1/sessions/{id}"), Body::Metadata, [401, 404, 403, 200, 404, 403]),
    row(("DELETE", "/api/v1/sessions/{id}"), Body::None, SIDES),
    // It still goes on, and that agent did nothing in it.
    row(("PUT", "/api/v1/sessions/{id}/ratings/{agent}"), Body::Score, [401, 404, 404, 404, 404, 404]),
    // A person asked for it by themselves: no program did.
    row(("PUT", "/api/v1/approvals/{id}/ratings/{agent}"), Body::Score, [401, 404, 404, 404, 404, 404]),
    row(("GET", "/api/v1/sessions/{id}/messages"), Body::None, SIDES),
    row(("POST", "/api/v1/sessions/{id}/messages"), Body::Note, SIDES),
    row(("POST", "/api/v1/sessions/{id}/proposals"), Body::Nothing, SIDES),
    // No time was proposed yet.
    row(("POST", "/api/v1/sessions/{id}/confirm"), Body::Proposal, [401, 404, 409, 409, 404, 403]),
    // Nobody but the program that is asked for its room knows of it.
    row(("POST", "/api/v1/sessions/{id}/room"), Body::RoomAnswer, [401, 404, 404, 404, 404, 404]),
    row(("POST", "/api/v1/wishes"), Body::Line, [401, 400, 400, 400, 400, 403]),
    // A program's types are its owner's to declare, and read by whoever reaches it: the connected do.
    row(("GET", "/api/v1/agents/{id}/task-types"), Body::None, [401, 404, 200, 200, 404, 403]),
    row(("PUT", "/api/v1/agents/{id}/task-types/{name}"), Body::TaskType, [401, 404, 404, 200, 404, 404]),
    row(("DELETE", "/api/v1/agents/{id}/task-types/{name}"), Body::None, [401, 404, 404, 204, 404, 404]),
    // There is no such role, whoever asks.
    row(("POST", "/api/v1/tasks"), Body::Task, [401, 404, 404, 404, 404, 403]),
    row(("GET", "/api/v1/tasks"), Body::None, PEOPLE),
    // The owner asked the connected. A task is theirs: an administrator has none of it.
    row(("GET", "/api/v1/tasks/{id}"), Body::None, SIDES),
    row(("POST", "/api/v1/tasks/{id}/take"), Body::Nothing, ASKED),
    row(("POST", "/api/v1/tasks/{id}/progress"), Body::Progress, ASKED),
    row(("POST", "/api/v1/tasks/{id}/ask"), Body::Question, ASKED),
    // Nothing was asked back.
    row(("POST", "/api/v1/tasks/{id}/answer"), Body::GivenAnswer, [401, 404, 403, 409, 404, 403]),
    row(("POST", "/api/v1/tasks/{id}/complete"), Body::Result, ASKED),
    row(("POST", "/api/v1/tasks/{id}/fail"), Body::Reason, ASKED),
    row(("POST", "/api/v1/tasks/{id}/reject"), Body::Reason, ASKED),
    row(("POST", "/api/v1/tasks/{id}/cancel"), Body::Reason, ASKS),
    row(("POST", "/api/v1/approvals"), Body::Approval, [401, 404, 404, 404, 404, 403]),
    row(("GET", "/api/v1/approvals"), Body::None, PEOPLE),
    row(("GET", "/api/v1/approvals/{id}"), Body::None, SIDES),
    row(("POST", "/api/v1/approvals/{id}/decide"), Body::Decision, ASKED),
    row(("POST", "/api/v1/approvals/{id}/cancel"), Body::None, ASKS),
    // There is no such connection, whoever asks.
    row(("POST", "/api/v1/groups"), Body::Group, [401, 404, 404, 404, 404, 403]),
    row(("GET", "/api/v1/groups"), Body::None, PEOPLE),
    // The owner asked the connected.
    row(("GET", "/api/v1/groups/{id}"), Body::None, SIDES),
    row(("PUT", "/api/v1/groups/{id}/answer"), Body::Said, SIDES),
    row(("POST", "/api/v1/groups/{id}/close"), Body::None, ASKS),
    row(("POST", "/api/v1/groups/{id}/cancel"), Body::None, ASKS),
    // Whoever began it does not leave it.
    row(("POST", "/api/v1/groups/{id}/leave"), Body::None, [401, 404, 204, 409, 404, 403]),
    row(("GET", "/api/v1/approval-rules"), Body::None, PEOPLE),
    row(("POST", "/api/v1/approval-rules"), Body::Rule, [401, 201, 201, 201, 201, 403]),
    // There is none.
    row(("DELETE", "/api/v1/approval-rules/{id}"), Body::None, [401, 404, 404, 404, 404, 404]),
    row(("POST", "/api/v1/imip/inbound"), Body::Wrong, [401, 403, 403, 403, 415, 415]),
    row(("POST", "/api/v1/hooks/email-status"), Body::Status, [401, 403, 403, 403, 200, 200]),
    row(("GET", "/api/v1/tokens"), Body::None, [401, 403, 403, 403, 200, 200]),
    row(("POST", "/api/v1/tokens"), Body::Token, [401, 403, 403, 403, 201, 201]),
    row(("DELETE", "/api/v1/tokens/{id}"), Body::None, [401, 403, 403, 403, 404, 404]),
    row(("POST", "/api/v1/booking-links"), Body::BookingLink, [401, 201, 201, 201, 201, 403]),
    row(("GET", "/api/v1/booking-links"), Body::None, PEOPLE),
    // A link is its owner's alone: an administrator has none of it.
    row(("GET", "/api/v1/booking-links/{id}"), Body::None, OWN),
    row(("PATCH", "/api/v1/booking-links/{id}"), Body::BookingLink, OWN),
    row(("DELETE", "/api/v1/booking-links/{id}"), Body::None, [401, 404, 404, 204, 404, 403]),
    row(("POST", "/api/v1/booking-links/{id}/passes"), Body::Nothing, [401, 404, 404, 201, 404, 403]),
    row(("GET", "/api/v1/booking-links/{id}/bookings"), Body::None, OWN),
    row(("POST", "/api/v1/bookings/{id}/approve"), Body::None, OWN),
    row(("POST", "/api/v1/bookings/{id}/decline"), Body::None, OWN),
    // Whoever has the address of a page: a token changes nothing.
    row(("GET", "/api/v1/b/{name}/slots"), Body::None, [200; 6]),
    row(("POST", "/api/v1/b/{name}/bookings"), Body::Booking, [202; 6]),
    row(("GET", "/api/v1/notices"), Body::None, [401, 200, 200, 200, 200, 403]),
    // Another's notice is none. The operator's token acts for nobody, who has none.
    row(("POST", "/api/v1/notices/{id}/read"), Body::None, [401, 404, 404, 404, 404, 404]),
    row(("POST", "/api/v1/notices/read"), Body::Nothing, [401, 200, 200, 200, 200, 403]),
    row(("GET", "/api/v1/notices/preferences"), Body::None, [401, 200, 200, 200, 200, 403]),
    row(("PUT", "/api/v1/notices/preferences"), Body::Hours, [401, 200, 200, 200, 200, 403]),
    row(("GET", "/events"), Body::None, [401, 200, 200, 200, 200, 403]),
    // Who comes is said on the socket; this opens none.
    row(("GET", "/live"), Body::None, [400; 6]),
    row(("GET", "/api/openapi.json"), Body::None, [200; 6]),
    row(("GET", "/api/v1/health"), Body::None, [401, 403, 403, 403, 200, 200]),
    row(("GET", "/healthz"), Body::None, [200; 6]),
    row(("GET", "/readyz"), Body::None, [200; 6]),
    // A webhook is its owner's alone.
    row(("GET", "/api/v1/webhooks"), Body::None, PEOPLE),
    row(("POST", "/api/v1/webhooks"), Body::Webhook, [401, 201, 201, 201, 201, 403]),
    row(("GET", "/api/v1/webhooks/{id}"), Body::None, OWN),
    row(("PATCH", "/api/v1/webhooks/{id}"), Body::Webhook, OWN),
    row(("DELETE", "/api/v1/webhooks/{id}"), Body::None, [401, 404, 404, 204, 404, 403]),
    row(("POST", "/api/v1/webhooks/{id}/rotate"), Body::None, OWN),
    row(("GET", "/api/v1/webhooks/{id}/events"), Body::None, OWN),
    // The event is none.
    row(("POST", "/api/v1/webhooks/{id}/events/{event}/replay"), Body::None, [401, 404, 404, 404, 404, 403]),
    row(("POST", "/api/v1/webhooks/{id}/test"), Body::None, [401, 404, 404, 202, 404, 403]),
    row(("GET", "/metrics"), Body::None, [401, 403, 403, 403, 200, 200]),
    row(("GET", "/errors"), Body::None, [200; 6]),
];

#[test]
fn every_mounted_route_has_its_row() {
    let mounted: BTreeSet<_> = web::api::ROUTES.iter().copied().collect();
    let listed: BTreeSet<_> = ROWS.iter().map(|row| row.route).collect();
    assert_eq!(mounted, listed);
    assert_eq!(listed.len(), ROWS.len(), "a route has two rows");
}

/// A time that everybody has.
const FREE: &str = "2026-11-26T10:00:00+01:00";

/// The path of a row, with ids in it: where there are two of them, they come with a space between.
fn path_of(row: &Row, id: &str) -> String {
    let (id, key) = id.split_once(' ').unwrap_or((id, ""));
    let other = "agt_0123456789abcdef0123456789abcdef";
    let path = row.route.1.replace("{id}", id).replace("{key}", key).replace("{other}", other);
    let path = path.replace("{event}", "evt_0123456789abcdef0123456789abcdef");
    let path = path.replace("{name}", id).replace("{date}", "2026-12-24");
    let span = "?from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z";
    if path.ends_with("/busy") && path != "/api/v1/busy" { path + span } else { path }
}

#[expect(clippy::too_many_lines, reason = "a table: a line for each body")]
pub(crate) fn ask(row: &Row, id: &str) -> Ask {
    let ask = Ask::new(row.route.0, path_of(row, id));
    match row.body {
        Body::None => ask,
        Body::Span => {
            let query = "from=2026-11-23T00:00:00Z&to=2026-11-30T00:00:00Z";
            Ask::new(row.route.0, format!("{}?{query}", row.route.1))
        }
        Body::Source => {
            ask.json(&serde_json::json!({ "kind": "ics", "url": "https://cal.example.org/a.ics" }))
        }
        Body::Address => ask.json(&serde_json::json!({ "url": "https://cal.example.org/b.ics" })),
        Body::Meeting => ask.json(&meeting()),
        Body::Guest => ask.json(&serde_json::json!({ "guest": { "email": "cleo@example.net" } })),
        Body::NewTime => ask.json(&serde_json::json!({
            "start": "2026-11-26T10:30:00+01:00", "end": "2026-11-26T11:30:00+01:00",
        })),
        Body::Status => ask.json(&serde_json::json!({
            "message_id": "none@example.org", "recipient": "ben@example.net", "event": "delivered",
        })),
        Body::Name => ask.json(&serde_json::json!({ "name": "Kim" })),
        Body::NewAddress => ask.json(&serde_json::json!({ "email": "kim@elsewhere.example" })),
        Body::DayOff => ask.json(&serde_json::json!({ "words": "Midsummer" })),
        Body::Token => ask.json(&serde_json::json!({ "name": "made", "scopes": ["meetings.read"] })),
        Body::Connection => ask.json(&serde_json::json!({ "email": "kim@example.net" })),
        Body::Grant => ask.json(&serde_json::json!({ "scopes": ["profile.basic.read"] })),
        Body::Nothing => ask.json(&serde_json::json!({})),
        Body::Hours => ask.json(&serde_json::json!({ "digest_at": "09:00" })),
        Body::Search => ask.json(&serde_json::json!({
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-26T00:00:00+01:00",
        })),
        Body::Start => ask.json(&serde_json::json!({
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-26T00:00:00+01:00",
            "start": "2026-11-25T10:00:00+01:00",
        })),
        Body::Session => ask.json(&serde_json::json!({
            "with": ["con_0123456789abcdef0123456789abcdef"],
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-26T00:00:00+01:00",
        })),
        Body::Line => ask.json(&serde_json::json!({ "line": "half an hour with nobody" })),
        Body::Note => ask.json(&serde_json::json!({ "type": "note", "text": "Hello" })),
        Body::Proposal => {
            ask.json(&serde_json::json!({ "proposal": "prp_0123456789abcdef0123456789abcdef" }))
        }
        Body::BookingLink => ask.json(&serde_json::json!({ "title": "A chat" })),
        Body::Booking => ask.json(&serde_json::json!({
            "start": FREE, "name": "Kim", "email": "kim@example.net",
        })),
        Body::Handle => Ask::new(row.route.0, format!("{}?handle=maya-k3x9q", row.route.1)),
        Body::Key => ask.json(&serde_json::json!({ "name": "Laptop", "scopes": ["sessions.read"] })),
        Body::Relation => ask.json(&serde_json::json!({ "relation": "trusted" })),
        Body::Members => ask.json(&serde_json::json!({ "members": [] })),
        Body::Webhook => ask.json(&serde_json::json!({
            "url": "https://hooks.example.org/in", "kinds": ["meeting.*"],
        })),
        Body::Keys => ask.json(&serde_json::json!({ "keys": [] })),
        Body::Talk => ask.json(&serde_json::json!({
            "with": ["con_0123456789abcdef0123456789abcdef"], "about": "social",
        })),
        Body::Say => ask.json(&serde_json::json!({ "type": "notification", "text": "Hello" })),
        Body::Priority => ask.json(&serde_json::json!({ "priority": "high" })),
        Body::Lease => ask.json(&serde_json::json!({ "lease": "no" })),
        Body::GiveUp => ask.json(&serde_json::json!({ "lease": "no", "error": "no" })),
        Body::Task => ask.json(&serde_json::json!({
            "type": "todo", "to": { "role": "rol_0123456789abcdef0123456789abcdef" }, "payload": { "text": "Hello" },
        })),
        Body::Metadata => ask.json(&serde_json::json!({ "metadata": { "ticket": 7 } })),
        Body::Progress => ask.json(&serde_json::json!({ "percent": 10 })),
        Body::Question => ask.json(&serde_json::json!({ "question": "Which?" })),
        Body::GivenAnswer => ask.json(&serde_json::json!({ "answer": "That one." })),
        Body::Result => ask.json(&serde_json::json!({ "result": {} })),
        Body::Reason => ask.json(&serde_json::json!({ "reason": "It cannot be." })),
        Body::TaskType => ask.json(&serde_json::json!({ "payload": { "type": "object" } })),
        Body::Approval => ask.json(&serde_json::json!({
            "kind": "payment", "about": "Pay?", "of": { "role": "rol_0123456789abcdef0123456789abcdef" },
        })),
        Body::Decision => ask.json(&serde_json::json!({ "choice": "approve" })),
        Body::Rule => ask.json(&serde_json::json!({ "kind": "payment", "decision": "refuse" })),
        Body::Group => ask.json(&serde_json::json!({
            "question": "Which?", "with": ["con_0123456789abcdef0123456789abcdef"],
        })),
        Body::Said => ask.json(&serde_json::json!({ "text": "That one." })),
        Body::Metrics => ask.json(&serde_json::json!({ "metrics": [{ "name": "tokens", "value": 7 }] })),
        Body::RoomAnswer => ask.json(&serde_json::json!({ "proposal": "prp_01a1ede2668070008000000000000000", "answer": "accept" })),
        Body::Announcement => {
            ask.json(&serde_json::json!({ "room": "ai_system_broadcast", "text": "Hello" }))
        }
        Body::Score => ask.json(&serde_json::json!({ "score": 4 })),
        Body::Wrong => ask.text("text/plain", "no message"),
    }
}

#[actix_web::test]
async fn every_route_answers_everybody_as_the_table_says() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let cast = Cast::new().await;
        let mut pair = String::new();
        for ((caller, token), expected) in CALLERS.iter().zip(&cast.tokens).zip(row.codes) {
            let id = match row.route.1 {
                // Blocked once, nobody can be invited again.
                path if path.ends_with("/block") && !pair.is_empty() => pair.clone(),
                _ => cast.place(row).await,
            };
            pair.clone_from(&id);
            let reply = cast.w.ask(ask(row, &id).bearer(token)).await;
            if reply.code != expected {
                let (method, path) = row.route;
                wrong.push(format!("{method} {path} by {caller}: {} and not {expected}", reply.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn a_meeting_of_others_and_none_at_all_are_answered_alike() {
    let w = World::new();
    let owner = w.member("ana@example.org", "Ana").await;
    let stranger = w.member("zoe@example.com", "Zoe").await;
    let id = w.booked(&owner).await;
    let blur = |text: &str, id: &str| {
        let mut body: serde_json::Value = serde_json::from_str(text).unwrap();
        body["trace"] = "".into();
        body.to_string().replace(id, "")
    };
    for row in ROWS.iter().filter(|row| row.route.1.contains("/meetings/{id}")) {
        let there = w.ask(ask(row, &id).bearer(&stranger)).await;
        let (code, there) = (there.code, blur(&there.text, &id));
        for other in [
            "mtg_0123456789abcdef0123456789abcdef",
            "mtg_1",
            "nonsense",
            "usr_0123456789abcdef0123456789abcdef",
        ] {
            let none = w.ask(ask(row, other).bearer(&stranger)).await;
            assert_eq!((code, there.clone()), (none.code, blur(&none.text, other)), "{:?}", row.route);
        }
    }
}

#[actix_web::test]
async fn what_is_not_there_and_what_takes_another_method_are_told_as_problems() {
    let w = World::new();
    for path in ["/api", "/api/v2/meetings", "/api/v1/", "/api/v1/meeting", "/api/v1/meetings/a/b/c"] {
        let reply = w.ask(Ask::new("GET", path)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (404, "not-found"), "{path}");
    }
    for (method, path, allowed) in [
        ("PUT", "/api/v1/meetings", "POST, GET"),
        ("POST", "/api/v1/meetings/mtg_1", "GET, PATCH, DELETE"),
        ("GET", "/api/v1/imip/inbound", "POST"),
        ("DELETE", "/healthz", "GET"),
        ("POST", "/metrics", "GET"),
    ] {
        let reply = w.ask(Ask::new(method, path)).await;
        assert_eq!((reply.code, reply.problem().as_str()), (405, "method"), "{method} {path}");
        assert_eq!(reply.header("allow"), Some(allowed));
    }
}
