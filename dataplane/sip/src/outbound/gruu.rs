//! Public GRUUs: an address-of-record and one device of it (RFC 5627 §3.1.1, §5.1).

use crate::message::Builder;
use crate::uri::{Uri, unescape};

/// The address-of-record that the GRUUs of a registration begin with.
#[derive(Clone, Copy, Debug)]
pub struct Gruu<'a> {
    /// Its user part, not escaped.
    pub user: &'a str,
    /// Its domain.
    pub domain: &'a str,
}

impl Gruu<'_> {
    /// Adds `;pub-gruu="..."` for a device with this `+sip.instance`.
    pub(crate) fn put(&self, line: &mut Builder<'_>, instance: &str) {
        line.put(";pub-gruu=\"sip:");
        line.user(self.user);
        line.put("@");
        line.value(self.domain);
        line.put(";gr=");
        for octet in bare(instance).bytes() {
            line.param_octet(octet);
        }
        line.put("\"");
    }
}

/// The `+sip.instance` that a URI names by its `gr` parameter; `None` if it is no public GRUU.
pub fn instance_of(uri: &Uri<'_>) -> Option<String> {
    let instance = unescape(uri.param("gr").filter(|gr| !gr.is_empty())?)?;
    Some(format!("<{instance}>"))
}

/// Without the angle brackets that a contact's parameter has and a URI cannot.
fn bare(instance: &str) -> &str {
    let inner = instance.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.unwrap_or(instance)
}
