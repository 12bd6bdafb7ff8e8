//! Contact: where someone can be reached (RFC 3261 §20.10, RFC 5626 §4).

use crate::error::{ParseError, What};
use crate::header::NameAddr;
use crate::scan::{Cursor, Params, decimal, delta_seconds};

/// One element of a Contact header.
#[derive(Clone, Copy, Debug)]
pub enum ContactValue<'a> {
    /// `*`: all contacts there are (§10.2.2).
    Star,
    /// One address.
    Contact(Contact<'a>),
}

impl<'a> ContactValue<'a> {
    /// Parses one element of a Contact header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        if text == "*" { Ok(Self::Star) } else { Contact::parse(text).map(Self::Contact) }
    }
}

/// One address and what is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// The URI as written.
    pub uri: &'a str,
    /// Seconds; `None` if not said. A malformed value counts as an hour (§10.2.1.1).
    pub expires: Option<u32>,
    /// Preference in thousandths; 1000 if not said.
    pub q: u16,
    /// The `+sip.instance` of RFC 5626, with its angle brackets.
    pub instance: Option<&'a str>,
    /// The `reg-id` of RFC 5626.
    pub reg_id: Option<u32>,
    params: Params<'a>,
}

impl<'a> Contact<'a> {
    /// Parses one element of a Contact header that is not `*`.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let address = NameAddr::parse(text)?;
        let (uri, params) = (address.uri_str(), address.params());
        let mut contact =
            Self { uri, expires: None, q: Q_MAX, instance: None, reg_id: None, params };
        for param in params {
            let param = param?;
            let value = param.value.unwrap_or_default();
            if param.is("expires") {
                contact.expires = Some(delta_seconds(value).unwrap_or(EXPIRES_MALFORMED_SECS));
            } else if param.is("q") {
                contact.q = parse_q(value).ok_or_else(|| ParseError::new(What::Contact, 0))?;
            } else if param.is("+sip.instance") {
                contact.instance = Some(value).filter(|value| !value.is_empty());
            } else if param.is("reg-id") {
                contact.reg_id = decimal(value).filter(|id| *id > 0);
            }
        }
        Ok(contact)
    }

    /// All parameters in order.
    pub fn params(&self) -> Params<'a> {
        self.params
    }
}

/// `0`, `0.5`, `1.000` (qvalue, §25.1) in thousandths.
fn parse_q(text: &str) -> Option<u16> {
    let mut cursor = Cursor::new(text);
    let whole = decimal(cursor.run(|octet| octet.is_ascii_digit()))?;
    let mut thousandths = 0;
    if cursor.eat(b'.') {
        let digits = cursor.run(|octet| octet.is_ascii_digit());
        if digits.len() > 3 {
            return None;
        }
        let scale = [1000, 100, 10, 1].get(digits.len()).copied().unwrap_or(1);
        thousandths = if digits.is_empty() { 0 } else { decimal(digits)? * scale };
    }
    let q = whole.checked_mul(1000)?.checked_add(thousandths)?;
    u16::try_from(q).ok().filter(|q| cursor.is_end() && *q <= Q_MAX)
}

const Q_MAX: u16 = 1000;

const EXPIRES_MALFORMED_SECS: u32 = 3600;
