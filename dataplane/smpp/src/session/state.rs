//! Who may say what when (SMPP 5.0 §2.4, Table 2-1; 3.4 §2.2, Table 2-1).
//!
//! ```text
//!            bind ok                unbind, either way            gone
//!   Open ─────────────▶ BoundTx ─┐
//!     ├──▶ Outbound ──▶ BoundRx ─┼──────────▶ Unbinding ─────────▶ Closed
//!     │ outbind  │      BoundTrx ┘                                   ▲
//!     └──────────┴───────────────────────────────────────────────────┘
//! ```
//!
//! Departures from the tables, all towards peers as they are: enquire_link and
//! generic_nack are allowed in every state but Closed (3.4 wants a bind first);
//! data_sm follows 5.0 (a transmitter sends it, a receiver receives it); while
//! unbinding, what was asked may still be answered.

use crate::{BindKind, Command, Status};

use super::role::{Direction, Role, Sender};

/// Where a session stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Connected, not bound.
    Open,
    /// Connected by the message centre, which has said outbind; the ESME is to bind.
    Outbound,
    /// The ESME may send.
    BoundTx,
    /// The ESME may receive.
    BoundRx,
    /// Both.
    BoundTrx,
    /// One side has said unbind; only answers are left.
    Unbinding,
    /// Over.
    Closed,
}

/// What moves a session from one state to another.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Event {
    /// A bind was answered ESME_ROK.
    Bound(BindKind),
    /// An outbind was sent or received.
    Outbind,
    /// An unbind was sent or received.
    Unbind,
    /// The link is gone, or is to be.
    Closed,
}

/// Whether a PDU may be uttered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// Not in this state, or not by this side.
    BadState,
    /// A second bind.
    AlreadyBound,
    /// Nobody knows this command.
    Unknown,
}

impl Verdict {
    /// What to answer a request that was not allowed. A response that was not
    /// allowed is counted and dropped, never answered.
    pub const fn status(self) -> Option<Status> {
        match self {
            Self::Allow => None,
            Self::BadState => Some(Status::RINVBNDSTS),
            Self::AlreadyBound => Some(Status::RALYBND),
            Self::Unknown => Some(Status::RINVCMDID),
        }
    }
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Outbound,
        Self::BoundTx,
        Self::BoundRx,
        Self::BoundTrx,
        Self::Unbinding,
        Self::Closed,
    ];

    /// The state after `event`. A bind is news to a session without one only, an outbind to
    /// an open one.
    #[must_use]
    pub const fn after(self, event: Event) -> Self {
        match (self, event) {
            (Self::Open | Self::Outbound, Event::Bound(kind)) => match kind {
                BindKind::Transmitter => Self::BoundTx,
                BindKind::Receiver => Self::BoundRx,
                BindKind::Transceiver => Self::BoundTrx,
            },
            (Self::Open, Event::Outbind) => Self::Outbound,
            (Self::Open | Self::Outbound, Event::Unbind) | (Self::Outbound, Event::Outbind) => self,
            (Self::BoundTx | Self::BoundRx | Self::BoundTrx, Event::Unbind) => Self::Unbinding,
            (
                Self::BoundTx | Self::BoundRx | Self::BoundTrx | Self::Unbinding | Self::Closed,
                Event::Bound(_) | Event::Outbind,
            )
            | (Self::Unbinding | Self::Closed, Event::Unbind) => self,
            (
                Self::Open
                | Self::Outbound
                | Self::BoundTx
                | Self::BoundRx
                | Self::BoundTrx
                | Self::Unbinding
                | Self::Closed,
                Event::Closed,
            ) => Self::Closed,
        }
    }

    /// Whether a bind holds.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::BoundTx | Self::BoundRx | Self::BoundTrx)
    }

    /// Whether the ESME may send messages.
    pub const fn carries_submits(self) -> bool {
        matches!(self, Self::BoundTx | Self::BoundTrx)
    }

    /// Whether the message centre may send messages.
    pub const fn carries_delivers(self) -> bool {
        matches!(self, Self::BoundRx | Self::BoundTrx)
    }
}

