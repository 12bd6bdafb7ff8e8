//! What a run is told on the command line.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use smpp::pdu::registered_delivery;

use crate::failure::Failure;
use crate::mix::Mix;
use crate::secret::Secret;

/// The carrier that submits.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Esme {
    /// Where the dataplane listens for SMPP.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) connect: SocketAddr,
    /// The address to connect from.
    #[arg(long, value_name = "IP")]
    pub(crate) local: Option<IpAddr>,
    /// Who binds.
    #[arg(long)]
    pub(crate) system_id: String,
    /// Bind again when a bind breaks, and submit again what had no answer or was refused for now.
    #[arg(long)]
    pub(crate) persist: bool,
    /// Binds made in a second, at most; as fast as they are taken if not given.
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) bind_rate: Option<u16>,
    #[command(flatten)]
    pub(crate) secret: Secret,
}

/// What all paths have in common: the pace and the bounds.
#[derive(clap::Args, Debug)]
pub(crate) struct Load {
    /// Binds, all transceivers; of apps the UDP sockets that they share.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) binds: u16,
    /// Requests without an answer, per bind.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) window: u32,
    /// SMS a second, by the clock (open loop); as answers come (closed loop) if not given.
    #[arg(long, value_name = "PER_SECOND")]
    pub(crate) rate: Option<f64>,
    /// Stop submitting after so many SMS.
    #[arg(long, default_value_t = COUNT_MAX, hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(1..=COUNT_MAX as i64))]
    pub(crate) count: u32,
    /// Stop submitting after so long.
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    pub(crate) lifetime: u64,
    /// Leave so many seconds at the beginning out of the figures.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) warm_up: u64,
    /// After the last submit, end when nothing has come for so long.
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) patience: u64,
    /// SMS whose arrival (or receipt, if asked for) is to come, at most; 0 sets no bound.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) backlog: u64,
    /// Ask for receipts and account for them.
    #[arg(long)]
    pub(crate) receipts: bool,
    /// Who the SMS come from.
    #[arg(long, default_value = "LOAD")]
    pub(crate) source: String,
    /// Characters of a text; the first 15 are its number.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u8).range(20..=160))]
    pub(crate) text_length: u8,
    /// What is not plain, of a hundred SMS over SMPP: `ucs2=20,long=5,urgent=1`.
    #[arg(long, value_name = "KIND=N,...", default_value = "ucs2=0", hide_default_value = true)]
    pub(crate) mix: Mix,
    #[command(flatten)]
    pub(crate) ramp: Ramp,
    /// Write a page with the figures and plots of latency and pace.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The processes to watch: CPU time and memory.
    #[arg(long = "pid", value_name = "PID", value_delimiter = ',')]
    pub(crate) pids: Vec<u32>,
    /// A host that is not this machine and may be loaded all the same.
    #[arg(long = "allow-host", value_name = "IP")]
    pub(crate) allowed: Vec<IpAddr>,
    /// The result as JSON, nothing else on stdout.
    #[arg(long)]
    pub(crate) json: bool,
    /// No live line on stderr.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// Looking for the knee: the pace rises in steps from `--rate` to the one given here.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Ramp {
    /// Rise from `--rate` to so many SMS a second, in steps.
    #[arg(long = "ramp-to", value_name = "PER_SECOND", requires = "rate")]
    pub(crate) to: Option<f64>,
    /// Steps of the ramp, all of one length.
    #[arg(long, value_name = "COUNT", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(2..=100))]
    pub(crate) steps: u32,
    /// The knee is the last step whose p99 to the response is at most so much.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 50)]
    pub(crate) knee_p99: u32,
}

/// Options of `signalbox-load smpp-sip`.
#[derive(clap::Args, Debug)]
pub(crate) struct SmppSip {
    #[command(flatten)]
    pub(crate) load: Load,
    #[command(flatten)]
    pub(crate) esme: Esme,
    #[command(flatten)]
    pub(crate) phones: Phones,
}

/// Options of `signalbox-load smpp-smpp`.
#[derive(clap::Args, Debug)]
pub(crate) struct SmppSmpp {
    #[command(flatten)]
    pub(crate) load: Load,
    #[command(flatten)]
    pub(crate) esme: Esme,
    #[command(flatten)]
    pub(crate) sink: Sink,
}

