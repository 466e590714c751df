//! What cannot be done, as a page: what happened, what was kept, what to do. One place turns every error of every
//! handler, and what the framework refuses by itself, into that page.

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::visit::Visit;
use crate::base::error::Error;
use crate::web::call::trace_of;
use crate::web::problem;
use crate::web::view::parts::{Frame, Nav};
use crate::web::view::trouble::Trouble;
use crate::web::{Web, security};

/// Why a page is not shown.
#[derive(Debug)]
pub enum Oops {
    /// A room says no, or something failed.
    House(Error),
    /// The form's token is not of this sign-in.
    FormTooOld,
    /// The form was sent by a page of another site.
    FromElsewhere,
    /// The path is right, the method is not.
    Method,
    /// More was sent than is taken.
    TooLarge,
    /// What was sent is no form.
    Unreadable,
}

impl From<Error> for Oops {
    fn from(error: Error) -> Self {
        Self::House(error)
    }
}

impl fmt::Display for Oops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::House(error) => error.fmt(f),
            Self::FormTooOld => f.write_str("the form is too old"),
            Self::FromElsewhere => f.write_str("the form came from another site"),
            Self::Method => f.write_str("this method is not taken here"),
            Self::TooLarge => f.write_str("too much was sent"),
            Self::Unreadable => f.write_str("what was sent is no form"),
        }
    }
}

impl ResponseError for Oops {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::House(Error::NotFound(_)) => StatusCode::NOT_FOUND,
            Self::House(Error::Unauthenticated(_)) => StatusCode::UNAUTHORIZED,
            Self::House(Error::Denied(_) | Error::ShutOut { .. })
            | Self::FormTooOld
            | Self::FromElsewhere => StatusCode::FORBIDDEN,
            Self::House(Error::Invalid { .. }) | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::House(Error::Refused { .. }) => StatusCode::CONFLICT,
            Self::House(Error::Throttled { .. } | Error::Full { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::House(Error::StorageFull(_)) => StatusCode::INSUFFICIENT_STORAGE,
            Self::House(Error::Upstream { .. } | Error::Internal(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// Bare: [`pages`] puts the page into it, because only there the reader is known.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

impl Oops {
    /// Seconds until it is worth trying again, where that is known.
    fn wait(&self) -> Option<u64> {
        match self {
            Self::House(error) => error.retry_after_s(),
            _ => None,
        }
    }

    fn page(&self, frame: Frame, trace: &str) -> Trouble {
        match self {
            Self::House(Error::NotFound(_)) => Trouble::not_found(frame),
            Self::House(Error::Unauthenticated(_)) => Trouble::sign_in_first(frame),
            Self::House(Error::Denied(words)) => Trouble::denied(frame, words.clone()),
            Self::House(error @ Error::ShutOut { .. }) => Trouble::denied(frame, error.to_string()),
            Self::House(Error::Invalid { message, .. }) => Trouble::invalid(frame, message),
            Self::House(Error::Refused { message, .. }) => Trouble::refused(frame, message),
            Self::House(Error::Throttled { retry_after_s } | Error::Full { retry_after_s }) => {
                Trouble::throttled(frame, *retry_after_s)
            }
            Self::House(error @ Error::StorageFull(_)) => {
                problem::log(error, trace);
                Trouble::storage_full(frame)
            }
            Self::House(error) => {
                tracing::error!(trace, %error, "a page failed");
                Trouble::internal(frame, trace.to_owned())
            }
            Self::FormTooOld => Trouble::form_expired(frame),
            Self::FromElsewhere => {
                Trouble::denied(frame, "The form was sent by a page of another site, so it was not taken.")
            }
            Self::Method => Trouble::method(frame),
            Self::TooLarge => Trouble::too_large(frame),
            Self::Unreadable => Trouble::invalid(frame, "What was sent is not a form of this house."),
        }
    }
}

/// The page for a request that is turned away before anything is looked up: who asks stays unknown.
pub fn turned_away(web: &Web, request: &HttpRequest, error: Error) -> HttpResponse {
    let ground = web.store.ground();
    let frame = Frame::new("", request.path(), ground.house.zone, ground.clock.now());
    let oops = Oops::from(error);
    let mut response = HttpResponse::build(oops.status_code());
    if let Some(wait) = oops.wait() {
        response.insert_header((header::RETRY_AFTER, wait));
    }
    let html = oops.page(frame, &trace_of(web, request)).render().unwrap_or_default();
    let mut response = response.content_type("text/html; charset=utf-8").body(html);
    security::protect(response.headers_mut(), false);
    response
}

/// Turns errors into pages.
pub(super) async fn pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = response.response().error() else { return Ok(response) };
    let by_framework;
    let oops = if let Some(oops) = error.as_error::<Oops>() {
        oops
    } else {
        by_framework = match response.status() {
            StatusCode::NOT_FOUND => Oops::House(Error::NotFound("page")),
            StatusCode::METHOD_NOT_ALLOWED => Oops::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Oops::TooLarge,
            status if status.is_client_error() => Oops::Unreadable,
            _ => Oops::House(Error::internal(error.to_string())),
        };
        &by_framework
    };
    // Where even the reader cannot be found out, the store is the trouble: the bare answer has to do.
    let Ok(visit) = Visit::extract(response.request()).await else { return Ok(response) };
    let page = oops.page(visit.frame("", Nav::Elsewhere), &visit.trace);
    let Ok(html) = page.render() else { return Ok(response) };
    let wait = oops.wait();
    let mut response = response.map_body(|_, _| BoxBody::new(html));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Some(wait) = wait {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    Ok(response)
}
