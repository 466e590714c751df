//! Approvals over the API: asked for, decided by people, and the rules that decide.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::tasks::{Addressee, GivenTo, Somebody, instant, page_after, page_limit};
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, ApprovalRuleId};
use crate::base::secret::sha256;
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::tasks::approvals::{
    self, Approval, ApprovalListing, ApprovalState, Choice, NewApproval, NewRule, Of, Rule,
};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, still_seen};

/// An approval to be asked for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApprovalBody {
    /// What sort of thing it is, as a word: rules go by it.
    #[schema(example = "payment")]
    kind: String,
    /// What is asked, in a line that a person reads.
    #[schema(example = "Pay 40 euros for the hall?")]
    about: String,
    /// What belongs to it, for programs. 16 KiB at most.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    /// Who is to decide: a user, a connection or a role. A program may ask its owner.
    of: GivenTo,
    /// How many of a role must say yes; 1, if not given.
    needed: Option<u32>,
    /// By when; after `agents.task_days`, if not given.
    #[schema(format = DateTime)]
    due: Option<String>,
    /// The task that waits for it, which the caller is at.
    task: Option<String>,
}

/// What one person said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownVote {
    /// Who.
    user: String,
    /// Their name; may be empty.
    name: String,
    /// `approve` or `refuse`.
    choice: &'static str,
    /// Their words; may be empty.
    note: String,
    /// `page`, `api` or `link`.
    road: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Whether it counts: whoever is of the role no more counts no longer.
    counts: bool,
}

/// What a rule will decide by itself.
#[derive(Debug, Serialize, ToSchema)]
struct ShownPlan {
    /// The rule.
    rule: String,
    /// `approve` or `refuse`.
    decision: &'static str,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownApproval {
    /// Its id.
    id: String,
    /// What sort of thing it is.
    kind: String,
    /// What is asked.
    about: String,
    /// What belongs to it.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    /// Who asks.
    from: Somebody,
    /// Who is to decide.
    of: Addressee,
    /// How many must say yes.
    needed: u32,
    /// `pending`, `approved`, `refused`, `expired` or `canceled`.
    #[schema(example = "pending")]
    state: &'static str,
    /// Whether the caller may decide it now.
    may_decide: bool,
    /// What a rule of the caller's will decide, unless they do first; told to nobody else, and to no program.
    planned: Option<ShownPlan>,
    /// What was said.
    votes: Vec<ShownVote>,
    /// The rule that decided it.
    rule: Option<String>,
    /// The task that waits for it.
    task: Option<String>,
    /// Rises with every change.
    version: i64,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
    /// By when it is to be decided.
    #[schema(format = DateTime)]
    due: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl ShownApproval {
    fn of(cx: &Cx<'_>, who: &Actor, one: &Approval) -> Result<Self> {
        let (mut users, mut roles) = (vec![one.from], Vec::new());
        match one.of {
            Of::User(id) => users.push(id),
            Of::Role(id) => roles.push(id),
        }
        let programs: Vec<_> = one.from_agent.into_iter().collect();
        let people = crate::tasks::people(cx, &users, &programs, &roles)?;
        let of = match one.of {
            Of::User(id) => Addressee { kind: "user", id: id.to_string(), name: people.user(id).to_owned() },
            Of::Role(id) => Addressee { kind: "role", id: id.to_string(), name: people.role(id).to_owned() },
        };
        Ok(Self {
            id: one.id.to_string(),
            kind: one.kind.clone(),
            about: one.about.clone(),
            payload: one.payload.clone(),
            from: Somebody::of(&people, Some(one.from), one.from_agent),
            of,
            needed: one.needed,
            state: one.state_at(cx.now).as_str(),
            may_decide: approvals::may_decide(cx, who, one)?,
            planned: approvals::planned(cx, who, one)?.map(|planned| ShownPlan {
                rule: planned.rule.to_string(),
                decision: planned.decision.as_str(),
                at: planned.at.to_rfc3339(),
            }),
            votes: one
                .votes
                .iter()
                .map(|vote| ShownVote {
                    user: vote.user.to_string(),
                    name: vote.name.clone(),
                    choice: vote.choice.as_str(),
                    note: vote.note.clone(),
                    road: vote.road.clone(),
                    at: vote.at.to_rfc3339(),
                    counts: vote.counts,
                })
                .collect(),
            rule: one.rule.map(|id| id.to_string()),
            task: one.task.map(|id| id.to_string()),
            version: one.version,
            created: one.created_at.to_rfc3339(),
            due: one.due_at.to_rfc3339(),
            ended: one.ended_at.map(Timestamp::to_rfc3339),
        })
    }
}

/// A page of approvals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApprovalList {
    /// Newest first.
    approvals: Vec<ShownApproval>,
    /// The `cursor` of the next page; null: this was the last.
    next: Option<String>,
}