/// Options of `signalbox-load sip-smpp`.
#[derive(clap::Args, Debug)]
pub(crate) struct SipSmpp {
    #[command(flatten)]
    pub(crate) load: Load,
    #[command(flatten)]
    pub(crate) senders: Senders,
    #[command(flatten)]
    pub(crate) sink: Sink,
}

/// Options of `signalbox-load sip-sip`: the phones write to each other.
#[derive(clap::Args, Debug)]
pub(crate) struct SipSip {
    #[command(flatten)]
    pub(crate) load: Load,
    #[command(flatten)]
    pub(crate) phones: Phones,
}

/// Phones that are written to.
#[derive(clap::Args, Debug)]
pub(crate) struct Phones {
    #[command(flatten)]
    pub(crate) senders: Senders,
    /// UDP sockets the phones share.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) sockets: u16,
}

/// Options of `signalbox-load centre-smpp`.
#[derive(clap::Args, Debug)]
pub(crate) struct CentreSmpp {
    #[command(flatten)]
    pub(crate) load: Load,
    /// Where the message centre that SMS come from listens; the connection under test binds there.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) centre: SocketAddr,
    #[command(flatten)]
    pub(crate) sink: Sink,
}

/// Apps that may send, by their accounts.
#[derive(clap::Args, Debug)]
pub(crate) struct Senders {
    /// Where the dataplane listens for SIP over UDP.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) sip: SocketAddr,
    /// The domain of the phones.
    #[arg(long)]
    pub(crate) domain: String,
    /// Phones; accounts that many must exist.
    #[arg(long, default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) phones: u32,
    /// The first of the accounts; the others are the numbers behind it.
    #[arg(long, value_name = "NUMBER", default_value = "100000")]
    pub(crate) first_user: String,
    /// The password of every account.
    #[arg(long, default_value = "pw")]
    pub(crate) phone_password: String,
    /// The address of those sockets; their ports are the system's choice.
    #[arg(long, value_name = "IP:0", default_value = "127.0.0.1:0")]
    pub(crate) local_sip: SocketAddr,
}

/// The message centre that is sent to.
#[derive(clap::Args, Debug)]
pub(crate) struct Sink {
    /// Where our message centre listens; the dataplane's connection must lead here.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) listen: SocketAddr,
    /// Wait for so many binds of the dataplane before submitting.
    #[arg(long, default_value_t = 1)]
    pub(crate) sink_binds: u16,
    /// Receipts without an answer, per bind of the dataplane.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sink_window: u32,
    /// How many numbers to submit to.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) numbers: u32,
    /// The first of the numbers; a policy must lead all of them to the connection.
    #[arg(long, value_name = "NUMBER", default_value = "900000")]
    pub(crate) first_number: String,
}

/// Options of `signalbox-load register`.
#[derive(clap::Args, Debug)]
pub(crate) struct Register {
    /// Where the dataplane listens for SIP over UDP.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) sip: SocketAddr,
    /// The domain of the contacts.
    #[arg(long)]
    pub(crate) domain: String,
    /// Contacts.
    #[arg(long, default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) contacts: u32,
    /// Contacts of one account; accounts that many fewer must exist.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) per_account: u8,
    /// The first of the accounts; the others are the numbers behind it.
    #[arg(long, value_name = "NUMBER", default_value = "100000")]
    pub(crate) first_user: String,
    /// The password of every account.
    #[arg(long, default_value = "pw")]
    pub(crate) phone_password: String,
    /// How many of a hundred are registered before the storm begins.
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) known: u8,
    /// Contacts that begin a second, by the clock (open loop); as answers come (closed loop) if
    /// not given.
    #[arg(long, value_name = "PER_SECOND")]
    pub(crate) rate: Option<f64>,
    /// Closed loop: contacts that ask at once.
    #[arg(long, default_value_t = 1000)]
    pub(crate) window: usize,
    /// Every contact registers so often, one round after the other, each with a challenge.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: u32,
    /// 99 of 100 contacts are to be registered within so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    pub(crate) within: u64,
    /// UDP sockets the contacts share.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) sockets: u16,
    /// The address of the first of those sockets; on loopback each has the next address.
    #[arg(long, value_name = "IP", default_value = "127.1.0.1")]
    pub(crate) local_sip: IpAddr,
    /// The processes to watch: CPU time and memory.
    #[arg(long = "pid", value_name = "PID", value_delimiter = ',')]
    pub(crate) pids: Vec<u32>,
    /// A host that is not this machine and may be loaded all the same.
    #[arg(long = "allow-host", value_name = "IP")]
    pub(crate) allowed: Vec<IpAddr>,
    /// The result as JSON, nothing else on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The numbers SMS go to, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Numbers {
    /// The first.
    pub(crate) first: u64,
    /// How many.
    pub(crate) count: u64,
    /// How many digits each has.
    pub(crate) digits: usize,
}

