//! The text of an Sms between its four forms: octets of SMPP, UTF-8 of SIP.

use std::borrow::Cow;

use routing::{Content, DefaultAlphabet, Sms};
use smpp::pdu::esm_class;
use text::{Alphabet, Coding, packed};

/// What a MESSAGE carries (RFC 3428 §4).
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// Text in UTF-8.
    Text(Cow<'a, str>),
    /// Data, or text in an alphabet we do not read.
    Data(&'a [u8]),
}

impl Body<'_> {
    pub(crate) fn octets(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Data(octets) => octets,
        }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "text/plain;charset=UTF-8",
            Self::Data(_) => "application/octet-stream",
        }
    }
}

/// What an app is shown.
pub(crate) fn body(sms: &Sms) -> Body<'_> {
    let (data_coding, alphabet, octets) = match &sms.content {
        Content::Text(text) => return Body::Text(Cow::Borrowed(text)),
        Content::Coded { data_coding, alphabet, octets } => (*data_coding, *alphabet, octets),
    };
    let (header, octets) = split(sms.esm_class, octets);
    match read(data_coding, alphabet, header.len(), octets) {
        Some(text) => Body::Text(Cow::Owned(text)),
        None => Body::Data(octets),
    }
}

/// What goes to a next hop by SMPP to which data_coding 0 means `towards`: data_coding and
/// octets. Those of a carrier pass unchanged, unless the two mean another alphabet by 0.
pub(crate) fn coded(sms: &Sms, towards: DefaultAlphabet) -> (u8, Cow<'_, [u8]>) {
    let (header, text) = match &sms.content {
        Content::Coded { data_coding: 0, alphabet, octets } if *alphabet != towards => {
            let (header, octets) = split(sms.esm_class, octets);
            let text = read(0, *alphabet, header.len(), octets).map(Cow::Owned);
            (header, text.unwrap_or_default())
        }
        Content::Coded { data_coding, octets, .. } => return (*data_coding, Cow::Borrowed(octets)),
        Content::Text(text) => (&[][..], Cow::Borrowed(text.as_str())),
    };
    let mut octets = Vec::with_capacity(header.len() + text.len());
    octets.extend_from_slice(header);
    if write(towards, &text, &mut octets) {
        return (0, Cow::Owned(octets));
    }
    text::encode_to(Alphabet::Ucs2, &text, &mut octets);
    let data_coding = Alphabet::Ucs2.data_coding().expect("UCS-2 has one");
    (data_coding, Cow::Owned(octets))
}

/// The text behind a header of so many octets; `None` if it is data, or in an alphabet we do
/// not read.
fn read(data_coding: u8, default: DefaultAlphabet, header: usize, octets: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(octets.len());
    let alphabet = match (data_coding, default) {
        (0, DefaultAlphabet::Utf8) => return Some(String::from_utf8_lossy(octets).into_owned()),
        (0, DefaultAlphabet::GsmPacked) => {
            let mut septets = Vec::with_capacity(octets.len() + octets.len() / 7);
            packed::unpack(octets, packed::fill(header), &mut septets);
            return text::decode_to(Alphabet::Gsm7, &septets, &mut text).is_ok().then_some(text);
        }
        (0, DefaultAlphabet::Ascii) => Alphabet::Ascii,
        (0, DefaultAlphabet::Latin1) => Alphabet::Latin1,
        (0, DefaultAlphabet::Gsm) | (1.., _) => Coding::of(data_coding).alphabet,
    };
    text::decode_to(alphabet, octets, &mut text).is_ok().then_some(text)
}

/// Appends a text under data_coding 0, behind the header that is there already; `false` if it
/// cannot be said.
fn write(default: DefaultAlphabet, text: &str, octets: &mut Vec<u8>) -> bool {
    match default {
        DefaultAlphabet::Gsm => text::encode_to(Alphabet::Gsm7, text, octets),
        DefaultAlphabet::Ascii => text::encode_to(Alphabet::Ascii, text, octets),
        DefaultAlphabet::Latin1 => text::encode_to(Alphabet::Latin1, text, octets),
        DefaultAlphabet::Utf8 => {
            octets.extend_from_slice(text.as_bytes());
            true
        }
        DefaultAlphabet::GsmPacked => {
            let mut septets = Vec::with_capacity(text.len());
            let fits = text::encode_to(Alphabet::Gsm7, text, &mut septets);
            if fits {
                packed::pack(&septets, packed::fill(octets.len()), octets);
            }
            fits
        }
    }
}

/// The beginning of the text as a receipt repeats it, in the octets its sender used; nothing
/// if they do not read like a receipt's own.
pub(crate) fn preview(sms: &Sms) -> Vec<u8> {
    let mut octets = match &sms.content {
        Content::Coded { data_coding, alphabet, octets } => {
            let gsm = Coding::of(*data_coding).alphabet == Alphabet::Gsm7;
            let packed = *data_coding == 0 && *alphabet == DefaultAlphabet::GsmPacked;
            let (_, octets) = split(sms.esm_class, octets);
            if gsm && !packed { octets.to_vec() } else { Vec::new() }
        }
        Content::Text(text) => {
            let mut octets = Vec::new();
            let _ = text::gsm7::encode(text, &mut octets);
            octets
        }
    };
    octets.truncate(smpp::receipt::TEXT_MAX);
    octets
}

/// The user data header, if there is one, and what stands behind it.
fn split(esm_class: u8, octets: &[u8]) -> (&[u8], &[u8]) {
    let header = match text::Udh::decode(octets) {
        Some((udh, _)) if esm_class & esm_class::UDHI != 0 => udh.octets(),
        Some(_) | None => 0,
    };
    octets.split_at(header)
}

#[cfg(test)]
mod tests;
