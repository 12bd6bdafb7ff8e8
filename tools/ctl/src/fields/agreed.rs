//! The options for what was agreed with an SMPP peer beyond what every peer has.
//!
//! The value `default` takes a setting back. What a value means is checked by control, which
//! knows the words and says which is near.

use clap::Args;
use serde_json::{Map, Value};

use super::{Said, read_secret};
use crate::trouble::{Trouble, USAGE};

#[derive(Args, Debug)]
#[command(next_help_heading = "Limits and permissions")]
pub(super) struct ContractFields {
    /// Sms that may come at once beyond --tps [default: one second of it]
    #[arg(long, value_name = "COUNT")]
    burst: Option<String>,
    /// Whose it is [default: nobody's]
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Sms per UTC day, such as 500k or 1M; 0 for no limit [default: 0]
    #[arg(long, value_name = "COUNT")]
    quota_daily: Option<String>,
    /// What it may spend in all, in the currency of its tariff: what it has paid, and what it may
    /// owe beyond; raise it when it pays. What would cost more is refused [default: no limit]
    #[arg(long, value_name = "AMOUNT")]
    credit: Option<String>,
    /// After which ends it gets back what it was charged: expired, deleted, undeliverable,
    /// unknown, rejected [default: after none]
    #[arg(long, value_name = "ENDS", value_delimiter = ',')]
    refund: Option<Vec<String>>,
    /// Which binds it may make: transceiver, transmitter, receiver [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    bind_kinds: Option<Vec<String>>,
    /// A calling address it may use, or a pattern such as '3912%' [default: every address]
    #[arg(long = "source", value_name = "ADDRESS", value_delimiter = ',')]
    sources: Option<Vec<String>>,
    /// What becomes of another calling address: 'refuse', or the one that takes its place, such
    /// as INFO, 4912345 or INFO:5/0 [default: refuse]
    #[arg(long, value_name = "refuse|ADDRESS")]
    foreign_source: Option<String>,
    /// When it is answered: 'durable' when the Sms is on disk, 'delivered' with the outcome,
    /// 'memory' at once; what was only in memory is lost in a crash [default: durable]
    #[arg(long, value_name = "LEVEL")]
    ack: Option<String>,
    /// It may ask for datagram or transaction mode with each Sms (esm_class) [default: off]
    #[arg(long, value_name = "on|off")]
    modes: Option<String>,
    /// What becomes of a long text for an app of which a segment is missing after a minute:
    /// 'deliver' what came, with a mark, or 'expire' it [default: deliver]
    #[arg(long, value_name = "WAY")]
    incomplete: Option<String>,
    /// What shows that an app has its text: 'accepted', that the app took it, or 'handset', that
    /// the app reports it (IMDN); without a report the receipt says ACCEPTD [default: accepted]
    #[arg(long, value_name = "PROOF")]
    proof: Option<String>,
    /// It may bind over TLS only
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true,
        default_missing_value = "on")]
    tls_only: Option<String>,
    /// Dial it there and say outbind when receipts wait and no bind of it receives [default: no]
    #[arg(long, value_name = "IP:PORT")]
    outbind: Option<String>,
    #[command(flatten)]
    words: OutbindFields,
}

#[derive(Args, Debug)]
pub(super) struct OutbindFields {
    /// The system_id of the outbind [default: our own to a carrier, any from an SMSC]
    #[arg(long, value_name = "ID")]
    outbind_system_id: Option<String>,
    /// The file whose first line is the password of the outbind, or 'default' [default: none to
    /// a carrier, any from an SMSC]
    #[arg(long, value_name = "FILE")]
    outbind_password_file: Option<String>,
}

impl OutbindFields {
    fn said(self) -> Result<Said, Trouble> {
        let password = match self.outbind_password_file {
            Some(path) if path != USUAL => Some(Value::from(read_secret(path.as_ref())?)),
            usual => usual.map(|_| Value::Null),
        };
        Ok(Said::default()
            .say("outbind_system_id", self.outbind_system_id.map(usual_or))
            .say("outbind_password", password))
    }
}

