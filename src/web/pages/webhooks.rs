//! Where the reader's programs are told of what happens: the list, and how one is added.

use actix_web::http::StatusCode;

use super::once;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::webhook;
use crate::agents::{self, Kind, State};
use crate::app::webhooks::receiver;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::store::Cx;
use crate::web::form::Fields;
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav};
use crate::web::view::webhooks::{KindGroup, WebhookForm, WebhookList, WebhookNew, WebhookRow};
use crate::webhooks::{self, FAMILIES, Family, NewWebhook, Webhook};

/// What was typed about a webhook.
pub(super) struct Said {
    pub(super) url: String,
    pub(super) kinds: Vec<String>,
    agent: String,
}

impl Said {
    fn at_first() -> Self {
        Self { url: String::new(), kinds: Vec::new(), agent: String::new() }
    }

    pub(super) fn typed(fields: &Fields) -> Self {
        Self {
            url: fields.owned("url"),
            kinds: fields.all("kinds").map(str::to_owned).collect(),
            agent: fields.owned("agent"),
        }
    }

    pub(super) fn of(one: &Webhook) -> Self {
        Self { url: one.url().to_owned(), kinds: one.kinds.clone(), agent: String::new() }
    }

    /// The form, as it was typed. `agents` may be chosen from.
    pub(super) fn form(self, agents: &[(AgentId, String)], once: String, errors: FieldErrors) -> WebhookForm {
        let mut choices = vec![Choice::new("", "None: for myself", "", self.agent.is_empty())];
        choices.extend(agents.iter().map(|(id, name)| {
            let id = id.to_string();
            Choice::new(&id, name, "", id == self.agent)
        }));
        WebhookForm {
            url: self.url,
            groups: FAMILIES.iter().map(|family| group(family, &self.kinds)).collect(),
            agents: if agents.is_empty() { Vec::new() } else { choices },
            once,
            errors,
        }
    }
}

/// How much of a family is chosen: all of it, or how many.
fn chosen(family: &Family, kinds: &[String]) -> (bool, usize) {
    let whole = format!("{}.*", family.word);
    let some = family.kinds.iter().filter(|(kind, _)| kinds.iter().any(|one| one == kind)).count();
    (kinds.contains(&whole), some)
}

fn group(family: &Family, kinds: &[String]) -> KindGroup {
    let (is_whole, some) = chosen(family, kinds);
    let whole = format!("{}.*", family.word);
    let mut choices =
        vec![Choice::new(&whole, "All of these, and what is added to them later", "", is_whole)];
    choices.extend(
        family
            .kinds
            .iter()
            .map(|(kind, words)| Choice::new(*kind, *words, "", kinds.iter().any(|one| one == kind))),
    );
    KindGroup {
        word: family.word,
        words: family.words,
        chosen: match (is_whole, some) {
            (true, _) => "all".to_owned(),
            (false, 0) => String::new(),
            (false, some) => format!("{some} of {}", family.kinds.len()),
        },
        is_open: is_whole || some > 0,
        kinds: choices,
    }
}

/// What a webhook is told of, in a line.
fn told(kinds: &[String]) -> String {
    let of_family = |family: &Family| match chosen(family, kinds) {
        (true, _) => Some(family.words.to_owned()),
        (false, 0) => None,
        (false, some) => Some(format!("{} ({some} of {})", family.words, family.kinds.len())),
    };
    FAMILIES.iter().filter_map(of_family).collect::<Vec<_>>().join(", ")
}

/// The programs of the reader's that one can be for.
async fn programs(visit: &Visit) -> Result<Vec<(AgentId, String)>> {
    if !visit.web.store.ground().house.agents_enabled {
        return Ok(Vec::new());
    }
    let who = visit.actor();
    let read = visit.read(move |cx| agents::registered_of(cx, &who));
    let all = read.await?.into_iter().map(|one| one.agent);
    let usable = all.filter(|agent| agent.state == State::Active && agent.kind != Kind::Builtin);
    Ok(usable.map(|agent| (agent.id, agent.name)).collect())
}

/// `GET /webhooks`.
pub(super) async fn list(visit: Visit) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let all = webhooks::list(cx, &who)?.into_iter();
        all.map(|one| {
            let agent = one.agent.map(|id| agents::ever(cx, id)).transpose()?.flatten();
            Ok((agent.map_or_else(String::new, |agent| format!("For {}.", agent.name)), one))
        })
        .collect::<Result<Vec<_>>>()
    });
    let row = |(agent, one): &(String, Webhook)| WebhookRow {
        href: webhook::path(one.id),
        host: one.host().to_owned(),
        told: told(&one.kinds),
        agent: agent.clone(),
        pill: webhook::pill(one),
    };
    let rows = read.await?.iter().map(row).collect();
    ok(&WebhookList { frame: visit.frame("Webhooks", Nav::Agents), tabs: Tabs(Tab::Webhooks), rows })
}

async fn shown(visit: &Visit, said: Said, once: String, errors: FieldErrors, status: StatusCode) -> Answer {
    let form = said.form(&programs(visit).await?, once, errors);
    page(status, &WebhookNew { frame: visit.frame("Add a webhook", Nav::Agents), form })
}

/// `GET /webhooks/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.user()?;
    let once = once::fresh(&visit);
    shown(&visit, Said::at_first(), once, FieldErrors::none(), StatusCode::OK).await
}

/// `POST /webhooks`. The page of the new one shows its secret this once, so it is no redirect; a form that comes again
/// adds no other.
pub(super) async fn add(SignedIn(posted): SignedIn) -> Answer {
    let (said, form) = (Said::typed(&posted.fields), once::of(&posted.fields));
    match added(&posted, &said, &form).await {
        Ok((path, None)) => Ok(see_other(&path)),
        Ok((_, Some((one, secret)))) => {
            webhook::made(&posted.visit, &one, secret, "The webhook is there.").await
        }
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            shown(&posted.visit, said, form, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn added(posted: &Posted, said: &Said, form: &str) -> Result<(String, Option<(Webhook, String)>)> {
    let agent = match said.agent.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::invalid("agent", "Choose one of the list."))?),
    };
    let url = receiver(&said.url, &posted.visit.web.config.net.allow)?;
    let new = NewWebhook { url, kinds: said.kinds.clone(), agent };
    let (who, form) = (posted.visit.actor(), form.to_owned());
    let work = move |cx: &mut Cx<'_>| {
        let mut made = None;
        let path = once::act(cx, &who, "POST /webhooks", &form, |cx| {
            let (one, secret) = webhooks::add(cx, &who, &new)?;
            let path = format!("{}?done=webhook-added", webhook::path(one.id));
            made = Some((one, secret.expose().to_owned()));
            Ok(path)
        })?;
        Ok((path, made))
    };
    posted.write(work).await
}

/// What the room refuses, beside the field that it is about.
pub(super) fn beside(error: &Error) -> Option<FieldErrors> {
    match error {
        Error::Refused { code: "webhook.too-many", message } => {
            Some(FieldErrors::one("url", message.clone()))
        }
        Error::Invalid { field, message } if field.starts_with("kinds") => {
            Some(FieldErrors::one("kinds", message.clone()))
        }
        _ => FieldErrors::from_error(error),
    }
}