/// Whether `command` may travel in `direction` in this state, we being `role`.
pub const fn may(state: State, role: Role, direction: Direction, command: Command) -> Verdict {
    if matches!(state, State::Closed) {
        return Verdict::BadState;
    }
    let sender = role.sender(direction);
    let esme = matches!(sender, Sender::Esme);
    match Kind::of(command) {
        Kind::Unknown => Verdict::Unknown,
        Kind::KeepAlive => Verdict::Allow,
        Kind::Bind if !esme => Verdict::BadState,
        Kind::Bind => match state {
            State::Open | State::Outbound => Verdict::Allow,
            State::BoundTx | State::BoundRx | State::BoundTrx => Verdict::AlreadyBound,
            State::Unbinding | State::Closed => Verdict::BadState,
        },
        Kind::BindResp => allow(!esme && matches!(state, State::Open | State::Outbound)),
        Kind::Outbind => allow(!esme && matches!(state, State::Open)),
        Kind::Unbind => allow(state.is_bound() || matches!(state, State::Unbinding)),
        Kind::EsmeRequest => allow(esme && state.carries_submits()),
        Kind::EsmeRequestResp => allow(!esme && may_answer(state, state.carries_submits())),
        Kind::Deliver => allow(!esme && state.carries_delivers()),
        Kind::DeliverResp => allow(esme && may_answer(state, state.carries_delivers())),
        Kind::Data => allow(carries(state, esme)),
        Kind::DataResp => allow(may_answer(state, carries(state, !esme))),
    }
}

const fn allow(allowed: bool) -> Verdict {
    if allowed { Verdict::Allow } else { Verdict::BadState }
}

/// Whether messages of the ESME, or else of the message centre, may travel.
const fn carries(state: State, from_esme: bool) -> bool {
    if from_esme { state.carries_submits() } else { state.carries_delivers() }
}

const fn may_answer(state: State, while_bound: bool) -> bool {
    while_bound || matches!(state, State::Unbinding)
}

/// The rows of the table: commands the standard treats alike.
#[derive(Clone, Copy)]
enum Kind {
    Bind,
    BindResp,
    Outbind,
    Unbind,
    KeepAlive,
    EsmeRequest,
    EsmeRequestResp,
    Deliver,
    DeliverResp,
    Data,
    DataResp,
    Unknown,
}

impl Kind {
    const fn of(command: Command) -> Self {
        match command {
            Command::BindReceiver | Command::BindTransmitter | Command::BindTransceiver => {
                Self::Bind
            }
            Command::BindReceiverResp
            | Command::BindTransmitterResp
            | Command::BindTransceiverResp => Self::BindResp,
            Command::Outbind => Self::Outbind,
            Command::Unbind | Command::UnbindResp => Self::Unbind,
            Command::EnquireLink | Command::EnquireLinkResp | Command::GenericNack => {
                Self::KeepAlive
            }
            Command::SubmitSm
            | Command::SubmitMulti
            | Command::QuerySm
            | Command::ReplaceSm
            | Command::CancelSm
            | Command::BroadcastSm
            | Command::QueryBroadcastSm
            | Command::CancelBroadcastSm => Self::EsmeRequest,
            Command::SubmitSmResp
            | Command::SubmitMultiResp
            | Command::QuerySmResp
            | Command::ReplaceSmResp
            | Command::CancelSmResp
            | Command::BroadcastSmResp
            | Command::QueryBroadcastSmResp
            | Command::CancelBroadcastSmResp => Self::EsmeRequestResp,
            Command::DeliverSm | Command::AlertNotification => Self::Deliver,
            Command::DeliverSmResp => Self::DeliverResp,
            Command::DataSm => Self::Data,
            Command::DataSmResp => Self::DataResp,
            Command::Unknown(_) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