#[derive(Args, Debug)]
#[command(next_help_heading = "How it is used")]
pub(super) struct MannerFields {
    /// How many links it keeps [default: 1]
    #[arg(long, value_name = "COUNT")]
    links: Option<String>,
    /// The version we bind with: 3.3, 3.4 or 5.0 [default: 3.4]
    #[arg(long, value_name = "VERSION")]
    smpp: Option<String>,
    /// Sms that may leave at once beyond --tps [default: one second of it]
    #[arg(long, value_name = "COUNT")]
    burst: Option<String>,
    /// What becomes of an Sms of which nobody knows whether the peer has it: 'resend' sends it
    /// again, 'hold' waits for its receipt, 'fail' ends it [default: resend]
    #[arg(long, value_name = "WAY")]
    unknown: Option<String>,
    /// How a text that is too long for one message leaves: udh (segments under a header with 8
    /// bits), udh16, sar (segments numbered by TLVs), payload (whole) [default: udh]
    #[arg(long, value_name = "WAY")]
    segments: Option<String>,
    /// Say texts of apps in GSM 7-bit by near relations of their characters (quotes, dashes,
    /// accents; docs/texts.md), if all have any: fewer segments, other letters [default: off]
    #[arg(long, value_name = "on|off")]
    transliterate: Option<String>,
    /// Say texts of apps with the national tables of these languages where that is shorter than
    /// UCS-2, since the phones behind it know them: turkish, spanish, portuguese, bengali,
    /// gujarati, hindi, kannada, malayalam, oriya, punjabi, tamil, telugu, urdu [default: none]
    #[arg(long, value_name = "LANGUAGES", value_delimiter = ',')]
    national: Option<Vec<String>>,
    /// Ask for a final receipt even if the sender wants none, so that our records are true
    /// [default: on]
    #[arg(long, value_name = "on|off")]
    always_ask: Option<String>,
    /// What a command_status of the peer means: busy, temporary, permanent, or 'default'
    #[arg(long = "verdict", value_name = "STATUS=VERDICT", value_delimiter = ',')]
    verdicts: Vec<String>,
    /// Speak TLS; NAME is what the peer's certificate must carry [default: its address]
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
        default_missing_value = "")]
    tls: Option<String>,
    /// Do not speak TLS
    #[arg(long, conflicts_with = "tls")]
    no_tls: bool,
    /// Never dial: wait for the peer to dial our entry from the address of --remote and say
    /// outbind
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true,
        default_missing_value = "on")]
    outbind: Option<String>,
    #[command(flatten)]
    words: OutbindFields,
    /// Send Sms of one sender to one number one by one, so that nothing can turn them around;
    /// each waits for the answer to the one before it [default: off]
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true,
        default_missing_value = "on")]
    in_order: Option<String>,
    /// The carrier who pays for what the peer submits to us by deliver_sm [default: nobody]
    #[arg(long, value_name = "NAME")]
    carrier: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Dialect: what the standard leaves open ('default' takes it back)")]
pub(super) struct DialectFields {
    /// What data_coding 0 means: gsm, gsm-packed, ascii, latin1, utf8 [default: gsm]
    #[arg(long, value_name = "ALPHABET")]
    alphabet: Option<String>,
    /// TON/NPI for a calling address that comes as 0/0, such as 5/0 [default: as it comes]
    #[arg(long, value_name = "TON/NPI")]
    source_plane: Option<String>,
    /// TON/NPI for a called address that comes as 0/0, such as 1/1 [default: as it comes]
    #[arg(long, value_name = "TON/NPI")]
    destination_plane: Option<String>,
    /// How message ids are spelled: auto, text, hex, decimal, hex-then-decimal (hex in
    /// submit_sm_resp, decimal in receipts), short (8 characters) [default: auto]
    #[arg(long, value_name = "FORM")]
    message_ids: Option<String>,
    /// How receipts are spelled: both (words and TLVs), words, seconds (dates with seconds),
    /// tlvs [default: both]
    #[arg(long, value_name = "FORM")]
    receipts: Option<String>,
    /// Idle for so long, we ask whether the peer is alive: 500ms, 30s, 2m
    #[arg(long, value_name = "SPAN")]
    enquire: Option<String>,
    /// Without traffic for so long, the session ends
    #[arg(long, value_name = "SPAN")]
    inactivity: Option<String>,
    /// Without an answer for so long, a request of ours has failed
    #[arg(long, value_name = "SPAN")]
    response: Option<String>,
}

impl ContractFields {
    pub(super) fn said(self) -> Result<Said, Trouble> {
        Ok(Said::default()
            .say("burst", self.burst.map(usual_or))
            .say("customer", self.customer.map(usual_or))
            .say("quota_daily", self.quota_daily.map(usual_or))
            .say("credit", self.credit.map(usual_or))
            .say("refund", self.refund.map(usual_or_list))
            .say("bind_kinds", self.bind_kinds.map(usual_or_list))
            .say("sources", self.sources.map(usual_or_list))
            .say("foreign_source", self.foreign_source.map(usual_or))
            .say("ack", self.ack.map(usual_or))
            .say("modes", self.modes.map(switch))
            .say("incomplete", self.incomplete.map(usual_or))
            .say("proof", self.proof.map(usual_or))
            .say("tls_only", self.tls_only.map(switch))
            .say("outbind", self.outbind.map(usual_or))
            .join(self.words.said()?))
    }
}

