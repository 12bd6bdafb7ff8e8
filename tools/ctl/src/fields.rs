//! The options that fill in each noun.

mod agreed;
mod routes;
mod sold;
mod tariffs;
mod trunk;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use crate::trouble::{FAILED, Trouble};
use agreed::{ContractFields, DialectFields, MannerFields};
use routes::{EntryFields, ExitFields};
pub(crate) use routes::{ListFields, PolicyFields, TermsFields};
pub(crate) use sold::{CustomerFields, ProductFields, RangeFields};
pub(crate) use tariffs::TariffFields;
use trunk::TrunkFields;

/// The options of one noun: they become the fields of a request.
pub(crate) trait Fields: Args {
    /// What stands below the help of `add` and `set`.
    const EXAMPLES: &'static str = "";

    /// Only what was said; the rest stays as it is.
    fn to_json(self) -> Result<Map<String, Value>, Trouble>;
}

/// What a switch can be.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OnOff {
    On,
    Off,
}

#[derive(Args, Debug)]
pub(crate) struct EnvironmentFields {
    /// The SIP domain, and the realm of its accounts' passwords
    #[arg(long)]
    domain: Option<String>,
    /// An entry address for SMPP
    #[arg(long, value_name = "IP:PORT", value_delimiter = ',')]
    smpp: Option<Vec<String>>,
    /// An entry address for SIP
    #[arg(long, value_name = "IP:PORT", value_delimiter = ',')]
    sip: Option<Vec<String>>,
    /// What SIP challenges offer, the favourite first [default: sha256,md5]; 'md5' alone for
    /// apps that give up when they read anything else
    #[arg(long, value_name = "ALGORITHMS", value_delimiter = ',')]
    digest: Option<Vec<String>>,
    /// A list that everybody has to pass: 'block calling LIST', 'allow called LIST'
    #[arg(long = "screen", value_name = "RULE")]
    screens: Option<Vec<String>>,
    /// Refuse registrations of apps for less [0: 60]
    #[arg(long, value_name = "SECONDS")]
    expires_min: Option<u32>,
    /// Shorten longer ones [0: 3600]
    #[arg(long, value_name = "SECONDS")]
    expires_max: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct AccountFields {
    /// A number of the account; the first is its calling number [default: the user, if digits]
    #[arg(long = "number", value_name = "DIGITS", value_delimiter = ',')]
    numbers: Option<Vec<String>>,
    #[command(flatten)]
    password: PasswordFields,
    /// Does its product include messaging?
    #[arg(long)]
    messaging: Option<OnOff>,
    /// Which of its devices a text is for: the first that takes it, or each that is known, also
    /// when it comes back later [default: any]
    #[arg(long, value_parser = ["any", "all"])]
    devices: Option<String>,
    /// Whose it is; 'none' takes it back
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// What it was sold; 'none' is what its customer was sold
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CarrierFields {
    /// What it binds with
    #[arg(long)]
    system_id: Option<String>,
    #[command(flatten)]
    password: PasswordFields,
    /// From where it may bind [default: anywhere]
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    allow: Option<Vec<String>>,
    /// Sms per second, 0 for no limit
    #[arg(long)]
    tps: Option<u32>,
    /// How many requests may wait for our answer on one bind
    #[arg(long)]
    window: Option<u16>,
    /// How many binds it may hold
    #[arg(long)]
    binds: Option<u16>,
    /// The tariff that prices what it sends
    #[arg(long)]
    tariff: Option<String>,
    /// It pays nothing
    #[arg(long, conflicts_with = "tariff")]
    no_tariff: bool,
    /// When it is charged
    #[arg(long, value_parser = ["accepted", "submitted", "delivered"])]
    charge_on: Option<String>,
    #[command(flatten)]
    contract: ContractFields,
    #[command(flatten)]
    entry: EntryFields,
    #[command(flatten)]
    dialect: DialectFields,
}

#[derive(Args, Debug)]
pub(crate) struct ConnectionFields {
    /// Where we dial by SMPP
    #[arg(long, value_name = "IP:PORT")]
    remote: Option<String>,
    /// Where we dial from
    #[arg(long, value_name = "IP")]
    local: Option<String>,
    /// How we bind
    #[arg(long, value_parser = ["transceiver", "transmitter", "receiver"])]
    bind: Option<String>,
    /// What we bind with
    #[arg(long)]
    system_id: Option<String>,
    /// The system_type we bind with
    #[arg(long)]
    system_type: Option<String>,
    #[command(flatten)]
    password: PasswordFields,
    /// How many of our requests may wait for an answer
    #[arg(long)]
    window: Option<u16>,
    /// Sms per second over all its links, 0 for no limit
    #[arg(long)]
    tps: Option<u32>,
    /// Do not count hops: the other side is no environment of ours
    #[arg(long, overrides_with = "hops")]
    no_hops: bool,
    /// Count hops
    #[arg(long)]
    hops: bool,
    /// Stay away from it
    #[arg(long, overrides_with = "enabled")]
    disabled: bool,
    /// Use it
    #[arg(long)]
    enabled: bool,
    #[command(flatten)]
    trunk: Box<TrunkFields>,
    #[command(flatten)]
    manner: MannerFields,
    #[command(flatten)]
    exit: ExitFields,
    #[command(flatten)]
    dialect: DialectFields,
}

#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct PasswordFields {
    /// The file whose first line is the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Read the password from stdin
    #[arg(long)]
    password_stdin: bool,
    /// The password itself; others on this machine can see it
    #[arg(long)]
    password: Option<String>,
}

impl PasswordFields {
    fn read(self) -> Result<Option<String>, Trouble> {
        let text = match self {
            Self { password: Some(password), .. } => {
                anstream::eprintln!(
                    "warning: others on this machine can see a --password; better: --password-file"
                );
                return Ok(Some(password));
            }
            Self { password_file: Some(path), .. } => return read_secret(&path).map(Some),
            Self { password_stdin: true, .. } => {
                let mut text = String::new();
                std::io::stdin().take(PASSWORD_MAX).read_to_string(&mut text)?;
                text
            }
            Self { password_stdin: false, .. } => return Ok(None),
        };
        Ok(Some(one_line(&text)))
    }
}

/// What a file holds but for the end of its line.
fn read_secret(path: &Path) -> Result<String, Trouble> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
    Ok(one_line(&text))
}

