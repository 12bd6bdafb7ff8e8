//! Customers, products and ranges of numbers.

use clap::Args;
use serde_json::{Map, Value};

use super::{Fields, OnOff, Said};
use crate::trouble::Trouble;

#[derive(Args, Debug)]
pub(crate) struct CustomerFields {
    /// Whom to write to
    #[arg(long)]
    contact: Option<String>,
    /// The product of its accounts, unless they have one of their own; 'none' takes it back
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// How many accounts it may have, 0 for no limit
    #[arg(long, value_name = "COUNT")]
    accounts_max: Option<u32>,
    /// How many numbers all its accounts may have, 0 for no limit
    #[arg(long, value_name = "COUNT")]
    numbers_max: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct ProductFields {
    /// Does it include messaging? [default: on]
    #[arg(long)]
    messaging: Option<OnOff>,
    /// How many numbers an account may have, 0 for no limit
    #[arg(long, value_name = "COUNT")]
    numbers_max: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct RangeFields {
    /// For how many days a number that was given back rests [default: 30]
    #[arg(long, value_name = "DAYS")]
    rest_days: Option<u16>,
}

impl Fields for CustomerFields {
    const EXAMPLES: &'static str = EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        let product = self.product.map(|name| if name == NONE { Value::Null } else { name.into() });
        Ok(Said::default()
            .say("contact", self.contact)
            .say("product", product)
            .say("accounts_max", self.accounts_max)
            .say("numbers_max", self.numbers_max)
            .0)
    }
}

impl Fields for ProductFields {
    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(Said::default()
            .say("messaging", self.messaging.map(|wish| matches!(wish, OnOff::On)))
            .say("numbers_max", self.numbers_max)
            .0)
    }
}

impl Fields for RangeFields {
    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(Said::default().say("rest_days", self.rest_days).0)
    }
}

/// A name, or none.
pub(super) fn none(said: String) -> String {
    if said == NONE { String::new() } else { said }
}

const NONE: &str = "none";

const EXAMPLES: &str = "\
Examples:
  signalbox product add voice-only --messaging off
  signalbox customer add acme --contact noc@acme.example --product voice-only --accounts-max 500
  signalbox carrier set TATA --customer acme
  signalbox settle --customer acme --month 2026-11";