/// Which approvals.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ApprovalQuery {
    /// `decides` (what the caller or a role of theirs is to decide; if not given) or `asked` (what they asked for).
    role: Option<String>,
    /// In which state.
    state: Option<String>,
    /// How many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl ApprovalQuery {
    fn listing(&self) -> Result<ApprovalListing> {
        let asked = match self.role.as_deref() {
            None | Some("decides") => false,
            Some("asked") => true,
            Some(_) => return Err(Error::invalid("role", "This is decides or asked.")),
        };
        let state = self.state.as_deref().map(|word| {
            ApprovalState::parse(word)
                .ok_or_else(|| Error::invalid("state", "There is no such state of an approval."))
        });
        Ok(ApprovalListing {
            asked,
            state: state.transpose()?,
            after: page_after(self.cursor.as_deref())?,
            limit: page_limit(self.limit)?,
        })
    }
}

/// What somebody says.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// `approve` or `refuse`.
    #[schema(example = "approve")]
    choice: String,
    /// In words; may stay empty.
    #[serde(default)]
    note: String,
}

fn choice(word: &str, field: &'static str) -> Result<Choice> {
    Choice::parse(word).ok_or_else(|| Error::invalid(field, "This is approve or refuse."))
}

/// A rule to be made.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRuleBody {
    /// What comes through this connection, `con_…`; if not given: what the caller's own programs ask.
    connection: Option<String>,
    /// Of which kind.
    kind: String,
    /// `approve` or `refuse`.
    decision: String,
    /// After so many minutes in which the caller did not decide; 0, if not given: at once.
    #[serde(default)]
    after_minutes: u32,
    /// Until when it stands.
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// What is decided by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownRule {
    /// Its id.
    id: String,
    /// What comes through this connection; null: what one's own programs ask.
    connection: Option<String>,
    /// Of which kind.
    kind: String,
    /// `approve` or `refuse`.
    decision: &'static str,
    /// After so many minutes; 0: at once.
    after_minutes: u32,
    /// Until when it stands; null: until it is taken away, or its connection ends.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// How often it decided.
    uses: i64,
    /// Since when there is one.
    #[schema(format = DateTime)]
    created: String,
}

impl ShownRule {
    fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id.to_string(),
            connection: rule.connection.map(|id| id.to_string()),
            kind: rule.kind.clone(),
            decision: rule.decision.as_str(),
            after_minutes: rule.after_minutes,
            until: rule.until.map(Timestamp::to_rfc3339),
            uses: rule.uses,
            created: rule.created_at.to_rfc3339(),
        }
    }
}

/// One's own rules.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleList {
    /// What one's own programs ask first, then by connection and kind.
    rules: Vec<ShownRule>,
}

fn kept(cx: &Cx<'_>, who: &Actor, one: &Approval, status: u16) -> Result<Answer> {
    let body = serde_json::to_value(ShownApproval::of(cx, who, one)?).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// Asks for a decision of a person, or of so many of a role. A rule of whoever is asked may decide it at once, or later.
#[utoipa::path(post, path = "/api/v1/approvals", tag = "approvals", operation_id = "ask_approval",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewApprovalBody,
    responses((status = 201, description = "It is asked; its address is in `Location`.", body = ShownApproval),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn ask(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksWrite).await?;
    let (given, hash) = call.json::<NewApprovalBody>().await?;
    let new = NewApproval {
        task: given.task.as_deref().map(str::parse).transpose()?,
        kind: given.kind,
        about: given.about,
        payload: given.payload,
        of: given.of.named("of")?,
        needed: given.needed,
        due_at: instant("due", given.due.as_deref())?,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let one = approvals::ask(cx, who, &new)?;
        kept(cx, who, &one, 201)
    };
    effect(&call, &bearer, hash, work, still_seen(approvals::approval))
        .await?
        .created("/api/v1/approvals", "/id")
}

/// Lists the approvals that the caller is to decide, or asked for, newest first.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", operation_id = "list_approvals", params(ApprovalQuery),
    responses((status = 200, description = "A page.", body = ApprovalList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksRead).await?;
    let listing = call.query::<ApprovalQuery>()?.listing()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let page = approvals::approvals(cx, &who, &listing)?;
        let shown = page.approvals.iter().map(|one| ShownApproval::of(cx, &who, one));
        Ok(ApprovalList {
            approvals: shown.collect::<Result<_>>()?,
            next: page.next.map(|id| id.to_string()),
        })
    });
    call::json(200, &read.await?)
}

