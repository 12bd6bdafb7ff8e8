//! The canonical form of an address-of-record (RFC 3261 §10.3 step 5).

use crate::uri::{Scheme, Uri};

/// Appends `user@host` to `out`: escapes resolved, host in lower case, nothing else kept.
///
/// `sip:` and `sips:` name one account. False, and nothing appended, if the URI names nobody:
/// no user, an escape that is no text, or a control character.
pub fn canonical(uri: &Uri<'_>, out: &mut String) -> bool {
    let Some(user) = uri.user_unescaped() else { return false };
    if uri.scheme == Scheme::Tel || user.is_empty() || user.chars().any(char::is_control) {
        return false;
    }
    out.push_str(&user);
    out.push('@');
    let host = uri.host.strip_suffix('.').unwrap_or(uri.host);
    out.extend(host.chars().map(|char| char.to_ascii_lowercase()));
    true
}
