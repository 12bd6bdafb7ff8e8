//! An app that is a handset behind an IMS (3GPP TS 24.341).

use std::collections::VecDeque;

use sip::Message;
use sip::rp::{self, Rp};
use text::tpdu::{self, Tpdu, build};
use text::{Coding, Form, Shifts, split_udh};

use super::{Got, Phone, Sent, Thread, What, user_of};
use crate::net::Net;

/// What a handset took, said and heard.
#[derive(Clone, Debug, Default)]
pub struct Handset {
    /// The causes with which it refuses the next short messages; then it takes them.
    pub refuses: VecDeque<u8>,
    /// It says nothing by the relay layer.
    pub mute: bool,
    /// It takes short messages and does not look into them.
    pub reads_nothing: bool,
    /// What network units came, in order.
    pub units: Vec<Vec<u8>>,
    /// References of RP-ACKs it heard for what it sent.
    pub acked: Vec<u8>,
    /// References and causes of RP-ERRORs.
    pub errors: Vec<(u8, u8)>,
    /// References and states of SMS-STATUS-REPORTs.
    pub reports: Vec<(u8, u8)>,
    /// Segments of a text that is not whole yet.
    parts: Vec<String>,
}

/// What a message of the relay layer leads to.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// A text is whole.
    pub(super) text: Option<String>,
    /// What is said about it.
    pub(super) answer: Option<Vec<u8>>,
}

impl Handset {
    /// A message of the relay layer came from the network.
    ///
    /// # Panics
    ///
    /// If it is not well formed.
    pub(super) fn hear(&mut self, octets: &[u8]) -> Heard {
        let reference = octets[1];
        match octets[0] {
            1 => {
                let unit = unit_of(octets);
                self.units.push(unit.to_vec());
                let read = Tpdu::decode(unit, tpdu::From::Centre, false).expect("a TPDU");
                if let Some(cause) = self.refuses.pop_front() {
                    let answer = Some(vec![4, reference, 1, cause]);
                    return Heard { text: None, answer };
                }
                let answer = (!self.mute).then(|| vec![2, reference, 0x41, 2, 0, 0]);
                Heard { text: self.read(read), answer }
            }
            3 => {
                self.acked.push(reference);
                Heard::default()
            }
            5 => {
                self.errors.push((reference, octets[3]));
                Heard::default()
            }
            other => panic!("a network does not say {other}"),
        }
    }

    fn read(&mut self, unit: Tpdu<'_>) -> Option<String> {
        match unit {
            Tpdu::Deliver(_) if self.mute || self.reads_nothing => None,
            Tpdu::Deliver(deliver) => {
                let mut octets = Vec::new();
                deliver.data.unpack(&mut octets);
                let (header, rest) = match deliver.data.has_header {
                    true => split_udh(&octets),
                    false => (None, &octets[..]),
                };
                let data_coding = tpdu::to_data_coding(deliver.data.coding);
                let mut text = String::new();
                let form = Form::coded(data_coding, Shifts::NONE);
                let _ = form.decode_to(rest, &mut text).expect("text that can be read");
                assert!(Coding::of(data_coding).waiting.is_none());
                self.parts.push(text);
                let concat = header.and_then(|header| header.concat());
                let is_last = concat.is_none_or(|concat| concat.sequence == concat.total);
                is_last.then(|| std::mem::take(&mut self.parts).concat())
            }
            Tpdu::StatusReport(report) => {
                self.reports.push((report.reference, report.status));
                None
            }
            Tpdu::Submit(_) | Tpdu::Report(_) | Tpdu::Command => None,
        }
    }
}

impl Phone {
    /// Sends something that is no text; returns its number.
    pub fn send_other(
        &mut self,
        net: &mut Net,
        to: &str,
        (content_type, octets): (&'static str, Vec<u8>),
        in_reply_to: &str,
    ) -> usize {
        let other = Some((content_type, octets, in_reply_to.to_owned()));
        self.sent.push(Sent { to: to.to_owned(), text: String::new(), other, status: None });
        let number = self.sent.len() - 1;
        let (call_id, tag) = (self.name(), self.name());
        let thread = Thread { call_id: format!("{RELAYED}{call_id}"), tag, cseq: 0 };
        self.ask(net, What::Message(number), thread, None);
        number
    }

    /// Something came by the relay layer; what it answers.
    pub(super) fn relay(&mut self, at: u64, message: &Message<'_>) -> Option<Vec<u8>> {
        let heard = self.handset.as_mut()?.hear(message.body());
        if let Some(text) = heard.text {
            let call_id = message.call_id().to_owned();
            let from = user_of(message.from().uri_str());
            self.got.push(Got {
                at,
                call_id,
                from,
                text,
                aside: String::new(),
                asked: None,
                branches: 1,
            });
        }
        heard.answer
    }
}

/// Before the Call-ID of what a handset says by the relay layer.
pub const RELAYED: &str = "h-";

/// Is it a message of the relay layer?
pub fn is_relay(message: &Message<'_>) -> bool {
    let content_type = message.content_type().and_then(Result::ok);
    content_type.is_some_and(|known| known.is("application", "vnd.3gpp.sms"))
}

/// RP-DATA with an SMS-SUBMIT of a text in GSM 7-bit.
///
/// # Panics
///
/// If the text is too long.
pub fn submission(reference: u8, to: &str, text: &str, wants_report: bool) -> Vec<u8> {
    let mut octets = Vec::new();
    text::gsm7::encode(text, &mut octets).expect("GSM 7-bit");
    let data = build::Data { coding: 0, protocol_id: 0, header: 0, octets: &octets };
    let to = build::Party { ton: 1, npi: 1, text: to };
    let mut unit = Vec::new();
    assert!(build::submit(reference, wants_report, to, data, &mut unit));
    let mut said = vec![0, reference, 0, 2, 0x91, 0xF1, unit.len() as u8];
    said.extend_from_slice(&unit);
    assert!(matches!(Rp::parse(&said), Ok(Rp::Data { .. })));
    said
}

/// The unit of RP-DATA from a network.
fn unit_of(octets: &[u8]) -> &[u8] {
    let origin = usize::from(octets[2]);
    let destination = usize::from(octets[3 + origin]);
    let at = 4 + origin + destination;
    let len = usize::from(octets[at]);
    let unit = &octets[at + 1..];
    assert_eq!(unit.len(), len, "an RP-DATA ends with its unit");
    let mut again = Vec::new();
    assert!(rp::data(octets[1], "0", unit, &mut again) && again.ends_with(unit));
    unit
}