/// Shows an approval.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", tag = "approvals", operation_id = "show_approval",
    params(("id" = String, Path, description = "The approval.")),
    responses((status = 200, description = "The approval.", body = ShownApproval),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksRead).await?;
    let id: ApprovalId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let one = approvals::approval(cx, &who, id)?;
        ShownApproval::of(cx, &who, &one)
    });
    call::json(200, &read.await?)
}

/// Says yes or no, in the caller's own name: no program decides. It is decided once; said again, it is answered as it stands.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/decide", tag = "approvals", operation_id = "decide_approval",
    params(("id" = String, Path, description = "The approval."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Decision,
    responses((status = 200, description = "The approval, as it stands now.", body = ShownApproval),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn decide(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ApprovalsDecide).await?;
    let id: ApprovalId = call.id("id")?;
    let (given, hash) = call.json::<Decision>().await?;
    let said = choice(&given.choice, "choice")?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let one = approvals::decide(cx, who, id, said, &given.note)?;
        kept(cx, who, &one, 200)
    };
    effect(&call, &bearer, hash, work, still_seen(approvals::approval)).await?.into_response()
}

/// Takes back what the caller asked for.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/cancel", tag = "approvals", operation_id = "cancel_approval",
    params(("id" = String, Path, description = "The approval."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 200, description = "The approval, as it stands now.", body = ShownApproval),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn cancel(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::TasksWrite).await?;
    let id: ApprovalId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let one = approvals::cancel(cx, who, id)?;
        kept(cx, who, &one, 200)
    };
    effect(&call, &bearer, sha256(b""), work, still_seen(approvals::approval)).await?.into_response()
}

/// Lists the caller's rules.
#[utoipa::path(get, path = "/api/v1/approval-rules", tag = "approvals", operation_id = "list_approval_rules",
    responses((status = 200, description = "The rules.", body = RuleList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn rules(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ApprovalsDecide).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        Ok(RuleList { rules: approvals::rules(cx, &who)?.iter().map(ShownRule::of).collect() })
    });
    call::json(200, &read.await?)
}

/// Makes a rule: what comes through a connection, or of the caller's own programs, is decided by itself. No program makes one.
#[utoipa::path(post, path = "/api/v1/approval-rules", tag = "approvals", operation_id = "add_approval_rule",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewRuleBody,
    responses((status = 201, description = "The rule; its address is in `Location`.", body = ShownRule),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn add_rule(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ApprovalsDecide).await?;
    let (given, hash) = call.json::<NewRuleBody>().await?;
    let new = NewRule {
        connection: given.connection.as_deref().map(str::parse).transpose()?,
        kind: given.kind,
        decision: choice(&given.decision, "decision")?,
        after_minutes: given.after_minutes,
        until: instant("until", given.until.as_deref())?,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let rule = ShownRule::of(&approvals::add_rule(cx, who, &new)?);
        Ok(Answer { status: 201, body: serde_json::to_value(rule).map_err(Error::internal)? })
    };
    let still = |cx: &mut Cx<'_>, who: &Actor, _: &Answer| approvals::rules(cx, who).map(drop);
    effect(&call, &bearer, hash, work, still).await?.created("/api/v1/approval-rules", "/id")
}

/// Takes a rule away. What it decided stays decided.
#[utoipa::path(delete, path = "/api/v1/approval-rules/{id}", tag = "approvals", operation_id = "remove_approval_rule",
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 204, description = "There is no such rule any more."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn remove_rule(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ApprovalsDecide).await?;
    let id: ApprovalRuleId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        approvals::remove_rule(cx, &who, id)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}
