//! The text of an Sms between its four forms: octets of SMPP, UTF-8 of SIP.

use std::borrow::Cow;

use routing::{Content, Sms};
use smpp::pdu::esm_class;
use text::{Alphabet, Coding};

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
    let (data_coding, octets) = match &sms.content {
        Content::Text(text) => return Body::Text(Cow::Borrowed(text)),
        Content::Coded { data_coding, octets } => (*data_coding, octets),
    };
    let octets = without_header(sms.esm_class, octets);
    let mut text = String::with_capacity(octets.len());
    match text::decode_to(Coding::of(data_coding).alphabet, octets, &mut text) {
        Ok(_) => Body::Text(Cow::Owned(text)),
        Err(_) => Body::Data(octets),
    }
}

/// What goes to a next hop by SMPP: data_coding and octets; those of a carrier unchanged.
pub(crate) fn coded(content: &Content) -> (u8, Cow<'_, [u8]>) {
    match content {
        Content::Coded { data_coding, octets } => (*data_coding, Cow::Borrowed(octets)),
        Content::Text(text) => {
            let mut octets = Vec::with_capacity(text.len());
            let alphabet = text::encode_smallest(text, &mut octets);
            let data_coding = alphabet.data_coding().expect("GSM 7-bit and UCS-2 have one");
            (data_coding, Cow::Owned(octets))
        }
    }
}

/// The beginning of the text as a receipt repeats it, in GSM 7-bit; nothing if it is in
/// another alphabet.
pub(crate) fn preview(sms: &Sms) -> Vec<u8> {
    let mut octets = match &sms.content {
        Content::Coded { data_coding, octets } => {
            let plain = Coding::of(*data_coding).alphabet == Alphabet::Gsm7;
            let octets = without_header(sms.esm_class, octets);
            if plain { octets.to_vec() } else { Vec::new() }
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

fn without_header(esm_class: u8, octets: &[u8]) -> &[u8] {
    if esm_class & esm_class::UDHI == 0 { octets } else { text::split_udh(octets).1 }
}

#[cfg(test)]
mod tests;
