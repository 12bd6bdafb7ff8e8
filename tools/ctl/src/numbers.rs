//! The inventory: ranges of numbers, and what stands with each number.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::columns;
use crate::fields::{Fields, RangeFields};
use crate::nouns::{change, list};
use crate::trouble::{INVALID, NOT_FOUND, Trouble};
use crate::writing;

/// What can be done with numbers.
#[derive(Debug, Subcommand)]
pub(crate) enum NumberVerbs {
    /// Put a range into the inventory
    #[command(after_help = EXAMPLES)]
    Add {
        /// Its first and its last number: 391000000-391009999
        range: String,
        #[command(flatten)]
        fields: RangeFields,
    },
    /// Change how long the numbers of a range rest
    Set {
        /// The range
        range: String,
        #[command(flatten)]
        fields: RangeFields,
    },
    /// Take a range out; accounts keep the numbers they have
    Rm {
        /// The range
        range: String,
    },
    /// Show the ranges
    Ranges,
    /// Show numbers, with your draft on top
    List {
        /// In this state
        #[arg(long, value_parser = ["free", "assigned", "resting"])]
        state: Option<String>,
        /// Of this range
        #[arg(long)]
        range: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100,
            value_parser = clap::value_parser!(u16).range(1..=10_000))]
        limit: u16,
    },
    /// Give a number to an account
    Assign {
        /// The number [default: the first that is free]
        number: Option<String>,
        /// To whom
        #[arg(long)]
        account: String,
        /// The range, if no number is said
        #[arg(long, conflicts_with = "number")]
        range: Option<String>,
    },
    /// Take a number back; it rests before another account may have it
    Release {
        /// The number
        number: String,
    },
}

impl NumberVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Add { range, fields } => {
                change(session, &wish(session, "add", [RANGE, &range], fields.to_json()?.into()))
            }
            Self::Set { range, fields } => {
                change(session, &wish(session, "set", [RANGE, &range], fields.to_json()?.into()))
            }
            Self::Rm { range } => {
                change(session, &wish(session, "rm", [RANGE, &range], Value::Null))
            }
            Self::Ranges => list(session, RANGE, columns::RANGES),
            Self::List { state, range, limit } => {
                let limit = limit.to_string();
                let parameters = [
                    ("env", session.env.as_deref()),
                    ("state", state.as_deref()),
                    ("range", range.as_deref()),
                    ("limit", Some(limit.as_str())),
                ];
                let answer = session.client.get("/v1/numbers", &parameters)?;
                session.rows(&answer, columns::NUMBERS)
            }
            Self::Assign { number, account, range } => {
                let number = match number {
                    Some(number) => number,
                    None => free(session, range.as_deref())?,
                };
                let fields = json!({ "add_numbers": [number] });
                change(session, &wish(session, "set", ["account", &account], fields))
            }
            Self::Release { number } => {
                let account = holder(session, &number)?;
                let fields = json!({ "drop_numbers": [number] });
                change(session, &wish(session, "set", ["account", &account], fields))
            }
        }
    }
}

fn wish(session: &Session, verb: &str, [kind, name]: [&str; 2], fields: Value) -> Value {
    json!({ "verb": verb, "kind": kind, "env": session.env(), "name": name, "fields": fields })
}

/// The first number that is free.
fn free(session: &Session, range: Option<&str>) -> Result<String, Trouble> {
    let parameters = [
        ("env", session.env.as_deref()),
        ("state", Some("free")),
        ("range", range),
        ("limit", Some("1")),
    ];
    let rows: Vec<Value> = session.client.get("/v1/numbers", &parameters)?.read()?;
    let first = rows.first().map(|row| writing::text(&row["number"]));
    first.ok_or_else(|| {
        Trouble::new(INVALID, "no number of the inventory is free")
            .cure("signalbox number add FIRST-LAST, or wait: signalbox number list --state resting")
    })
}

/// The account that has a number of the inventory.
fn holder(session: &Session, number: &str) -> Result<String, Trouble> {
    let parameters = [("env", session.env.as_deref()), ("number", Some(number))];
    let rows: Vec<Value> = session.client.get("/v1/numbers", &parameters)?.read()?;
    match rows.first() {
        Some(row) if row["state"] == "assigned" => Ok(writing::text(&row["account"])),
        Some(row) => {
            let error = format!("number {number} is {}", writing::text(&row["state"]));
            Err(Trouble::new(INVALID, error))
        }
        None => {
            let error = format!("number {number} is not of the inventory");
            Err(Trouble::new(NOT_FOUND, error).cure("see: signalbox number ranges"))
        }
    }
}

const RANGE: &str = "range";

const EXAMPLES: &str = "\
Examples:
  signalbox number add 391000000-391009999 --rest-days 60
  signalbox number assign --account anna
  signalbox number release 391000007
  signalbox number list --state resting

Where an environment has a range, accounts have no other numbers that begin as all of its
numbers do.";
