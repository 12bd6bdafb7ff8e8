//! The options of policies and lists, and what carriers and connections have of routing.
//!
//! As with all settings, the value `default` takes one back, and control checks what a value
//! means.

use clap::Args;
use serde_json::{Map, Value};

use super::agreed::{switch, usual_or, usual_or_list};
use super::{Fields, Said};
use crate::trouble::{FAILED, Trouble};

#[derive(Args, Debug)]
pub(crate) struct PolicyFields {
    /// Where it leads, in the order of trying: CONNECTION, CONNECTION:weight=3:tps=500, 'refuse'
    /// or refuse:no-route
    #[arg(long, value_name = "WAY", value_delimiter = ',')]
    via: Option<Vec<String>>,
    /// The pattern of called numbers, if the policy has another name
    #[arg(long, value_name = "PATTERN", help_heading = "When it counts")]
    pattern: Option<String>,
    #[command(flatten)]
    terms: TermsFields,
}

/// What policies and tables have in common.
#[derive(Args, Debug)]
pub(crate) struct TermsFields {
    /// Lower comes first [default: 10]
    #[arg(long)]
    priority: Option<u32>,
    /// How it chooses among its ways: listed, weight, cost, quality [default: listed]
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Only for these calling addresses: 'Viber%', '39%' [default: all]
    #[arg(long, value_name = "PATTERN", help_heading = "When it counts")]
    source: Option<String>,
    /// Only for this called domain: '%.example' [default: the environment's own]
    #[arg(long, value_name = "PATTERN", help_heading = "When it counts")]
    domain: Option<String>,
    /// From when it counts, such as 2026-12-01T00:00:00Z
    #[arg(long, value_name = "INSTANT", help_heading = "When it counts")]
    valid_from: Option<String>,
    /// Until before when it counts
    #[arg(long, value_name = "INSTANT", help_heading = "When it counts")]
    valid_until: Option<String>,
    /// A time of the week, UTC: 'mon-fri 08:00-18:00' [default: always]
    #[arg(long = "window", value_name = "TIME", help_heading = "When it counts")]
    windows: Option<Vec<String>>,
    /// A list to pass: 'block calling LIST', 'allow called LIST'
    #[arg(long = "screen", value_name = "RULE", help_heading = "When it counts")]
    screens: Option<Vec<String>>,
    /// Sell below cost, too [default: off]
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true,
        default_missing_value = "on")]
    below_cost: Option<String>,
    /// Only count what it would have taken [default: off]
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true,
        default_missing_value = "on")]
    shadow: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ListFields {
    /// A number, a pattern such as '222%', or a sender's name; these and no others
    #[arg(long = "entry", value_name = "ENTRY", value_delimiter = ',')]
    entries: Option<Vec<String>>,
    /// A file with an entry on each line; these and no others
    #[arg(long, value_name = "FILE", conflicts_with = "entries")]
    file: Option<std::path::PathBuf>,
    /// An entry to add to those it has
    #[arg(long = "add-entry", value_name = "ENTRY", value_delimiter = ',')]
    more: Vec<String>,
    /// An entry to drop
    #[arg(long = "drop-entry", value_name = "ENTRY", value_delimiter = ',')]
    fewer: Vec<String>,
}

/// What a carrier has of routing.
#[derive(Args, Debug)]
#[command(next_help_heading = "Routing")]
pub(super) struct EntryFields {
    /// A list that what it sends has to pass: 'block calling LIST'
    #[arg(long = "screen", value_name = "RULE")]
    screens: Option<Vec<String>>,
    /// What becomes of an address it gives: 'called 00% strip=2 plane=1/1'; the first that fits
    #[arg(long = "rewrite", value_name = "RULE")]
    rewrites: Option<Vec<String>>,
}

/// What a connection has of routing.
#[derive(Args, Debug)]
#[command(next_help_heading = "Routing")]
pub(super) struct ExitFields {
    /// The tariff that says what an Sms costs us there
    #[arg(long, value_name = "TARIFF")]
    cost: Option<String>,
    /// The domain of the environment at the other end: an Sms that was there does not go again
    #[arg(long, value_name = "DOMAIN")]
    leads_to: Option<String>,
    /// What becomes of an address on the way out: 'calling % replace=INFO plane=5/0'
    #[arg(long = "rewrite", value_name = "RULE")]
    rewrites: Option<Vec<String>>,
}

impl EntryFields {
    pub(super) fn said(self) -> Said {
        Said::default()
            .say("screens", self.screens.map(usual_or_list))
            .say("rewrites", self.rewrites.map(usual_or_list))
    }
}

impl ExitFields {
    pub(super) fn said(self) -> Said {
        Said::default()
            .say("cost", self.cost.map(usual_or))
            .say("leads_to", self.leads_to.map(usual_or))
            .say("rewrites", self.rewrites.map(usual_or_list))
    }
}

impl Fields for PolicyFields {
    const EXAMPLES: &'static str = POLICY_EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(Said::default()
            .say("via", self.via)
            .say("pattern", self.pattern.map(usual_or))
            .join(self.terms.said())
            .0)
    }
}

impl Fields for TermsFields {
    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        Ok(self.said().0)
    }
}

impl TermsFields {
    fn said(self) -> Said {
        Said::default()
            .say("priority", self.priority)
            .say("order", self.order.map(usual_or))
            .say("source", self.source.map(usual_or))
            .say("domain", self.domain.map(usual_or))
            .say("valid_from", self.valid_from.map(usual_or))
            .say("valid_until", self.valid_until.map(usual_or))
            .say("windows", self.windows.map(usual_or_list))
            .say("screens", self.screens.map(usual_or_list))
            .say("below_cost", self.below_cost.map(switch))
            .say("shadow", self.shadow.map(switch))
    }
}

impl Fields for ListFields {
    const EXAMPLES: &'static str = LIST_EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        let entries = match self.file {
            None => self.entries,
            Some(path) => {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Trouble::new(FAILED, format!("{}: {error}", path.display()))
                })?;
                let lines = text.lines().map(str::trim);
                let entries = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
                Some(entries.map(str::to_owned).collect())
            }
        };
        let some = |entries: Vec<String>| (!entries.is_empty()).then_some(entries);
        Ok(Said::default()
            .say("entries", entries)
            .say("add", some(self.more))
            .say("drop", some(self.fewer))
            .0)
    }
}

const POLICY_EXAMPLES: &str = "\
Examples:
  signalbox policy add '222%' --via env2
  signalbox policy add '39%' --via cheap,dear --order cost
  signalbox policy add '44%' --via a:weight=3,b:weight=1 --order weight
  signalbox policy add night --pattern '49%' --via night --window '22:00-06:00' --priority 5
  signalbox policy add '888%' --via refuse:not-allowed
  signalbox policy add trial --pattern '222%' --via env5 --priority 1 --shadow
  signalbox policy set '222%' --source default --shadow=off";

const LIST_EXAMPLES: &str = "\
Examples:
  signalbox list add spam --entry 'LOAN%,4477009001'
  signalbox list add ported --file ported.txt
  signalbox list set spam --add-entry CASINO --drop-entry 4477009001
  signalbox environment set env1 --screen 'block calling spam'";
