//! What carriers owe, what they paid, and how they stand.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::fields::CarrierFields;
use crate::nouns::Verbs;
use crate::trouble::{FAILED, Trouble, USAGE};
use crate::writing::{self, Column, Output};
use crate::{columns, past, statement};

/// What can be done with a carrier.
#[expect(clippy::large_enum_variant, reason = "there is one, and it is run at once")]
#[derive(Debug, Subcommand)]
pub(crate) enum CarrierVerbs {
    #[command(flatten)]
    Noun(Verbs<CarrierFields>),
    /// Book what it paid: it may spend it at once
    #[command(after_help = BOOKING_EXAMPLES)]
    Pay(Booking),
    /// Set its account right, in either direction
    #[command(after_help = BOOKING_EXAMPLES)]
    Adjust(Booking),
    /// Book what it need not pay after all
    #[command(after_help = BOOKING_EXAMPLES)]
    CreditNote(Booking),
}

/// What carriers owe, and how they stand.
#[derive(Debug, Subcommand)]
pub(crate) enum MoneyVerbs {
    /// What a carrier owes for a period
    #[command(after_help = SETTLE_EXAMPLES)]
    Settle {
        /// Whom to settle with
        #[arg(long, required_unless_present = "customer")]
        carrier: Option<String>,
        /// With a customer: a settlement with each of its carriers, and the sum
        #[arg(long, conflicts_with_all = ["carrier", "write", "zone"], value_name = "NAME")]
        customer: Option<String>,
        #[command(flatten)]
        time: Time,
        /// Into a file; its ending says how: .json, .csv, .html to be printed, or .xlsx
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Close a period that is over: what it came to stands, and what is learned later is corrected
    /// in the one that is open
    #[command(after_help = SETTLE_EXAMPLES)]
    Close {
        /// Whose
        carrier: String,
        #[command(flatten)]
        time: Time,
    },
    /// Periods that are closed, and whether the ledger says more by now
    Closed {
        /// Whose; those of all, if nothing is said
        carrier: Option<String>,
    },
    /// What was booked to accounts: when, by whom and why
    #[command(after_help = BOOKING_EXAMPLES)]
    Bookings {
        /// Whose; those of all, if nothing is said
        carrier: Option<String>,
    },
    /// How accounts stand: paid less charged, what is held, and what is left to spend
    #[command(after_help = BOOKING_EXAMPLES)]
    Balance {
        /// Whose; of all that paid or have a credit, if nothing is said
        carrier: Option<String>,
    },
}

/// How much, and why.
#[derive(Args, Debug)]
pub(crate) struct Booking {
    /// The carrier
    name: String,
    /// How much, in the currency of its tariff; an adjustment may take
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// Why; it stands in the account for ever
    #[arg(short, long)]
    message: String,
}

/// For what time.
#[derive(Args, Debug)]
pub(crate) struct Time {
    /// A month, such as 2026-11
    #[arg(long, conflicts_with_all = ["from", "to"], required_unless_present = "from")]
    month: Option<String>,
    /// The first day or instant
    #[arg(long, requires = "to", value_name = "DATE")]
    from: Option<String>,
    /// The first day or instant that no longer counts
    #[arg(long, requires = "from", value_name = "DATE")]
    to: Option<String>,
    /// The zone of days and months, such as Europe/Berlin [default: that of the tariff]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl MoneyVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        let (address, carrier, columns) = match self {
            Self::Settle { carrier: Some(carrier), time, write, .. } => {
                return settle(session, &carrier, &time, write);
            }
            Self::Settle { customer, time: Time { month, from, to, .. }, .. } => {
                let customer = customer.unwrap_or_default();
                return statement::statement(session, &customer, &[month, from, to]);
            }
            Self::Close { carrier, time } => return close(session, &carrier, &time),
            Self::Closed { carrier } => ("/v1/closed", carrier, CLOSED),
            Self::Bookings { carrier } => ("/v1/bookings", carrier, BOOKINGS),
            Self::Balance { carrier } => ("/v1/balance", carrier, BALANCE),
        };
        let parameters = [("carrier", carrier.as_deref()), ("env", session.env.as_deref())];
        let answer = session.client.get(address, &parameters)?;
        session.rows(&answer, columns)
    }
}

impl CarrierVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Noun(verbs) => verbs.run(session, "carrier", columns::CARRIERS),
            Self::Pay(booking) => booking.book(session, "payment"),
            Self::Adjust(booking) => booking.book(session, "adjustment"),
            Self::CreditNote(booking) => booking.book(session, "credit-note"),
        }
    }
}

