//! What the MESSAGE of an app or a trunk becomes: a text with what stands beside it, or data.

use routing::{Content, DefaultAlphabet, Refusal};
use sip::{ContentType, Message};
use smpp::pdu::esm_class;
use text::{Alphabet, Header};

use crate::content::{Aside, classed};
use crate::limits::CONTENT_MAX;

/// What an Sms says, in the fields of one.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) content: Content,
    pub(crate) esm_class: u8,
    pub(crate) tlvs: Vec<u8>,
}

/// A text keeps its class and its ports in TLVs, until it is known how it goes on.
pub(crate) fn of_text(message: &Message<'_>, text: &str) -> Result<Written, Refusal> {
    let aside = Aside::said(message, None).ok_or(Refusal::BadField)?;
    let mut tlvs = Vec::new();
    aside.put_tlvs(&mut tlvs);
    Ok(Written { content: Content::Text(text.to_owned()), esm_class: 0, tlvs })
}

/// Data is what it is on the air: octets, behind a header if it is for a port.
pub(crate) fn of_data(
    message: &Message<'_>,
    content_type: &ContentType<'_>,
    data: &[u8],
) -> Result<Written, Refusal> {
    let aside = Aside::said(message, Some(content_type)).ok_or(Refusal::BadField)?;
    let mut header = Header::new();
    if let Some(ports) = aside.ports() {
        header.push_ports(ports).map_err(|_| Refusal::BadField)?;
    }
    let octets = [header.octets(), data].concat();
    if octets.len() > CONTENT_MAX {
        return Err(Refusal::TooLong);
    }
    let esm_class = if header.octets().is_empty() { 0 } else { esm_class::UDHI };
    let data_coding = classed(Alphabet::Binary, aside.class());
    let content = Content::Coded { data_coding, alphabet: DefaultAlphabet::Gsm, octets };
    Ok(Written { content, esm_class, tlvs: Vec::new() })
}
