//! A text as the short messages that a handset gets (3GPP TS 23.040).

use routing::{Content, DefaultAlphabet, MessageId, Sms};
use smpp::pdu::esm_class;
use text::tpdu::{self, USER_DATA_MAX};
use text::udh::Ports;
use text::{Alphabet, Coding, Concat, Form, Header, Languages, Reference, Udh, split};

use crate::content::{Aside, Body, classed};
use crate::egress::sip::Letter;

/// One short message of a text.
#[derive(Debug)]
pub(super) struct Part {
    /// TP-DCS.
    pub(super) coding: u8,
    /// TP-PID.
    pub(super) protocol_id: u8,
    /// Octets of the header at the beginning.
    pub(super) header: usize,
    /// Header and text; septets one in each octet.
    pub(super) octets: Vec<u8>,
}

/// What an Sms is: itself, if it is one short message already, else what it says, in as many as
/// that needs; none if it is too long for any number of them.
pub(super) fn parts_of(sms: &Sms, body: &Body<'_>, is_joined: bool) -> Vec<Part> {
    if let Some(part) = as_it_came(sms).filter(|_| !is_joined) {
        return vec![part];
    }
    let aside = Aside::of(sms);
    let (data_coding, ports) = match &sms.content {
        Content::Coded { data_coding, .. } => (*data_coding, aside.ports()),
        Content::Text(_) => (classed(Alphabet::Gsm7, aside.class()), aside.ports()),
    };
    let mut parts = match body {
        Body::Text(text) => of_text(text, data_coding, ports, sms.id),
        Body::Data(octets) => of_data(octets, data_coding, ports, sms.id),
    };
    parts.iter_mut().for_each(|part| part.protocol_id = sms.protocol_id);
    parts
}

/// The same of what a device is owed.
pub(super) fn parts_of_owed(letter: &Letter<'_>, id: MessageId) -> Vec<Part> {
    let (octets, aside) = (letter.body.octets(), letter.aside);
    let data_coding = classed(Alphabet::Gsm7, aside.class());
    match str::from_utf8(octets) {
        Ok(text) if letter.content_type.starts_with("text/plain") => {
            of_text(text, data_coding, aside.ports(), id)
        }
        Ok(_) | Err(_) => of_data(octets, data_coding, aside.ports(), id),
    }
}

/// One that a carrier sent as the air interface has it stays what it was, header and all.
fn as_it_came(sms: &Sms) -> Option<Part> {
    let Content::Coded { data_coding, alphabet: default, octets } = &sms.content else {
        return None;
    };
    let has_header = sms.esm_class & esm_class::UDHI != 0;
    let header = Udh::decode(octets).filter(|_| has_header);
    let header = header.map_or(0, |(header, _)| header.octets());
    let alphabet = match (Coding::of(*data_coding).alphabet, default) {
        (Alphabet::Gsm7, DefaultAlphabet::Gsm) => Alphabet::Gsm7,
        (Alphabet::Gsm7, _) if *data_coding != 0 => Alphabet::Gsm7,
        (Alphabet::Ucs2, _) => Alphabet::Ucs2,
        (Alphabet::Binary, _) => Alphabet::Binary,
        (_, _) => return None,
    };
    let units = alphabet.units(octets.len() - header);
    let coding = tpdu::from_data_coding(*data_coding, alphabet);
    let part = Part { coding, protocol_id: sms.protocol_id, header, octets: octets.clone() };
    (units <= Form::of(alphabet).room(header)).then_some(part)
}

/// A text in as many as its smallest form needs.
fn of_text(text: &str, data_coding: u8, ports: Option<Ports>, id: MessageId) -> Vec<Part> {
    let form = Form::smallest(text, Languages::NONE);
    let coding = tpdu::from_data_coding(data_coding, form.alphabet);
    let others = header_of(ports, None).octets().len().saturating_sub(1);
    let Ok(segments) = split(text, form, Reference::Narrow, others) else { return Vec::new() };
    let part = |segment: text::Segment<'_>| {
        let header = header_of(ports, concat(id, segment.total, segment.sequence));
        let mut octets = header.octets().to_vec();
        form.encode_to(segment.text, &mut octets);
        Part { coding, protocol_id: 0, header: header.octets().len(), octets }
    };
    segments.map(part).collect()
}

/// Octets in as many as they need.
fn of_data(data: &[u8], data_coding: u8, ports: Option<Ports>, id: MessageId) -> Vec<Part> {
    let coding = tpdu::from_data_coding(data_coding, Alphabet::Binary);
    let alone = header_of(ports, None);
    let several = header_of(ports, concat(id, 2, 1));
    let room = if alone.octets().len() + data.len() <= USER_DATA_MAX {
        data.len().max(1)
    } else {
        USER_DATA_MAX - several.octets().len()
    };
    let Ok(total) = u8::try_from(data.len().div_ceil(room).max(1)) else { return Vec::new() };
    let part = |sequence: u8| {
        let header = header_of(ports, concat(id, total, sequence));
        let rest = data.chunks(room).nth(usize::from(sequence) - 1).unwrap_or_default();
        let octets = [header.octets(), rest].concat();
        Part { coding, protocol_id: 0, header: header.octets().len(), octets }
    };
    (1..=total).map(part).collect()
}

/// Which of several it is.
fn concat(id: MessageId, total: u8, sequence: u8) -> Option<Concat> {
    let reference = id.bits() as u16 & 0xFF;
    (total > 1).then_some(Concat { reference, total, sequence, wide: false })
}

fn header_of(ports: Option<Ports>, concat: Option<Concat>) -> Header {
    let mut header = Header::new();
    let ports = ports.is_none_or(|ports| header.push_ports(ports).is_ok());
    let concat = concat.is_none_or(|concat| header.push_concat(&concat).is_ok());
    assert!(ports && concat, "two elements fit into an empty header");
    header
}
