//! What an SMSC is told on the command line.

use std::net::SocketAddr;

use smpp::{MessageState, Status};

use super::behaviour::{IdFormat, Receipts};
use crate::report;
use crate::script::{Script, ScriptError};
use crate::secret::Secret;

/// Options of `signalbox-peer smsc`.
///
/// Lists of answers are read as `ANSWER*COUNT,...`: `0x14*2,ROK` refuses two and takes the rest,
/// `ROK*9,0x58*1` refuses every tenth.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long, value_name = "IP:PORT")]
    pub(super) listen: SocketAddr,
    /// The system_id to answer binds with.
    #[arg(long, default_value = "smsc")]
    pub(super) system_id: String,
    /// Who may bind; anybody if not given.
    #[arg(long, value_name = "SYSTEM_ID")]
    pub(super) user: Option<String>,
    #[command(flatten)]
    pub(super) secret: Secret,
    /// How binds are answered.
    #[arg(long, value_name = "LIST", default_value = "ROK", value_parser = statuses)]
    pub(super) bind_status: Script<Status>,
    /// How submit_sm is answered: names of statuses or their numbers.
    #[arg(long, value_name = "LIST", default_value = "ROK", value_parser = statuses)]
    pub(super) status: Script<Status>,
    /// How long an answer takes.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(super) delay: u64,
    /// Answer so many submit_sm, and then no more.
    #[arg(long, value_name = "COUNT")]
    pub(super) mute_after: Option<u64>,
    /// Leave enquire_link without an answer.
    #[arg(long)]
    pub(super) mute_links: bool,
    /// Close the connection over which every so many-th submit_sm came, unanswered.
    #[arg(long, value_name = "COUNT")]
    pub(super) close_after: Option<u64>,
    /// Requests of an ESME without an answer, before it is told ESME_RTHROTTLED.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) window: u16,
    /// How message ids are written in responses and in receipts.
    #[arg(long, value_enum, default_value = "decimal")]
    pub(super) id_format: IdFormat,
    /// The first message id.
    #[arg(long, default_value_t = 1)]
    pub(super) first_id: u64,
    /// When to send receipts.
    #[arg(long, value_enum, default_value = "asked")]
    pub(super) receipts: Receipts,
    /// How long after the response a receipt follows.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(super) receipt_delay: u64,
    /// What receipts say: words such as DELIVRD, UNDELIV.
    #[arg(long, value_name = "LIST", default_value = "DELIVRD", value_parser = states)]
    pub(super) stat: Script<MessageState>,
    /// Stop after so many positive responses whose receipts are all answered.
    #[arg(long, value_name = "COUNT")]
    pub(super) until_count: Option<u64>,
    /// Stop after so long.
    #[arg(long = "for", visible_alias = "timeout", value_name = "SECONDS")]
    pub(super) lifetime: Option<f64>,
    #[command(flatten)]
    pub(super) report: report::Options,
}

fn statuses(text: &str) -> Result<Script<Status>, ScriptError> {
    Script::parse(text, |answer| {
        let hex = answer.strip_prefix("0x").or_else(|| answer.strip_prefix("0X"));
        let number = match hex {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => answer.parse().ok(),
        };
        number.map(Status).or_else(|| Status::parse(answer))
    })
}

fn states(text: &str) -> Result<Script<MessageState>, ScriptError> {
    Script::parse(text, |word| MessageState::parse(word.as_bytes()))
}
