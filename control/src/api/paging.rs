//! Lists that may be long come in pages: a `Link` with `rel="next"` leads on (RFC 8288).

use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;

/// Says where the next page begins, if there is one.
pub(super) fn leads_on(
    mut response: Response,
    uri: &Uri,
    next: Option<(&str, String)>,
) -> Response {
    let Some((name, place)) = next else { return response };
    let query = uri.query().unwrap_or_default();
    let own = format!("{name}=");
    let mut pairs: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&own)).collect();
    let place = format!("{own}{}", escaped(&place));
    pairs.push(&place);
    let link = format!("<{}?{}>; rel=\"next\"", uri.path(), pairs.join("&"));
    if let Ok(link) = HeaderValue::from_str(&link) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// Percent-encoding of a query value (RFC 3986 §2.1).
fn escaped(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut text, octet| {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(octet as char);
            }
            _ => text.push_str(&format!("%{octet:02X}")),
        }
        text
    })
}

/// How many rows a page has unless more or fewer are asked for.
pub(super) const PAGE: usize = 1000;

/// How many it may have: some megabytes.
pub(super) const PAGE_MAX: usize = 10_000;

#[cfg(test)]
mod tests;
