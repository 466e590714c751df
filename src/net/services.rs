//! Where a domain says that a service of it lies: its SRV records (RFC 2782), and the path beside them (RFC 6764, 4).
//!
//! What DNS says is anybody's word, and nothing here is believed for it: a target is called like every other host, by the
//! client's guard. It does not know what is asked for.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::system_conf::read_system_conf;
use tokio::time::timeout;

use super::Url;

/// How long one question may take.
const LOOKUP: Duration = Duration::from_secs(2);
/// How long all of them together may.
const PATIENCE: Duration = Duration::from_secs(4);
/// The most targets that are told of.
const TARGETS_MAX: usize = 3;

/// How names are asked for: of these name servers; where there are none, of this machine's, and of nobody, where it names
/// none.
pub fn name_servers(given: &[SocketAddr]) -> Option<(ResolverConfig, ResolverOpts)> {
    if given.is_empty() {
        return read_system_conf().ok();
    }
    let servers = given.iter().map(name_server).collect();
    Some((ResolverConfig::from_name_servers(servers), ResolverOpts::default()))
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    // Over TCP come the answers that are too long for UDP (RFC 7766).
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// Where a service lies by what DNS says of `name` (`_caldavs._tcp.example.org`): addresses to be called over TLS, those of
/// the best priority first, of these the heaviest. Empty where there is none, or nobody could be asked.
pub(super) async fn look_up(given: &[SocketAddr], name: &str) -> Vec<Url> {
    let Some((config, mut options)) = name_servers(given) else { return Vec::new() };
    options.timeout = LOOKUP;
    options.attempts = 1;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    let Ok(resolver) = builder.build() else { return Vec::new() };
    // With its dot at the end, no search domain of this machine is added to it.
    let name = format!("{}.", name.trim_end_matches('.'));
    let asking = async { tokio::join!(resolver.srv_lookup(name.clone()), resolver.txt_lookup(name.clone())) };
    let Ok((Ok(found), beside)) = timeout(PATIENCE, asking).await else { return Vec::new() };
    let mut targets = Vec::new();
    for record in found.answers() {
        if let RData::SRV(srv) = &record.data {
            targets.push((srv.priority, Reverse(srv.weight), srv.target.to_ascii(), srv.port));
        }
    }
    let mut path = None;
    for record in beside.iter().flat_map(Lookup::answers) {
        if let RData::TXT(txt) = &record.data {
            path = path.or_else(|| txt.txt_data.iter().find_map(|text| path_of(text)));
        }
    }
    targets.sort();
    let urls = targets.iter().filter_map(|(.., host, port)| url(host, *port, path.as_deref()));
    urls.take(TARGETS_MAX).collect()
}

/// `/dav` of `path=/dav`.
fn path_of(text: &[u8]) -> Option<String> {
    let (key, path) = std::str::from_utf8(text).ok()?.split_once('=')?;
    (key.eq_ignore_ascii_case("path") && path.starts_with('/')).then(|| path.to_owned())
}

/// A target's address; a root (`.`) says that there is no such service (RFC 2782).
fn url(host: &str, port: u16, path: Option<&str>) -> Option<Url> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if host.is_empty() || !is_name || port == 0 {
        return None;
    }
    let mut url = Url::parse(&format!("https://{host}:{port}/")).ok()?;
    url.set_path(path.unwrap_or("/"));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::{path_of, url};

    #[test]
    fn only_a_name_with_a_port_becomes_an_address_and_it_is_always_over_tls() {
        for (host, port, path, expected) in [
            ("dav.example.org.", 443, None, Some("https://dav.example.org/")),
            ("DAV.example.org.", 8443, Some("/cal"), Some("https://dav.example.org:8443/cal")),
            ("dav.example.org.", 443, Some("/a?b#c"), Some("https://dav.example.org/a%3Fb%23c")),
            (".", 443, None, None),
            ("dav.example.org.", 0, None, None),
            ("evil.example.org\\047.example.org.", 443, None, None),
            ("ada@example.org.", 443, None, None),
        ] {
            let found = url(host, port, path);
            assert_eq!(found.as_ref().map(super::Url::as_str), expected, "{host}");
        }
        for (text, path) in [
            ("path=/dav", Some("/dav")),
            ("PATH=/", Some("/")),
            ("path=dav", None),
            ("path=https://evil.example/", None),
            ("v=spf1", None),
            ("path", None),
        ] {
            assert_eq!(path_of(text.as_bytes()).as_deref(), path, "{text}");
        }
    }
}
