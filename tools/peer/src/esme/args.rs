//! What an ESME is told on the command line.

use std::net::{IpAddr, SocketAddr};

use clap::ValueEnum;
use smpp::BindKind;

use super::plan::Destination;
use crate::report;
use crate::secret::Secret;

/// Options of `signalbox-peer esme`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where the message centre listens.
    #[arg(long, value_name = "IP:PORT")]
    pub(super) connect: SocketAddr,
    /// The address to connect from.
    #[arg(long, value_name = "IP")]
    pub(super) local: Option<IpAddr>,
    /// Who binds.
    #[arg(long)]
    pub(super) system_id: String,
    #[command(flatten)]
    pub(super) secret: Secret,
    /// What the ESME says it is.
    #[arg(long, default_value = "")]
    pub(super) system_type: String,
    /// How to bind; several kinds open one session each.
    #[arg(long = "kind", value_enum, value_delimiter = ',', default_value = "trx")]
    pub(super) kinds: Vec<Kind>,
    /// Sessions of each kind.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) binds: u16,
    /// How many SMS for which number; may be repeated, and they mix.
    #[arg(long = "to", value_name = "NUMBER=COUNT")]
    pub(super) to: Vec<Destination>,
    /// Who the SMS come from.
    #[arg(long, default_value = "TATA")]
    pub(super) source: String,
    /// Type of number of the source; 5 is a name.
    #[arg(long, default_value_t = smpp::ton::ALPHANUMERIC)]
    pub(super) source_ton: u8,
    /// Numbering plan of the source.
    #[arg(long, default_value_t = smpp::npi::UNKNOWN)]
    pub(super) source_npi: u8,
    /// Type of number of the destinations.
    #[arg(long, default_value_t = smpp::ton::INTERNATIONAL)]
    pub(super) dest_ton: u8,
    /// Numbering plan of the destinations.
    #[arg(long, default_value_t = smpp::npi::ISDN)]
    pub(super) dest_npi: u8,
    /// The text; {n} becomes a number no other SMS of this run has.
    #[arg(long, default_value = "SMS {n}")]
    pub(super) text: String,
    /// The first of those numbers.
    #[arg(long, default_value_t = 1)]
    pub(super) first: u32,
    /// Which receipts to ask for: 0 none, 1 all, 2 of failures.
    #[arg(long, default_value_t = smpp::pdu::registered_delivery::ALWAYS)]
    pub(super) registered_delivery: u8,
    /// How long the SMS are worth delivering; zero leaves it to the message centre.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(super) validity: u64,
    /// Requests without an answer, per session.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) window: u16,
    /// SMS a second over all sessions; as fast as the window allows if not given.
    #[arg(long, value_name = "PER_SECOND")]
    pub(super) rate: Option<f64>,
    /// Submit again what was refused for the moment (throttled, queue full, system error).
    #[arg(long)]
    pub(super) retry_refused: bool,
    /// Leave when all responses are there, whatever receipts are still to come.
    #[arg(long)]
    pub(super) no_wait_receipts: bool,
    /// Let a lost link or a refused bind be the end.
    #[arg(long)]
    pub(super) no_reconnect: bool,
    /// Break every link once, right after so many positive responses.
    #[arg(long, value_name = "COUNT")]
    pub(super) drop_after: Option<u64>,
    /// Silence before we ask enquire_link.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(super) enquire_link: f64,
    /// How long a response may take before the link counts as lost.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(super) response_timeout: f64,
    /// Stop after so long, done or not.
    #[arg(long = "for", visible_alias = "timeout", value_name = "SECONDS")]
    pub(super) lifetime: Option<f64>,
    /// Without --to: stop after so many receipts and messages.
    #[arg(long, value_name = "COUNT", conflicts_with = "to")]
    pub(super) until_count: Option<u64>,
    #[command(flatten)]
    pub(super) report: report::Options,
}

/// [`BindKind`] as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Sends and receives.
    Trx,
    /// Sends.
    Tx,
    /// Receives.
    Rx,
}

impl Kind {
    pub(super) const fn bind(self) -> BindKind {
        match self {
            Self::Trx => BindKind::Transceiver,
            Self::Tx => BindKind::Transmitter,
            Self::Rx => BindKind::Receiver,
        }
    }
}
