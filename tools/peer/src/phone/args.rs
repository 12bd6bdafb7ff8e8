//! What phones are told on the command line.

use std::net::SocketAddr;

use crate::report;
use crate::script::{Script, ScriptError};
use crate::secret::Secret;

/// Options of `signalbox-peer phone`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Who we are: a user, or a range such as 100000..100999; may be repeated.
    #[arg(long = "user", value_name = "USER", required = true, value_parser = users)]
    pub(super) users: Vec<Users>,
    #[command(flatten)]
    pub(super) secret: Secret,
    /// The domain of the users.
    #[arg(long)]
    pub(super) domain: String,
    /// Where the registrar listens; everything we say goes there.
    #[arg(long, value_name = "IP:PORT")]
    pub(super) registrar: SocketAddr,
    /// Our address; the apps will be called there.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    pub(super) local: SocketAddr,
    /// For how long to register.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(super) expires: u32,
    /// Do not register; take and send all the same.
    #[arg(long)]
    pub(super) no_register: bool,
    /// Take the contacts back when leaving.
    #[arg(long)]
    pub(super) unregister: bool,
    /// How MESSAGEs are answered: a status or 'silent', as in 'silent*2,200' or '200*9,404*1'.
    #[arg(long, value_name = "LIST", default_value = "200", value_parser = answers)]
    pub(super) answer: Script<Answer>,
    /// How long an answer takes.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(super) answer_delay: u64,
    /// Whom to send MESSAGEs, as in sip:2222@env1.example; may be repeated.
    #[arg(long = "send", value_name = "URI")]
    pub(super) send: Vec<String>,
    /// How many to each.
    #[arg(long, default_value_t = 1)]
    pub(super) count: u32,
    /// The text; {n} becomes a number no other MESSAGE of this run has.
    #[arg(long, default_value = "hello {n}")]
    pub(super) text: String,
    /// Stop once so many different MESSAGEs were received.
    #[arg(long, value_name = "COUNT")]
    pub(super) until_count: Option<u64>,
    /// Stop after so long.
    #[arg(long = "for", visible_alias = "timeout", value_name = "SECONDS")]
    pub(super) lifetime: Option<f64>,
    #[command(flatten)]
    pub(super) report: report::Options,
}

/// One user or many.
#[derive(Clone, Debug)]
pub(crate) struct Users(pub(super) Vec<String>);

/// How a MESSAGE is answered: a status, or not at all.
pub(crate) type Answer = Option<u16>;

fn users(text: &str) -> Result<Users, String> {
    let Some((first, last)) = text.split_once("..") else {
        return Ok(Users(vec![text.to_owned()]));
    };
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("'{text}' is no number"));
    let (from, to) = (number(first)?, number(last)?);
    if from > to || to - from >= USERS_MAX {
        return Err(format!("a range has 1 to {USERS_MAX} users, the last one included"));
    }
    let width = first.len();
    Ok(Users((from..=to).map(|user| format!("{user:0width$}")).collect()))
}

fn answers(text: &str) -> Result<Script<Answer>, ScriptError> {
    Script::parse(text, |answer| match answer {
        "silent" => Some(None),
        status => status.parse().ok().filter(|status| (200..700).contains(status)).map(Some),
    })
}

const USERS_MAX: u64 = 1_000_000;
