//! What a PDU is: its command_id (SMPP 3.4 §5.1.2.1, 5.0 §4.7.5).
//!
//! A response is its request with the top bit set. Identifiers nobody assigned
//! to us (vendor ranges, reserved gaps) stay [`Command::Unknown`] with their
//! number, so that they can be answered and shown.

use std::fmt;

/// The bit that makes a response of a request.
pub const RESPONSE_BIT: u32 = 0x8000_0000;

macro_rules! commands {
    ($($variant:ident $id:literal $name:literal)*) => {
        /// A command_id of the standard, or one it does not know.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Command {
            $(#[doc = concat!("`", $name, "`, ", stringify!($id), ".")] $variant,)*
            /// Any other identifier, request or response.
            Unknown(u32),
        }

        impl Command {
            /// Every command of the standard, in the order of the identifiers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The command an identifier stands for.
            pub const fn decode(id: u32) -> Self {
                match id {
                    $($id => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }

            /// The identifier as it goes over the wire.
            pub const fn id(self) -> u32 {
                match self {
                    $(Self::$variant => $id,)*
                    Self::Unknown(id) => id,
                }
            }

            /// The name the standard uses; `"unknown"` for what it does not name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(_) => "unknown",
                }
            }
        }
    };
}

commands! {
    BindReceiver 0x0000_0001 "bind_receiver"
    BindTransmitter 0x0000_0002 "bind_transmitter"
    QuerySm 0x0000_0003 "query_sm"
    SubmitSm 0x0000_0004 "submit_sm"
    DeliverSm 0x0000_0005 "deliver_sm"
    Unbind 0x0000_0006 "unbind"
    ReplaceSm 0x0000_0007 "replace_sm"
    CancelSm 0x0000_0008 "cancel_sm"
    BindTransceiver 0x0000_0009 "bind_transceiver"
    Outbind 0x0000_000B "outbind"
    EnquireLink 0x0000_0015 "enquire_link"
    SubmitMulti 0x0000_0021 "submit_multi"
    AlertNotification 0x0000_0102 "alert_notification"
    DataSm 0x0000_0103 "data_sm"
    BroadcastSm 0x0000_0111 "broadcast_sm"
    QueryBroadcastSm 0x0000_0112 "query_broadcast_sm"
    CancelBroadcastSm 0x0000_0113 "cancel_broadcast_sm"
    GenericNack 0x8000_0000 "generic_nack"
    BindReceiverResp 0x8000_0001 "bind_receiver_resp"
    BindTransmitterResp 0x8000_0002 "bind_transmitter_resp"
    QuerySmResp 0x8000_0003 "query_sm_resp"
    SubmitSmResp 0x8000_0004 "submit_sm_resp"
    DeliverSmResp 0x8000_0005 "deliver_sm_resp"
    UnbindResp 0x8000_0006 "unbind_resp"
    ReplaceSmResp 0x8000_0007 "replace_sm_resp"
    CancelSmResp 0x8000_0008 "cancel_sm_resp"
    BindTransceiverResp 0x8000_0009 "bind_transceiver_resp"
    EnquireLinkResp 0x8000_0015 "enquire_link_resp"
    SubmitMultiResp 0x8000_0021 "submit_multi_resp"
    DataSmResp 0x8000_0103 "data_sm_resp"
    BroadcastSmResp 0x8000_0111 "broadcast_sm_resp"
    QueryBroadcastSmResp 0x8000_0112 "query_broadcast_sm_resp"
    CancelBroadcastSmResp 0x8000_0113 "cancel_broadcast_sm_resp"
}

impl Command {
    /// Whether this answers something; a generic_nack does.
    pub const fn is_response(self) -> bool {
        self.id() & RESPONSE_BIT != 0
    }

    /// The command that answers this request.
    ///
    /// What has no answer of its own (outbind, alert_notification, anything
    /// unknown, a response) is answered by generic_nack, if at all.
    pub const fn response(self) -> Self {
        if self.is_response() {
            return Self::GenericNack;
        }
        match Self::decode(self.id() | RESPONSE_BIT) {
            Self::Unknown(_) => Self::GenericNack,
            known => known,
        }
    }

    /// Whether `self` may close the question `asked`: its response, or a generic_nack.
    pub fn answers(self, asked: Self) -> bool {
        self == Self::GenericNack || self == asked.response()
    }

    /// Whether this keeps the session rather than carries traffic: binds,
    /// unbind, enquire_link, generic_nack, outbind, and their responses.
    pub const fn is_link(self) -> bool {
        matches!(self.id() & !RESPONSE_BIT, 0x00 | 0x01 | 0x02 | 0x06 | 0x09 | 0x0B | 0x15)
    }
}

impl From<u32> for Command {
    fn from(id: u32) -> Self {
        Self::decode(id)
    }
}

impl From<Command> for u32 {
    fn from(command: Command) -> Self {
        command.id()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "unknown(0x{id:08X})"),
            named => f.write_str(named.name()),
        }
    }
}

#[cfg(test)]
mod tests;
