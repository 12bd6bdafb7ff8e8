//! Challenges and credentials of digest authentication (RFC 7616 §3.3, §3.4; RFC 8760).

use crate::error::{ParseError, What};
use crate::scan::{Cursor, Params, same_name};
use crate::wide::{before, word};

/// The hash a digest is made with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RFC 2617; what is meant when nothing is said.
    Md5,
    /// RFC 8760; preferred.
    Sha256,
    /// One that we do not speak, `-sess` variants included.
    Other,
}

impl Algorithm {
    fn of(token: &str) -> Self {
        let known = [Self::Md5, Self::Sha256];
        let same = |algorithm: &Self| same_name(algorithm.as_str(), token);
        known.into_iter().find(same).unwrap_or(Self::Other)
    }

    /// The token on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Other => "unknown",
        }
    }
}

/// The value of an Authorization or Proxy-Authorization header.
///
/// Quoted values keep their quoted pairs: RFC 7616 hashes them as they stand between the quotes.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// Who claims to be asking.
    pub username: &'a str,
    /// The realm of the challenge answered.
    pub realm: &'a str,
    /// The nonce of the challenge answered.
    pub nonce: &'a str,
    /// What is asked for.
    pub uri: &'a str,
    /// The digest in hexadecimal.
    pub response: &'a str,
    /// What the digest was made with.
    pub algorithm: Algorithm,
    /// The client's own nonce; empty if there is none.
    pub cnonce: &'a str,
    /// The quality of protection; empty if there is none.
    pub qop: &'a str,
    /// The nonce count as written, 8 hexadecimal digits; empty if there is none.
    pub nc: &'a str,
    /// What we asked to be returned.
    pub opaque: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Parses the value of an Authorization or Proxy-Authorization header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let mut params = digest_params(text)?;
        let mut values: [Option<&str>; KNOWN] = [None; KNOWN];
        while let Some((meaning, value)) = next(&mut params)? {
            values[meaning as usize] = Some(value);
        }
        let value = |known: Known| values[known as usize].unwrap_or_default();
        let found = Self {
            username: value(Known::Username),
            realm: value(Known::Realm),
            nonce: value(Known::Nonce),
            uri: value(Known::Uri),
            response: value(Known::Response),
            algorithm: values[Known::Algorithm as usize].map_or(Algorithm::Md5, Algorithm::of),
            cnonce: value(Known::Cnonce),
            qop: value(Known::Qop),
            nc: value(Known::Nc),
            opaque: values[Known::Opaque as usize],
        };
        let needed = [found.username, found.realm, found.nonce, found.uri, found.response];
        if needed.iter().any(|value| value.is_empty()) {
            return Err(ParseError::new(What::Auth, 0));
        }
        Ok(found)
    }

    /// The nonce count as a number; it must grow with every use of a nonce (RFC 7616 §3.4).
    pub fn nonce_count(&self) -> Option<u32> {
        let digits = self.nc.len() == 8 && self.nc.bytes().all(|octet| octet.is_ascii_hexdigit());
        digits.then(|| u32::from_str_radix(self.nc, 16).ok())?
    }
}

/// The value of a WWW-Authenticate or Proxy-Authenticate header.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// Whose password is asked for.
    pub realm: &'a str,
    /// The server's nonce.
    pub nonce: &'a str,
    /// What the digest shall be made with.
    pub algorithm: Algorithm,
    /// The qualities of protection offered, comma-separated; empty for RFC 2069 servers.
    pub qop: &'a str,
    /// Whether only the nonce was wrong.
    pub stale: bool,
    /// What the server wants back.
    pub opaque: Option<&'a str>,
}

impl<'a> Challenge<'a> {
    /// Parses the value of a WWW-Authenticate or Proxy-Authenticate header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let mut found = Self {
            realm: "",
            nonce: "",
            algorithm: Algorithm::Md5,
            qop: "",
            stale: false,
            opaque: None,
        };
        let mut params = digest_params(text)?;
        while let Some((meaning, value)) = next(&mut params)? {
            match meaning {
                Known::Realm => found.realm = value,
                Known::Nonce => found.nonce = value,
                Known::Algorithm => found.algorithm = Algorithm::of(value),
                Known::Qop => found.qop = value,
                Known::Stale => found.stale = value.eq_ignore_ascii_case("true"),
                Known::Opaque => found.opaque = Some(value),
                Known::Username
                | Known::Uri
                | Known::Response
                | Known::Cnonce
                | Known::Nc
                | Known::Nothing => {}
            }
        }
        if found.realm.is_empty() || found.nonce.is_empty() {
            return Err(ParseError::new(What::Auth, 0));
        }
        Ok(found)
    }

    /// Whether `auth` is among the qualities of protection offered.
    pub fn offers_auth(&self) -> bool {
        self.qop.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth"))
    }
}