impl Numbers {
    /// `count` numbers from `first` on, all of one length.
    pub(crate) fn new(first: &str, count: u32) -> Result<Self, Failure> {
        let usage = |text: String| Err(Failure::Usage(text));
        let (digits, Ok(number)) = (first.len(), first.parse::<u64>()) else {
            return usage(format!("'{first}' is no number"));
        };
        let last = number + u64::from(count) - 1;
        if first.starts_with('+') || last.to_string().len() > digits || digits > DIGITS_MAX {
            return usage(format!("{count} numbers from {first} on do not have {digits} digits"));
        }
        Ok(Self { first: number, count: count.into(), digits })
    }

    /// One of them, in its digits.
    pub(crate) fn text(&self, at: u64) -> String {
        format!("{:01$}", self.first + at, self.digits)
    }

    /// The number SMS `id` goes to.
    pub(crate) const fn of(&self, id: u32) -> u64 {
        self.first + id as u64 % self.count
    }
}

impl Load {
    /// Refuses hosts that are neither this machine nor allowed.
    pub(crate) fn check_hosts(&self, hosts: &[SocketAddr]) -> Result<(), Failure> {
        let fine = |host: &SocketAddr| host.ip().is_loopback() || self.allowed.contains(&host.ip());
        match hosts.iter().find(|host| !fine(host)) {
            Some(host) => Err(Failure::Host { host: *host }),
            None => Ok(()),
        }
    }

    /// What a submit_sm asks for (SMPP 3.4 §5.2.17).
    pub(crate) fn registered_delivery(&self) -> u8 {
        if self.receipts { registered_delivery::ALWAYS } else { registered_delivery::NONE }
    }
}

#[cfg(test)]
impl Load {
    /// The options as a test spells them.
    pub(crate) fn of(options: &str) -> Self {
        use clap::Parser;

        #[derive(Parser)]
        struct Options {
            #[command(flatten)]
            load: Load,
        }
        let words = ["load"].into_iter().chain(options.split_whitespace());
        Options::try_parse_from(words).expect("a test knows the options").load
    }
}

impl Register {
    /// Refuses hosts that are neither this machine nor allowed.
    pub(crate) fn check_hosts(&self) -> Result<(), Failure> {
        let host = self.sip;
        if host.ip().is_loopback() || self.allowed.contains(&host.ip()) {
            return Ok(());
        }
        Err(Failure::Host { host })
    }
}

impl Senders {
    /// The accounts of the phones.
    pub(crate) fn numbers(&self) -> Result<Numbers, Failure> {
        Numbers::new(&self.first_user, self.phones)
    }
}

impl Sink {
    /// The numbers the policy leads to our message centre.
    pub(crate) fn numbers(&self) -> Result<Numbers, Failure> {
        Numbers::new(&self.first_number, self.numbers)
    }
}

/// 24 octets of ledger each: a run of this size needs 2.4 GB.
pub(crate) const COUNT_MAX: u32 = 100_000_000;

/// The ledger keeps microseconds in 32 bits.
const SECONDS_MAX: u64 = 3_600;

/// Octets of a destination_addr without its NUL (SMPP 3.4 §5.2.9); more do not fit a u64.
const DIGITS_MAX: usize = 18;

#[cfg(test)]
mod tests;
