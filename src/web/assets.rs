//! The stylesheet, the script and the picture, inside the program.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::parts::VERSION;
use crate::base::secret::sha256;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    etag: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    let asset = |name, kind, bytes: &'static [u8]| {
        // Weak, because the same asset goes out compressed as well (RFC 9110, 8.8.3.3).
        let etag = format!("W/\"{}\"", &sha256(bytes)[..32]);
        Asset { name, kind, bytes, etag }
    };
    [
        asset("entente.css", "text/css; charset=utf-8", include_bytes!("../../static/entente.css")),
        asset("entente.js", "text/javascript; charset=utf-8", include_bytes!("../../static/entente.js")),
        asset("favicon.svg", "image/svg+xml", include_bytes!("../../static/favicon.svg")),
    ]
});

/// `GET /static/{name}`. With the version in its address an asset is kept for good, for an upgrade changes the
/// address; without, for an hour.
pub async fn asset(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let is_versioned = request.query_string() == format!("v={VERSION}");
    let keep = if is_versioned { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == asset.etag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, keep)).insert_header((ETAG, asset.etag.as_str()));
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, asset.kind)).body(asset.bytes)
}
