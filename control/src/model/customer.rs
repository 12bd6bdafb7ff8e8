//! Who stands above carriers and accounts, and what they bought.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Count, read_count};
use super::{Account, Body, Key, Kind, Model};

/// A name above carriers and accounts: one contact, one statement, limits for all of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Customer {
    /// Whom to write to.
    pub contact: String,
    /// The product of its accounts, unless they have one of their own.
    pub product: Option<String>,
    /// How many accounts it may have; 0 is no limit.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub accounts_max: u32,
    /// How many numbers all its accounts may have; 0 is no limit.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub numbers_max: u32,
}

/// What an account is sold.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Product {
    /// Does it include messaging?
    pub messaging: bool,
    /// How many numbers an account may have; 0 is no limit.
    #[serde(deserialize_with = "read_count")]
    #[schemars(with = "Count")]
    pub numbers_max: u32,
}

impl Default for Product {
    fn default() -> Self {
        Self { messaging: true, numbers_max: 0 }
    }
}

impl Model {
    /// The customer with this name.
    pub fn customer(&self, env: &str, name: &str) -> Option<&Customer> {
        match &*self.get(&Key::new(Kind::Customer, env, name))?.body {
            Body::Customer(customer) => Some(customer),
            _ => None,
        }
    }

    /// What an account was sold: its own product, or that of its customer.
    pub fn product_of(&self, env: &str, account: &Account) -> Option<&Product> {
        let customer = || self.customer(env, account.customer.as_deref()?)?.product.as_deref();
        let name = account.product.as_deref().or_else(customer)?;
        match &*self.get(&Key::new(Kind::Product, env, name))?.body {
            Body::Product(product) => Some(product),
            _ => None,
        }
    }

    /// May an account send and get SMS?
    pub fn has_messaging(&self, env: &str, account: &Account) -> bool {
        let sold = self.product_of(env, account).is_none_or(|product| product.messaging);
        account.messaging && sold
    }
}
