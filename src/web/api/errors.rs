//! What every problem document's `type` leads to: the list of codes.

use actix_web::HttpResponse;
use askama::Template;

use crate::base::error::{Error, Result};
use crate::web::call::Call;
use crate::web::problem::{CODES, Code};

/// The list, as a page that needs nothing else.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Errors of the API</title>
<link rel="stylesheet" href="/static/entente.css"></head>
<body><main>
<h1>Errors of the API</h1>
<p>A program that is refused something is told one of these codes; they do not change.</p>
<dl>
{%- for code in codes %}
<dt id="{{ code.code }}"><code>{{ code.code }}</code> ({{ code.status }})</dt><dd>{{ code.title }}.</dd>
{%- endfor %}
</dl>
</main></body>
</html>
"#
)]
struct List {
    codes: &'static [Code],
}

/// Explains every code, each under its own name as the fragment.
#[utoipa::path(get, path = "/errors", tag = "operation", operation_id = "errors", security(),
    responses((status = 200, description = "The list of codes.", content_type = "text/html", body = String)))]
pub(super) async fn errors(_: Call) -> Result<HttpResponse> {
    let page = List { codes: CODES }.render().map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'"))
        .body(page))
}