fn one_line(text: &str) -> String {
    let line = text.strip_suffix('\n').unwrap_or(text);
    line.strip_suffix('\r').unwrap_or(line).to_owned()
}

/// Collects what was said.
#[derive(Default)]
struct Said(Map<String, Value>);

impl Said {
    fn say(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Fields for EnvironmentFields {
    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(Said::default()
            .say("domain", self.domain)
            .say("smpp", self.smpp)
            .say("sip", self.sip)
            .say("digest", self.digest)
            .say("screens", self.screens.map(no_default))
            .say("expires_min", self.expires_min)
            .say("expires_max", self.expires_max)
            .0)
    }
}

/// A list that `default` empties.
fn no_default(rules: Vec<String>) -> Vec<String> {
    if rules == ["default"] { Vec::new() } else { rules }
}

impl Fields for AccountFields {
    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(Said::default()
            .say("numbers", self.numbers)
            .say("password", self.password.read()?)
            .say("messaging", self.messaging.map(|wish| matches!(wish, OnOff::On)))
            .say("devices", self.devices)
            .say("customer", self.customer.map(sold::none))
            .say("product", self.product.map(sold::none))
            .0)
    }
}

impl Fields for CarrierFields {
    const EXAMPLES: &'static str = agreed::CARRIER_EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        let tariff = if self.no_tariff { Some(String::new()) } else { self.tariff };
        Ok(Said::default()
            .say("system_id", self.system_id)
            .say("password", self.password.read()?)
            .say("allow", self.allow)
            .say("tps", self.tps)
            .say("window", self.window)
            .say("binds", self.binds)
            .say("tariff", tariff)
            .say("charge_on", self.charge_on)
            .join(self.contract.said()?)
            .join(self.entry.said())
            .join(self.dialect.said())
            .0)
    }
}

impl Fields for ConnectionFields {
    const EXAMPLES: &'static str = agreed::CONNECTION_EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        let switch = |on: bool, off: bool| (on || off).then_some(on);
        Ok(Said::default()
            .say("remote", self.remote)
            .say("local", self.local)
            .say("bind", self.bind)
            .say("system_id", self.system_id)
            .say("system_type", self.system_type)
            .say("password", self.password.read()?)
            .say("window", self.window)
            .say("tps", self.tps)
            .say("count_hops", switch(self.hops, self.no_hops))
            .say("enabled", switch(self.enabled, self.disabled))
            .join(self.trunk.said())
            .join(self.manner.said()?)
            .join(self.exit.said())
            .join(self.dialect.said())
            .0)
    }
}

/// More than any password has.
const PASSWORD_MAX: u64 = 4096;
