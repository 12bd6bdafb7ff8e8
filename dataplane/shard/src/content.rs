//! The text of an Sms between its four forms: octets of SMPP, UTF-8 of SIP.

mod aside;

use std::borrow::Cow;

use routing::{Content, DefaultAlphabet, Sms};
use smpp::pdu::esm_class;
use text::udh::iei;
use text::{Alphabet, Class, Coding, Form, Shifts, Udh, packed};

pub(crate) use aside::Aside;

/// What a MESSAGE carries (RFC 3428 §4).
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// Text in UTF-8.
    Text(Cow<'a, str>),
    /// Data, or text in an alphabet we do not read.
    Data(Cow<'a, [u8]>),
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
    if let Content::Text(text) = &sms.content {
        return Body::Text(Cow::Borrowed(text));
    }
    let (spelling, units) = spelled(sms);
    let mut text = String::with_capacity(units.len());
    if spelling.read(&units, &mut text) {
        return Body::Text(Cow::Owned(text));
    }
    match &sms.content {
        Content::Coded { octets, .. } => Body::Data(Cow::Borrowed(split(sms.esm_class, octets).1)),
        Content::Text(text) => Body::Text(Cow::Borrowed(text)),
    }
}

/// At most so many octets of UTF-8 are in its text: no unit of any alphabet becomes more than three
/// octets, and a packed one no more than four.
pub(crate) fn text_len_max(sms: &Sms) -> usize {
    match &sms.content {
        Content::Text(text) => text.len(),
        Content::Coded { data_coding, octets, .. } => match Coding::of(*data_coding).alphabet {
            Alphabet::Ucs2 => octets.len().div_ceil(2) * 3,
            _ => 4 * octets.len(),
        },
    }
}

/// How units are to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spelling {
    /// As UTF-8.
    Utf8,
    /// In an alphabet of SMS, septets one in each octet.
    Form(Form),
}

impl Spelling {
    /// The national tables it is written with.
    const fn shifts(self) -> Shifts {
        match self {
            Self::Utf8 => Shifts::NONE,
            Self::Form(form) => form.shifts,
        }
    }

    /// Appends what the units say; `false` if they are data, or in an alphabet we do not read.
    pub(crate) fn read(self, units: &[u8], text: &mut String) -> bool {
        match self {
            Self::Utf8 => text.push_str(&String::from_utf8_lossy(units)),
            Self::Form(form) => return form.decode_to(units, text).is_ok(),
        }
        true
    }
}

/// The text of an Sms without its header, as units that can be put behind those of another
/// segment: a careless sender cuts between an escape and its letter.
pub(crate) fn spelled(sms: &Sms) -> (Spelling, Cow<'_, [u8]>) {
    match &sms.content {
        Content::Text(text) => (Spelling::Utf8, Cow::Borrowed(text.as_bytes())),
        Content::Coded { data_coding, alphabet, octets } => {
            let (header, octets) = split(sms.esm_class, octets);
            units(*data_coding, *alphabet, header, octets)
        }
    }
}

fn units<'a>(
    data_coding: u8,
    default: DefaultAlphabet,
    header: &[u8],
    octets: &'a [u8],
) -> (Spelling, Cow<'a, [u8]>) {
    let shifts = Udh::decode(header).map_or(Shifts::NONE, |(udh, _)| udh.shifts());
    let gsm = Form { alphabet: Alphabet::Gsm7, shifts };
    let form = match (data_coding, default) {
        (0, DefaultAlphabet::Utf8) => return (Spelling::Utf8, Cow::Borrowed(octets)),
        (0, DefaultAlphabet::GsmPacked) => {
            let mut septets = Vec::with_capacity(octets.len() + octets.len() / 7);
            packed::unpack(octets, packed::fill(header.len()), &mut septets);
            return (Spelling::Form(gsm), Cow::Owned(septets));
        }
        (0, DefaultAlphabet::Ascii) => Form::of(Alphabet::Ascii),
        (0, DefaultAlphabet::Latin1) => Form::of(Alphabet::Latin1),
        (0, DefaultAlphabet::Gsm) | (1.., _) => Form::coded(data_coding, shifts),
    };
    (Spelling::Form(form), Cow::Borrowed(octets))
}