impl Booking {
    fn book(self, session: &Session, kind: &str) -> Result<ExitCode, Trouble> {
        let Self { name, amount, message } = self;
        let answer = session.client.post(
            "/v1/booking",
            &json!({ "carrier": name, "env": session.env, "kind": kind, "amount": amount,
                "reason": message }),
        )?;
        if session.output == Output::Json {
            answer.print();
            return Ok(ExitCode::SUCCESS);
        }
        let booked: Value = answer.read()?;
        let field = |name: &str| writing::text(&booked[name]);
        let (amount, currency, carrier) = (field("amount"), field("currency"), field("carrier"));
        anstream::eprintln!("{kind} {}: {amount} {currency} for {carrier}", field("id"));
        Ok(ExitCode::SUCCESS)
    }
}

impl Time {
    fn asked<'a>(
        &'a self,
        session: &'a Session,
        carrier: &'a str,
    ) -> [(&'static str, Option<&'a str>); 6] {
        [
            ("carrier", Some(carrier)),
            ("env", session.env.as_deref()),
            ("month", self.month.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("zone", self.zone.as_deref()),
        ]
    }
}

/// `signalbox settle`
fn settle(
    session: &Session,
    carrier: &str,
    time: &Time,
    file: Option<PathBuf>,
) -> Result<ExitCode, Trouble> {
    let parameters = time.asked(session, carrier);
    let Some(file) = file else {
        let answer = session.client.get("/v1/settle", &parameters)?;
        past::show_settlement(session, &answer)?;
        return Ok(ExitCode::SUCCESS);
    };
    let ending = file.extension().and_then(|ending| ending.to_str());
    let address = match ending {
        Some("json") => "/v1/settle",
        Some("csv") => "/v1/settle.csv",
        Some("html") => "/v1/settle.html",
        Some("xlsx") => "/v1/settle.xlsx",
        _ => {
            let error = format!("{}: end it with .json, .csv, .html or .xlsx", file.display());
            return Err(Trouble::new(USAGE, error));
        }
    };
    let answer = session.client.get(address, &parameters)?;
    keep(&file, &answer.text)?;
    anstream::eprintln!("{} written", file.display());
    Ok(ExitCode::SUCCESS)
}

fn keep(file: &Path, octets: &[u8]) -> Result<(), Trouble> {
    std::fs::write(file, octets)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", file.display())))
}

/// `signalbox close`
fn close(session: &Session, carrier: &str, time: &Time) -> Result<ExitCode, Trouble> {
    let asked = time.asked(session, carrier);
    let said = asked.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    let body: serde_json::Map<String, Value> = said.collect();
    let answer = session.client.post("/v1/close", &body.into())?;
    past::show_settlement(session, &answer)?;
    Ok(ExitCode::SUCCESS)
}

/// Of a balance.
const BALANCE: &[Column] = &[
    writing::column("Env", "env"),
    writing::column("Carrier", "carrier"),
    writing::column("Balance", "balance"),
    writing::column("Held", "held"),
    writing::column("Left", "left"),
    writing::column("Currency", "currency"),
];

/// Of a booking.
const BOOKINGS: &[Column] = &[
    writing::column("No", "id"),
    writing::column("When", "at"),
    writing::column("Carrier", "carrier"),
    writing::column("Kind", "kind"),
    writing::column("Amount", "amount"),
    writing::column("Currency", "currency"),
    writing::column("By", "author"),
    writing::column("Why", "reason"),
];

/// Of a closed period.
const CLOSED: &[Column] = &[
    writing::column("Carrier", "carrier"),
    writing::column("From", "from"),
    writing::column("To", "to"),
    writing::column("Due", "due"),
    writing::column("Closed", "at"),
    writing::column("By", "by"),
    writing::column("To correct", "open_micros"),
];

const SETTLE_EXAMPLES: &str = "\
Examples:
  signalbox settle --carrier TATA --month 2026-11
  signalbox settle --carrier TATA --from 2026-11-01 --to 2026-11-15 --json
  signalbox settle --carrier TATA --month 2026-11 --zone Europe/Berlin --write november.xlsx
  signalbox settle --customer Tata-Group --month 2026-11
  signalbox close TATA --month 2026-11";

const BOOKING_EXAMPLES: &str = "\
Examples:
  signalbox carrier pay TATA 100.00 -m 'wire 4711'
  signalbox carrier adjust TATA -2.50 -m 'wire 4711 was 97.50'
  signalbox carrier credit-note TATA 5.00 -m 'outage of 3 November'
  signalbox bookings TATA
  signalbox balance TATA";
