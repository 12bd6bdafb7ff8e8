//! What a customer owes: a settlement with each of its carriers, and the sum.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::arguments::Session;
use crate::money;
use crate::past;
use crate::trouble::{NOT_FOUND, Trouble};
use crate::writing::{self, Output};

/// `signalbox settle --customer NAME`
pub(crate) fn statement(
    session: &Session,
    customer: &str,
    period: &[Option<String>; 3],
) -> Result<ExitCode, Trouble> {
    let env = session.env.as_deref();
    let known = [("kind", Some("customer")), ("env", env), ("name", Some(customer))];
    let about: Value = session.client.get("/v1/object", &known)?.read()?;
    let parameters = [("kind", Some("carrier")), ("env", env)];
    let carriers: Vec<Value> = session.client.list("/v1/objects", &parameters)?.read()?;
    let own = carriers.iter().filter(|row| row["customer"] == customer);
    let names: Vec<String> = own.map(|row| writing::text(&row["name"])).collect();
    if names.is_empty() {
        let error = format!("customer {customer} has no carrier: nothing is charged to it");
        return Err(Trouble::new(NOT_FOUND, error));
    }
    let mut sums = BTreeMap::<String, i64>::new();
    let mut settlements = Vec::new();
    for name in &names {
        let answer = past::settlement(session, name, period)?;
        let settlement: Value = answer.read()?;
        let micros = |key: &str| settlement[key].as_i64().unwrap_or_default();
        let extras = settlement["extras"].as_array().into_iter().flatten();
        let extras = extras.filter_map(|extra| extra["amount_micros"].as_i64()).sum::<i64>();
        let due = micros("total_micros") + micros("monthly_fee_micros") + extras;
        *sums.entry(writing::text(&settlement["currency"])).or_default() += due;
        match session.output {
            Output::Json => settlements.push(settlement),
            Output::Csv | Output::Table => past::show_settlement(session, &answer)?,
        }
    }
    if session.output == Output::Json {
        let due = sums
            .iter()
            .map(|(currency, micros)| json!({ "currency": currency, "due_micros": micros }));
        let statement = json!({ "customer": customer, "contact": about["contact"],
            "due": due.collect::<Vec<_>>(), "settlements": settlements });
        anstream::println!("{statement:#}");
    } else if session.output == Output::Table {
        for (currency, micros) in &sums {
            let due = format!("{} {currency}", money::amount(*micros));
            anstream::println!("Customer {customer} owes: {}", due.trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}
