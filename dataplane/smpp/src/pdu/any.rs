//! Any PDU, decoded by its command: for tools, tests and the rarer paths. The busy
//! path looks at the header and decodes the one view it wants.

use super::{
    AlertNotification, Bind, BindKind, BindResp, CancelSm, DataSm, DeliverResp, Outbind, QuerySm,
    QuerySmResp, ReplaceSm, ShortMessage, SubmitMulti, SubmitMultiResp, SubmitResp,
};
use crate::{Command, FieldError, Frame};

/// A decoded body, or the command of a PDU that has none or whose body is opaque here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pdu<'a> {
    /// bind_receiver, bind_transmitter, bind_transceiver.
    Bind(Bind<'a>),
    /// Their responses.
    BindResp(BindKind, BindResp<'a>),
    /// outbind.
    Outbind(Outbind<'a>),
    /// submit_sm.
    SubmitSm(ShortMessage<'a>),
    /// submit_sm_resp.
    SubmitSmResp(SubmitResp<'a>),
    /// deliver_sm.
    DeliverSm(ShortMessage<'a>),
    /// deliver_sm_resp.
    DeliverSmResp(DeliverResp),
    /// data_sm.
    DataSm(DataSm<'a>),
    /// data_sm_resp.
    DataSmResp(SubmitResp<'a>),
    /// query_sm.
    QuerySm(QuerySm<'a>),
    /// query_sm_resp that succeeded.
    QuerySmResp(QuerySmResp<'a>),
    /// cancel_sm.
    CancelSm(CancelSm<'a>),
    /// replace_sm.
    ReplaceSm(ReplaceSm<'a>),
    /// submit_multi.
    SubmitMulti(SubmitMulti<'a>),
    /// submit_multi_resp.
    SubmitMultiResp(SubmitMultiResp<'a>),
    /// alert_notification.
    AlertNotification(AlertNotification<'a>),
    /// Nothing but a header, or a body this crate does not look into.
    Bare(Command),
}

impl<'a> Pdu<'a> {
    /// Reads the body of a frame as its command demands.
    ///
    /// The body of an error response is not looked at (SMPP 3.4 §3.2.1.3 has none,
    /// peers send some).
    pub fn decode(frame: &Frame<'a>) -> Result<Self, FieldError> {
        let command = frame.header.command;
        let failed = command.is_response() && !frame.header.status.is_ok();
        let body = if failed { &[] } else { frame.body };
        if let Some(kind) = BindKind::of(command) {
            return Ok(if command.is_response() {
                Self::BindResp(kind, BindResp::decode(body)?)
            } else {
                Self::Bind(Bind::decode(kind, body)?)
            });
        }
        Ok(match command {
            Command::Outbind => Self::Outbind(Outbind::decode(body)?),
            Command::SubmitSm => Self::SubmitSm(ShortMessage::decode(body)?),
            Command::DeliverSm => Self::DeliverSm(ShortMessage::decode(body)?),
            Command::SubmitSmResp => Self::SubmitSmResp(SubmitResp::decode(body)?),
            Command::DataSm => Self::DataSm(DataSm::decode(body)?),
            Command::QuerySm => Self::QuerySm(QuerySm::decode(body)?),
            Command::QuerySmResp if !failed => Self::QuerySmResp(QuerySmResp::decode(body)?),
            Command::CancelSm => Self::CancelSm(CancelSm::decode(body)?),
            Command::ReplaceSm => Self::ReplaceSm(ReplaceSm::decode(body)?),
            Command::SubmitMulti => Self::SubmitMulti(SubmitMulti::decode(body)?),
            Command::SubmitMultiResp => Self::SubmitMultiResp(SubmitMultiResp::decode(body)?),
            Command::AlertNotification => Self::AlertNotification(AlertNotification::decode(body)?),
            Command::DataSmResp => Self::DataSmResp(SubmitResp::decode(body)?),
            Command::DeliverSmResp => Self::DeliverSmResp(DeliverResp),
            other => Self::Bare(other),
        })
    }

    /// What the PDU is.
    pub const fn command(&self) -> Command {
        match self {
            Self::Bind(bind) => bind.kind.command(),
            Self::BindResp(kind, _) => kind.command().response(),
            Self::Outbind(_) => Command::Outbind,
            Self::SubmitSm(_) => Command::SubmitSm,
            Self::SubmitSmResp(_) => Command::SubmitSmResp,
            Self::DeliverSm(_) => Command::DeliverSm,
            Self::DeliverSmResp(_) => Command::DeliverSmResp,
            Self::DataSm(_) => Command::DataSm,
            Self::DataSmResp(_) => Command::DataSmResp,
            Self::QuerySm(_) => Command::QuerySm,
            Self::QuerySmResp(_) => Command::QuerySmResp,
            Self::CancelSm(_) => Command::CancelSm,
            Self::ReplaceSm(_) => Command::ReplaceSm,
            Self::SubmitMulti(_) => Command::SubmitMulti,
            Self::SubmitMultiResp(_) => Command::SubmitMultiResp,
            Self::AlertNotification(_) => Command::AlertNotification,
            Self::Bare(command) => *command,
        }
    }
}
