//! What an SMSC was told to do, decided for one submit_sm after the other. No sockets.

use std::collections::{BTreeMap, HashSet};

use clap::ValueEnum;
use smpp::pdu::registered_delivery;
use smpp::{MessageState, ShortMessage, Status};

use super::args::Args;
use crate::script::Script;

/// How message ids are written: message centres differ, and some write them in two ways.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum IdFormat {
    /// 4711, and 4711 in receipts.
    Decimal,
    /// 1267, and 1267 in receipts.
    Hex,
    /// 1267, and 4711 in receipts.
    HexDecimal,
    /// 4711, and 1267 in receipts.
    DecimalHex,
    /// 36 characters with hyphens, the same in receipts.
    Uuid,
}

/// When receipts are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Receipts {
    /// As registered_delivery asks.
    Asked,
    /// For every message taken.
    Always,
    /// Not at all.
    Never,
}

/// A message id in its two notations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct MessageId {
    /// As submit_sm_resp has it.
    pub(super) response: String,
    /// As the receipt has it.
    pub(super) receipt: String,
}

/// What to do about one submit_sm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Decision {
    /// Close the connection, answer nothing.
    Close,
    /// Answer nothing.
    Mute,
    /// Refuse it.
    Refuse(Status),
    /// Take it, and send a receipt if one is due.
    Take {
        /// Its name.
        id: MessageId,
        /// What the receipt will say.
        receipt: Option<MessageState>,
    },
}

/// The told behaviour and the books about it.
#[derive(Debug)]
pub(super) struct Behaviour {
    status: Script<Status>,
    stat: Script<MessageState>,
    mute_after: Option<u64>,
    close_after: Option<u64>,
    receipts: Receipts,
    id_format: IdFormat,
    next_id: u64,
    /// Destination and text of every message taken.
    seen: HashSet<(Vec<u8>, Vec<u8>)>,
    /// submit_sm that came.
    pub(super) submits: u64,
    /// submit_sm left without an answer.
    pub(super) muted: u64,
    /// submit_sm taken.
    pub(super) taken: u64,
    /// Messages taken whose destination and text were taken before.
    pub(super) twice: u64,
    /// submit_sm refused, by the name of the status.
    pub(super) refused: BTreeMap<String, u64>,
}

impl Behaviour {
    /// The behaviour the options describe.
    pub(super) fn new(args: &Args) -> Self {
        Self {
            status: args.status.clone(),
            stat: args.stat.clone(),
            mute_after: args.mute_after,
            close_after: args.close_after.filter(|count| *count > 0),
            receipts: args.receipts,
            id_format: args.id_format,
            next_id: args.first_id,
            seen: HashSet::new(),
            submits: 0,
            muted: 0,
            taken: 0,
            twice: 0,
            refused: BTreeMap::new(),
        }
    }

    /// Decides about the next submit_sm.
    pub(super) fn decide(&mut self, message: &ShortMessage<'_>) -> Decision {
        self.submits += 1;
        if self.close_after.is_some_and(|every| self.submits.is_multiple_of(every)) {
            return Decision::Close;
        }
        if self.mute_after.is_some_and(|after| self.submits > after) {
            self.muted += 1;
            return Decision::Mute;
        }
        let status = self.status.next();
        if !status.is_ok() {
            let name = status.name().map_or_else(|| format!("0x{:08X}", status.0), str::to_owned);
            *self.refused.entry(name).or_default() += 1;
            return Decision::Refuse(status);
        }
        self.taken += 1;
        let content = (message.destination.addr.to_vec(), message.payload().to_vec());
        if !self.seen.insert(content) {
            self.twice += 1;
        }
        let id = self.id_format.write(self.next_id);
        self.next_id += 1;
        let stat = self.stat.next();
        let receipt = self.receipts.is_due(message.registered_delivery, stat).then_some(stat);
        Decision::Take { id, receipt }
    }
}

impl Receipts {
    fn is_due(self, asked: u8, stat: MessageState) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Asked => match asked & registered_delivery::RECEIPT_MASK {
                registered_delivery::ALWAYS => true,
                registered_delivery::ON_FAILURE => stat != MessageState::Delivered,
                registered_delivery::ON_SUCCESS => stat == MessageState::Delivered,
                _ => false,
            },
        }
    }
}

impl IdFormat {
    fn write(self, number: u64) -> MessageId {
        let (decimal, hex) = (format!("{number}"), format!("{number:X}"));
        let (response, receipt) = match self {
            Self::Decimal => (decimal.clone(), decimal),
            Self::Hex => (hex.clone(), hex),
            Self::HexDecimal => (hex, decimal),
            Self::DecimalHex => (decimal, hex),
            Self::Uuid => {
                let uuid = format!("5167a1b0-0000-4000-8000-{number:012x}");
                (uuid.clone(), uuid)
            }
        };
        MessageId { response, receipt }
    }
}

#[cfg(test)]
mod tests;