fn digest_params(text: &str) -> Result<Params<'_>, ParseError> {
    if let Some(usual) = text.strip_prefix("Digest ").filter(|usual| !usual.starts_with(' ')) {
        return Ok(Params::of_auth(usual));
    }
    let mut cursor = Cursor::new(text);
    let digest = cursor.token().is_some_and(|scheme| scheme.eq_ignore_ascii_case("Digest"));
    cursor.skip_lws();
    match digest && !cursor.is_end() {
        true => Ok(Params::of_auth(cursor.rest())),
        false => Err(ParseError::new(What::Auth, 0)),
    }
}

/// A parameter that means something to us, or nothing.
#[derive(Clone, Copy, Debug)]
enum Known {
    Username,
    Realm,
    Nonce,
    Uri,
    Response,
    Algorithm,
    Cnonce,
    Qop,
    Nc,
    Opaque,
    Stale,
    Nothing,
}

const KNOWN: usize = Known::Nothing as usize + 1;

/// The next parameter: what it means and its value.
#[inline]
fn next<'a>(params: &mut Params<'a>) -> Result<Option<(Known, &'a str)>, ParseError> {
    if let Some(usual) = params.usual(as_written) {
        return Ok(Some(usual));
    }
    let known = |name: &str| {
        let same = |known: &&(&str, Known)| known.0.eq_ignore_ascii_case(name);
        PARAMS.iter().find(same).map_or(Known::Nothing, |known| known.1)
    };
    let param = params.step()?;
    Ok(param.map(|param| (known(param.name), param.value.unwrap_or_default())))
}

/// The meaning of the name that comes, in the letters that the RFC writes it with, and the octets
/// to its value.
#[inline]
fn as_written(octets: &[u8]) -> Option<(Known, usize)> {
    let start = octets.first_chunk()?;
    let word = before(start, b'=');
    let written = &WRITTEN[usize::from(PLACES[slot(word)])];
    let tail = octets.get(written.len - 2..written.len)?;
    (word == written.word && tail == written.tail).then_some((written.known, written.len))
}

/// A name with its equal sign.
#[derive(Clone, Copy)]
struct Written {
    /// Its first octets.
    word: u64,
    /// Its last letter and the equal sign.
    tail: [u8; 2],
    len: usize,
    known: Known,
}

const WRITTEN: [Written; PARAMS.len()] = {
    let empty = Written { word: 0, tail: [0; 2], len: 0, known: Known::Nothing };
    let (mut all, mut at) = ([empty; PARAMS.len()], 0);
    while at < PARAMS.len() {
        let (name, known) = (PARAMS[at].0.as_bytes(), PARAMS[at].1);
        let tail = [name[name.len() - 1], b'='];
        all[at] = Written { word: word(name), tail, len: name.len() + 1, known };
        at += 1;
    }
    all
};

/// Where a name stands among the known: no two of them have the same slot.
const PLACES: [u8; SLOTS] = {
    let (mut places, mut taken, mut at) = ([0; SLOTS], [false; SLOTS], 0);
    while at < PARAMS.len() {
        let slot = slot(WRITTEN[at].word);
        assert!(!taken[slot], "another factor parts them");
        (places[slot], taken[slot]) = (at as u8, true);
        at += 1;
    }
    places
};

/// The factor was found by trying.
const fn slot(word: u64) -> usize {
    (word.wrapping_mul(FACTOR) >> 60) as usize
}

const FACTOR: u64 = 0xcf18_22ff_bc68_8779;
const SLOTS: usize = 16;

const PARAMS: [(&str, Known); 11] = [
    ("username", Known::Username),
    ("realm", Known::Realm),
    ("nonce", Known::Nonce),
    ("uri", Known::Uri),
    ("response", Known::Response),
    ("algorithm", Known::Algorithm),
    ("cnonce", Known::Cnonce),
    ("qop", Known::Qop),
    ("nc", Known::Nc),
    ("opaque", Known::Opaque),
    ("stale", Known::Stale),
];
