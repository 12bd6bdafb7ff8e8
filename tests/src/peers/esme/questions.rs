//! What a carrier says about what it has submitted: query_sm, cancel_sm, replace_sm.

use smpp::pdu::{
    CancelSm, DestBuffer, QuerySm, QuerySmResp, ReplaceSm, SubmitMulti, SubmitMultiResp,
};
use smpp::{Address, Command, Frame, MessageState, ShortMessage, Status};

use super::Esme;
use crate::net::Net;

/// A question about an Sms.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// How does the one with this id stand?
    Query(String),
    /// Do not deliver it.
    Cancel(String),
    /// Deliver nothing to this number.
    CancelAll(String),
    /// Say this instead, and want receipts so.
    Replace(String, String, u8),
    /// Take this text for all these numbers; what begins with a letter is the name of a list.
    Multi(Vec<String>, String),
}

/// What was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// When, in nanoseconds.
    pub at: u64,
    /// When it was asked.
    pub asked: u64,
    /// What was asked.
    pub question: Question,
    /// The command_status.
    pub status: Status,
    /// State and error of a query_sm_resp.
    pub state: Option<(MessageState, u8)>,
    /// The name and the refused destinations of a submit_multi_resp.
    pub multi: Option<(String, Vec<(String, u32)>)>,
}

impl Esme {
    /// Asks over the first bind that submits; `false` if there is none.
    pub fn ask(&mut self, net: &mut Net, question: Question) -> bool {
        let Some(number) = self.submitters().first().copied() else { return false };
        let Some(link) = self.links.get_mut(&number) else { return false };
        link.sequence += 1;
        let sequence = link.sequence;
        self.asked.push(question.clone());
        link.questions.insert(sequence, (net.now, question.clone()));
        let octets = encode(&question, sequence);
        self.write(net, number, &octets);
        true
    }

    pub(super) fn replied(&mut self, net: &Net, number: u64, pdu: &Frame<'_>) {
        let header = pdu.header;
        let question =
            self.links.get_mut(&number).and_then(|l| l.questions.remove(&header.sequence));
        let Some((asked, question)) = question else {
            return self.wrongs.push(format!("an answer to no question: {}", header.command));
        };
        let query = header.command == Command::QuerySmResp && header.status.is_ok();
        let state = if query { QuerySmResp::decode(pdu.body).ok() } else { None };
        let state = state.map(|resp| (resp.message_state, resp.error_code));
        let multi = (header.command == Command::SubmitMultiResp).then(|| multi(pdu.body));
        let (at, status) = (net.now, header.status);
        self.replies.push(Reply { at, asked, question, status, state, multi });
    }
}

fn multi(body: &[u8]) -> (String, Vec<(String, u32)>) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let resp = SubmitMultiResp::decode(body).unwrap_or_default();
    let refused = resp.unsuccess.iter().map(|(to, status)| (text(to.addr), status.0));
    (text(resp.message_id), refused.collect())
}

/// The submit_multi of a text.
fn submit_multi(to: &[String], text: &str, sequence: u32) -> Vec<u8> {
    let mut dests = DestBuffer::new();
    for to in to {
        let pushed = if to.starts_with(|first: char| first.is_ascii_alphabetic()) {
            dests.push_list(to.as_bytes())
        } else {
            dests.push_address(Address { ton: 1, npi: 1, addr: to.as_bytes() })
        };
        pushed.expect("at most 255");
    }
    let message = ShortMessage {
        source: Address { ton: 5, npi: 0, addr: b"TATA" },
        registered_delivery: 1,
        short_message: text.as_bytes(),
        ..ShortMessage::default()
    };
    let mut octets = Vec::new();
    SubmitMulti { message, dests: dests.view() }.encode(sequence, &mut octets);
    octets
}

fn encode(question: &Question, sequence: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    let source = Address { ton: 5, npi: 0, addr: b"TATA" };
    match question {
        Question::Query(id) => {
            QuerySm { message_id: id.as_bytes(), source }.encode(sequence, &mut octets);
        }
        Question::Cancel(id) => {
            let message_id = id.as_bytes();
            CancelSm { message_id, source, ..CancelSm::default() }.encode(sequence, &mut octets);
        }
        Question::CancelAll(number) => {
            let destination = Address { ton: 1, npi: 1, addr: number.as_bytes() };
            CancelSm { source, destination, ..CancelSm::default() }.encode(sequence, &mut octets);
        }
        Question::Multi(to, text) => return submit_multi(to, text, sequence),
        Question::Replace(id, text, registered_delivery) => ReplaceSm {
            message_id: id.as_bytes(),
            source,
            registered_delivery: *registered_delivery,
            short_message: text.as_bytes(),
            ..ReplaceSm::default()
        }
        .encode(sequence, &mut octets),
    }
    octets
}
