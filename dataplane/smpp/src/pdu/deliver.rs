//! deliver_sm_resp (SMPP 3.4 §4.6.2). A deliver_sm itself is a
//! [`ShortMessage`](super::ShortMessage).

use crate::header::put_pdu;
use crate::{Command, Status};

/// The answer to a deliver_sm. Its message_id is unused: we accept whatever stands
/// there and send an empty one (5.0 §4.3.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DeliverResp;

impl DeliverResp {
    /// Appends the whole PDU; a header alone unless `status` is ESME_ROK.
    pub fn encode(&self, status: Status, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::DeliverSmResp, status, sequence, out, |out| {
            if status.is_ok() {
                out.push(0);
            }
        });
    }
}
