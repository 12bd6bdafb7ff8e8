//! Tariffs: the noun, and rate sheets that come as files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::arguments::Session;
use crate::columns;
use crate::fields::TariffFields;
use crate::nouns::{Verbs, tell};
use crate::tables::upload;
use crate::trouble::Trouble;
use crate::writing::{self, Output};

/// What can be done with a tariff.
#[expect(clippy::large_enum_variant, reason = "there is one, and it is run at once")]
#[derive(Debug, Subcommand)]
pub(crate) enum TariffVerbs {
    #[command(flatten)]
    Noun(Verbs<TariffFields>),
    /// Read a rate sheet into your draft, and say what rises and what falls
    #[command(after_help = EXAMPLES)]
    Rates(Box<RatesFile>),
}

/// A sheet.
#[derive(Args, Debug)]
pub(crate) struct RatesFile {
    /// The tariff, a new one too
    name: String,
    /// The file: CSV, XLSX, XLS or ODS
    file: PathBuf,
    /// How its columns are called; the usual ones are 'prefix' and 'price'
    #[arg(long, value_name = "WHAT=COLUMN,...", default_value = "")]
    map: String,
    /// It is in force from then on; without this its prices are those of now
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// The currency of a new tariff
    #[arg(long)]
    currency: Option<String>,
    /// Drop the prices that it does not have
    #[arg(long)]
    replace: bool,
    /// Only say what would be changed
    #[arg(long)]
    dry_run: bool,
}

/// What control says of a sheet.
#[derive(Deserialize)]
struct Imported {
    rows: u64,
    rise: u64,
    fall: u64,
    new: u64,
    gone: u64,
    same: u64,
    largest: Vec<Moved>,
}

#[derive(Deserialize)]
struct Moved {
    price: String,
    old: Option<String>,
    new: Option<String>,
}

impl TariffVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Noun(verbs) => verbs.run(session, "tariff", columns::TARIFFS),
            Self::Rates(file) => file.run(session),
        }
    }
}

impl RatesFile {
    fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        let Self { name, file, map, from, currency, replace, dry_run } = self;
        let said = |is_so: bool| is_so.then_some("true");
        let shown = file.display().to_string();
        let parameters = [
            ("env", session.env.as_deref()),
            ("name", Some(name.as_str())),
            ("file", Some(shown.as_str())),
            ("map", Some(map.as_str())),
            ("from", from.as_deref()),
            ("currency", currency.as_deref()),
            ("replace", said(replace)),
            ("dry_run", said(dry_run)),
        ];
        let answer = upload(session, "/v1/tariff", &file, &parameters)?;
        let Imported { rows, rise, fall, new, gone, same, largest } = answer.read()?;
        if session.output != Output::Json {
            let rows = writing::counted(rows, "row", "rows");
            anstream::eprintln!(
                "{rows}: {rise} rise, {fall} fall, {new} new, {gone} gone, {same} stay"
            );
            for Moved { price, old, new } in largest.iter().take(SHOWN) {
                let word = |price: &Option<String>| price.as_deref().unwrap_or("(none)").to_owned();
                anstream::eprintln!("  {price}  {} -> {}", word(old), word(new));
            }
            if largest.len() > SHOWN {
                anstream::eprintln!("  and more; --json has them");
            }
        }
        tell(session, &answer, dry_run)
    }
}

const SHOWN: usize = 20;

const EXAMPLES: &str = "\
Examples:
  signalbox tariff rates tata-in rates.csv --map 'prefix=Code,price=Rate' --dry-run
  signalbox tariff rates tata-in december.xlsx --map 'prefix=Dial code,price=USD' \\
      --from 2026-12-01 --replace
  signalbox tariff rates tata-in rates.csv --map 'sender=Origin,hours=When'";