impl MannerFields {
    pub(super) fn said(self) -> Result<Said, Trouble> {
        let mut verdicts = Map::new();
        for verdict in &self.verdicts {
            let (status, meaning) = verdict.split_once('=').ok_or_else(|| {
                let example = "write STATUS=VERDICT, such as 0x45=temporary";
                Trouble::new(USAGE, format!("--verdict {verdict}: {example}"))
            })?;
            verdicts.insert(status.to_owned(), usual_or(meaning.to_owned()));
        }
        let tls = match self.tls.as_deref() {
            Some("") => Some(Value::from(true)),
            Some(name) => Some(usual_or(name.to_owned())),
            None => self.no_tls.then_some(Value::Null),
        };
        Ok(Said::default()
            .say("links", self.links.map(number))
            .say("smpp", self.smpp.map(usual_or))
            .say("burst", self.burst.map(usual_or))
            .say("unknown", self.unknown.map(usual_or))
            .say("segments", self.segments.map(usual_or))
            .say("transliterate", self.transliterate.map(switch))
            .say("national", self.national.map(usual_or_list))
            .say("always_ask", self.always_ask.map(switch))
            .say("verdicts", (!verdicts.is_empty()).then_some(verdicts))
            .say("tls", tls)
            .say("outbind", self.outbind.map(switch))
            .join(self.words.said()?)
            .say("in_order", self.in_order.map(switch))
            .say("carrier", self.carrier.map(usual_or)))
    }
}

impl DialectFields {
    pub(super) fn said(self) -> Said {
        Said::default()
            .say("alphabet", self.alphabet.map(usual_or))
            .say("source_plane", self.source_plane.map(usual_or))
            .say("destination_plane", self.destination_plane.map(usual_or))
            .say("message_ids", self.message_ids.map(usual_or))
            .say("receipts", self.receipts.map(usual_or))
            .say("enquire", self.enquire.map(usual_or))
            .say("inactivity", self.inactivity.map(usual_or))
            .say("response", self.response.map(usual_or))
    }
}

/// What was said; `default` takes the setting back.
pub(super) fn usual_or(said: String) -> Value {
    if said == USUAL { Value::Null } else { said.into() }
}

pub(super) fn usual_or_list(said: Vec<String>) -> Value {
    if said == [USUAL] { Value::Null } else { said.into() }
}

/// Control says what is wrong with anything but these words.
pub(super) fn switch(said: String) -> Value {
    match said.as_str() {
        "on" => true.into(),
        "off" => false.into(),
        _ => usual_or(said),
    }
}

fn number(said: String) -> Value {
    said.parse::<u64>().map_or_else(|_| usual_or(said), Value::from)
}

const USUAL: &str = "default";

pub(super) const CARRIER_EXAMPLES: &str = "\
Examples:
  signalbox carrier add TATA --system-id tata --password-file tata.pw --allow 198.51.100.0/24 \\
      --tps 200 --burst 500 --quota-daily 1M --tariff tata-in
  signalbox carrier set TATA --source 'TATA%' --source '3912%' --foreign-source INFO:5/0
  signalbox carrier set TATA --message-ids decimal --receipts words --enquire 30s
  signalbox carrier set TATA --receipts default
  signalbox carrier set TATA --charge-on accepted --refund undeliverable,expired
  signalbox carrier set TATA --outbind 198.51.100.7:2776 --outbind-system-id us";

pub(super) const CONNECTION_EXAMPLES: &str = "\
Examples:
  signalbox connection add smsc --remote 203.0.113.7:2775 --system-id us --password-file smsc.pw \\
      --no-hops --links 4 --tps 100 --burst 20
  signalbox connection set smsc --message-ids hex-then-decimal --alphabet latin1
  signalbox connection set smsc --verdict 0x45=temporary --unknown hold
  signalbox connection set smsc --tls=smsc.example --verdict 0x45=default
  signalbox connection add ims --sip 'sip:192.0.2.9:5060;transport=udp' --sip-domain us.example \\
      --sip-user us --password-file ims.pw --tps 100 --window 50 --carrier IMS";