/// What goes to a next hop by SMPP to which data_coding 0 means `towards`: data_coding and
/// octets. Those of a carrier pass unchanged, unless the two mean another alphabet by 0.
pub(crate) fn coded(sms: &Sms, towards: DefaultAlphabet) -> (u8, Cow<'_, [u8]>) {
    let (header, shifts, text) = match &sms.content {
        Content::Coded { data_coding: 0, alphabet, octets } if *alphabet != towards => {
            let (header, octets) = split(sms.esm_class, octets);
            let (spelling, units) = units(0, *alphabet, header, octets);
            let mut text = String::with_capacity(units.len());
            spelling.read(&units, &mut text);
            (header, spelling.shifts(), Cow::Owned(text))
        }
        Content::Coded { data_coding, octets, .. } => return (*data_coding, Cow::Borrowed(octets)),
        Content::Text(text) => {
            if let Some(class) = Aside::of(sms).class() {
                let (data_coding, octets) = of_class(class, Shifts::NONE, &[], text);
                return (data_coding, Cow::Owned(octets));
            }
            (&[][..], Shifts::NONE, Cow::Borrowed(text.as_str()))
        }
    };
    let mut octets = Vec::with_capacity(header.len() + text.len());
    octets.extend_from_slice(header);
    if write(towards, shifts, &text, &mut octets) {
        return (0, Cow::Owned(octets));
    }
    octets.clear();
    put_without_shifts(header, &mut octets);
    if write(towards, Shifts::NONE, &text, &mut octets) {
        return (0, Cow::Owned(octets));
    }
    text::encode_to(Alphabet::Ucs2, &text, &mut octets);
    let data_coding = Alphabet::Ucs2.data_coding().expect("UCS-2 has one");
    (data_coding, Cow::Owned(octets))
}

/// A text with a class behind a header: the class stands in the data_coding, which then says the
/// alphabet, too, whatever 0 means to the next hop.
pub(crate) fn of_class(class: Class, shifts: Shifts, header: &[u8], text: &str) -> (u8, Vec<u8>) {
    let mut octets = header.to_vec();
    let gsm = Form { alphabet: Alphabet::Gsm7, shifts };
    let alphabet = if gsm.encode_to(text, &mut octets) { Alphabet::Gsm7 } else { Alphabet::Ucs2 };
    if alphabet == Alphabet::Ucs2 {
        text::encode_to(Alphabet::Ucs2, text, &mut octets);
    }
    (classed(alphabet, Some(class)), octets)
}

/// The data_coding of an alphabet of the air interface, with a class (3GPP TS 23.038 §4): group
/// 1111 where it has the alphabet, as most know no other.
pub(crate) fn classed(alphabet: Alphabet, class: Option<Class>) -> u8 {
    match (alphabet, class) {
        (Alphabet::Gsm7, Some(class)) => 0xF0 | class as u8,
        (Alphabet::Ucs2, Some(class)) => 0x18 | class as u8,
        (_, Some(class)) => 0xF4 | class as u8,
        (Alphabet::Gsm7, None) => 0x00,
        (Alphabet::Ucs2, None) => 0x08,
        (_, None) => 0x04,
    }
}

/// Appends a header without the national tables it asks for: the text behind it is not written
/// with them any more. One that has nothing else stays as one without elements.
fn put_without_shifts(header: &[u8], out: &mut Vec<u8>) {
    let Some((udh, _)) = Udh::decode(header) else { return };
    let start = out.len();
    out.push(0);
    for element in udh.elements() {
        if !matches!(element.id, iei::SINGLE_SHIFT | iei::LOCKING_SHIFT) {
            out.extend_from_slice(&[element.id, element.data.len() as u8]);
            out.extend_from_slice(element.data);
        }
    }
    out[start] = (out.len() - start - 1) as u8;
}

/// Appends a text under data_coding 0, behind the header that is there already and asks for
/// national tables, if there are any; `false`, and `octets` as they were, if it cannot be said.
pub(crate) fn write(
    default: DefaultAlphabet,
    shifts: Shifts,
    text: &str,
    octets: &mut Vec<u8>,
) -> bool {
    let is_gsm = matches!(default, DefaultAlphabet::Gsm | DefaultAlphabet::GsmPacked);
    if shifts != Shifts::NONE && !is_gsm {
        return false;
    }
    let gsm = Form { alphabet: Alphabet::Gsm7, shifts };
    match default {
        DefaultAlphabet::Gsm => gsm.encode_to(text, octets),
        DefaultAlphabet::Ascii => text::encode_to(Alphabet::Ascii, text, octets),
        DefaultAlphabet::Latin1 => text::encode_to(Alphabet::Latin1, text, octets),
        DefaultAlphabet::Utf8 => {
            octets.extend_from_slice(text.as_bytes());
            true
        }
        DefaultAlphabet::GsmPacked => {
            let mut septets = Vec::with_capacity(text.len());
            let fits = gsm.encode_to(text, &mut septets);
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
