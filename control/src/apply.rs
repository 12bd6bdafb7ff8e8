//! From what an operator asks to a body of the model.
//!
//! A request names only the fields it wants to set; the others keep their value, or take
//! their default when the object is new. Passwords end here: what leaves is a digest or sealed.

mod overlay;
mod peers;
mod routes;
mod sold;
mod tariffs;

use std::net::SocketAddr;
use std::sync::Arc;

use routing::Devices;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::digest::{ha1_md5, ha1_sha256};
use crate::fault::{Code, Fault, Outcome, nearest};
use crate::model::{
    Account, Body, Carrier, Connection, Content, Customer, Environment, Hex, Key, Kind, List,
    Model, Policy, Product, Range, Screen, Table, Tariff, Word, digests,
};
use crate::seal::Seal;

pub(crate) use routes::ListFields;
pub(crate) use tariffs::TariffFields;

/// A wish to change one object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What to do.
    pub verb: Verb,
    /// With what.
    pub kind: Kind,
    /// In which environment; empty for an environment itself.
    #[serde(default)]
    pub env: String,
    /// Its name.
    pub name: String,
    /// The fields to set.
    #[serde(default)]
    pub fields: serde_json::Value,
    /// Only say what would be changed.
    #[serde(default)]
    pub dry_run: bool,
    /// The file that came with it, for a table.
    #[serde(skip)]
    pub content: Option<Content>,
}

/// What can be done with an object.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Make a new one.
    Add,
    /// Change some of its fields.
    Set,
    /// Make it if it is not there, else change it: for files that say how it should be.
    Put,
    /// Remove it.
    Rm,
}

/// What a change comes to.
#[derive(Debug)]
pub struct Applied {
    /// The object.
    pub key: Key,
    /// What it is to be; `None` removes it.
    pub body: Option<Arc<Body>>,
    /// What the operator should know although it is done.
    pub notes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EnvironmentFields {
    domain: Option<String>,
    smpp: Option<Vec<SocketAddr>>,
    sip: Option<Vec<SocketAddr>>,
    digest: Option<Vec<String>>,
    screens: Option<Vec<Screen>>,
    expires_min: Option<u32>,
    expires_max: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AccountFields {
    numbers: Option<Vec<String>>,
    password: Option<String>,
    messaging: Option<bool>,
    devices: Option<Word<Devices>>,
    /// An empty name takes it back.
    customer: Option<String>,
    product: Option<String>,
    add_numbers: Vec<String>,
    drop_numbers: Vec<String>,
}

/// Works a change out against the model it is to change.
pub fn apply(model: &Model, seal: &Seal, change: Change) -> Outcome<Applied> {
    let key = Key::new(change.kind, &change.env, &change.name);
    if key.kind != Kind::Environment && model.environment(&key.env).is_none() {
        return Err(missing(model, &Key::environment(&key.env)));
    }
    let known = model.get(&key).map(|entry| (*entry.body).clone());
    let mut notes = Vec::new();
    let body = match (change.verb, known) {
        (Verb::Add, Some(_)) => {
            return Err(Fault::invalid(format!("{key} exists already"))
                .cure(format!("to change it: signalbox {} set", key.kind.word())));
        }
        (Verb::Set | Verb::Rm, None) => return Err(missing(model, &key)),
        (Verb::Rm, Some(_)) => {
            removable(model, &key)?;
            None
        }
        (Verb::Add | Verb::Set | Verb::Put, known) => {
            let content = change.content;
            let mut desk = Desk { model, seal, key: &key, notes: &mut notes, content };
            Some(desk.body(known, change.fields)?)
        }
    };
    Ok(Applied { key, body: body.map(Arc::new), notes })
}

/// The fault of naming what does not exist, with the nearest name that does.
pub fn missing(model: &Model, key: &Key) -> Fault {
    let world = if key.kind == Kind::Environment { "" } else { &key.env };
    let names = || model.of(key.kind, world).map(|(known, _)| known.name.as_str());
    let fault = Fault::not_found(format!("there is no {key}"));
    match nearest(&key.name, names()) {
        Some(near) => fault.cure(format!("did you mean {near}?")),
        None => fault.cure(format!("see: signalbox {} list", key.kind.word())),
    }
}

/// May it go without leaving others behind that lean on it?
fn removable(model: &Model, key: &Key) -> Outcome<()> {
    let mut leaning = Vec::new();
    match key.kind {
        Kind::Environment => {
            for kind in Kind::ALL {
                let count = model.of(kind, &key.name).count();
                if kind != Kind::Environment && count > 0 {
                    leaning.push(kind.count(count));
                }
            }
        }
        Kind::Tariff => {
            let carriers = model.carriers(&key.env);
            let using = carriers.filter(|(.., one)| one.tariff.as_deref() == Some(&key.name));
            leaning.extend(using.map(|(name, ..)| format!("carrier {name}")));
            let costing = |one: &Connection| one.manner.cost.as_deref() == Some(&key.name);
            let using = model.connections(&key.env).filter(|(.., one)| costing(one));
            leaning.extend(using.map(|(name, ..)| format!("connection {name}")));
        }
        Kind::List => leaning.extend(routes::screened(model, key)),
        Kind::Connection => {
            let over =
                |policy: &Policy| policy.via.iter().any(|via| via.connection() == Some(&key.name));
            let using = model.policies(&key.env).filter(|(.., policy)| over(policy));
            leaning.extend(using.map(|(name, ..)| format!("policy '{name}'")));
            leaning.extend(routes::tables_over(model, key));
        }
        Kind::Carrier => {
            let connections = model.connections(&key.env);
            let paying = |one: &Connection| one.manner.carrier.as_deref() == Some(&key.name);
            let using = connections.filter(|(.., one)| paying(one));
            leaning.extend(using.map(|(name, ..)| format!("connection {name}")));
        }
        Kind::Product | Kind::Customer => leaning.extend(sold::leaning(model, key)),
        Kind::Range | Kind::Policy | Kind::Table | Kind::Account => {}
    }
    if leaning.is_empty() {
        return Ok(());
    }
    let using = leaning.join(", ");
    Err(Fault::invalid(format!("{key} is in use by {using}"))
        .cure("change or remove those first; one commit may hold it all"))
}

/// What is needed to fill in one object.
struct Desk<'a> {
    model: &'a Model,
    seal: &'a Seal,
    key: &'a Key,
    notes: &'a mut Vec<String>,
    content: Option<Content>,
}

impl Desk<'_> {
    fn body(&mut self, known: Option<Body>, fields: serde_json::Value) -> Outcome<Body> {
        Ok(match self.key.kind {
            Kind::Environment => {
                Body::Environment(self.environment(known.and_then(as_environment), read(fields)?)?)
            }
            Kind::Tariff => Body::Tariff(self.tariff(known.and_then(as_tariff), read(fields)?)?),
            Kind::Product => Body::Product(noun(known.and_then(as_product), &read(fields)?)?),
            Kind::Customer => Body::Customer(noun(known.and_then(as_customer), &read(fields)?)?),
            Kind::Range => Body::Range(noun(known.and_then(as_range), &read(fields)?)?),
            Kind::Carrier => {
                Body::Carrier(self.carrier(known.and_then(as_carrier), read(fields)?)?)
            }
            Kind::Connection => {
                Body::Connection(self.connection(known.and_then(as_connection), read(fields)?)?)
            }
            Kind::List => Body::List(self.list(known.and_then(as_list), read(fields)?)?),
            Kind::Policy => Body::Policy(self.policy(known.and_then(as_policy), read(fields)?)?),
            Kind::Table => Body::Table(self.table(known.and_then(as_table), read(fields)?)?),
            Kind::Account => {
                Body::Account(self.account(known.and_then(as_account), read(fields)?)?)
            }
        })
    }

    fn environment(
        &self,
        known: Option<Environment>,
        fields: EnvironmentFields,
    ) -> Outcome<Environment> {
        let accounts = self.model.of(Kind::Account, &self.key.name).count();
        if let (Some(known), Some(domain)) = (&known, &fields.domain)
            && known.domain != *domain
            && accounts > 0
        {
            return Err(Fault::invalid(format!(
                "the domain of {} cannot change while it has {}: their passwords are kept as \
                 digests that contain the domain",
                self.key.name,
                Kind::Account.count(accounts)
            ))
            .cure("make a new environment, or remove the accounts and add them again"));
        }
        let known_domain = known.as_ref().map(|known| known.domain.clone());
        let expires = known.as_ref().map(|known| (known.expires_min, known.expires_max));
        let (expires_min, expires_max) = expires.unwrap_or_default();
        let (smpp, sip, digest, screens) = match known {
            Some(known) => (known.smpp, known.sip, known.digest, known.screens),
            None => (Vec::new(), Vec::new(), digests(), Vec::new()),
        };
        Ok(Environment {
            domain: self.needed(fields.domain, known_domain, "--domain")?,
            smpp: fields.smpp.unwrap_or(smpp),
            sip: fields.sip.unwrap_or(sip),
            digest: fields.digest.unwrap_or(digest),
            screens: fields.screens.unwrap_or(screens),
            expires_min: fields.expires_min.unwrap_or(expires_min),
            expires_max: fields.expires_max.unwrap_or(expires_max),
        })
    }

    fn account(&mut self, known: Option<Account>, fields: AccountFields) -> Outcome<Account> {
        let user = &self.key.name;
        let realm = self.model.environment(&self.key.env).map(|environment| &environment.domain);
        let realm = realm.expect("apply looked the environment up").clone();
        let digits = user.bytes().all(|octet| octet.is_ascii_digit());
        let own_number = || if digits { vec![user.clone()] } else { Vec::new() };
        let (numbers, messaging, devices) = match &known {
            Some(known) => (known.numbers.clone(), known.messaging, known.devices),
            None => (own_number(), true, Word::default()),
        };
        let sold = known.as_ref().map(|known| (known.customer.clone(), known.product.clone()));
        let (customer, product) = sold.unwrap_or_default();
        let named = |wish: Option<String>, known: Option<String>| match wish {
            Some(name) => Some(name).filter(|name| !name.is_empty()),
            None => known,
        };
        let (realm, md5, sha256) = match (fields.password, known) {
            (Some(password), _) => {
                self.not_empty(&password)?;
                let md5 = Hex::of(ha1_md5(user, &realm, &password));
                let sha256 = Hex::of(ha1_sha256(user, &realm, &password));
                (realm, md5, sha256)
            }
            (None, Some(known)) => (known.realm, known.ha1_md5, known.ha1_sha256),
            (None, None) => return Err(self.lacks("--password-file")),
        };
        let mut numbers = fields.numbers.unwrap_or(numbers);
        for gone in &fields.drop_numbers {
            let at = numbers.iter().position(|number| *number == plain(gone));
            let at = at.ok_or_else(|| {
                Fault::not_found(format!("{} has no number {gone}", self.key)).field("drop_numbers")
            })?;
            numbers.remove(at);
        }
        for number in fields.add_numbers {
            if !numbers.contains(&plain(&number)) {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            self.notes.push(format!("account {user} has no number: nobody can write to it"));
        }
        Ok(Account {
            numbers: numbers.iter().map(|number| plain(number)).collect(),
            realm,
            ha1_md5: md5,
            ha1_sha256: sha256,
            messaging: fields.messaging.unwrap_or(messaging),
            devices: fields.devices.unwrap_or(devices),
            customer: named(fields.customer, customer),
            product: named(fields.product, product),
        })
    }

    fn not_empty(&self, password: &str) -> Outcome<()> {
        match password.len() {
            0 => Err(Fault::invalid("an empty password is no password")),
            1..=PASSWORD_MAX => Ok(()),
            _ => Err(Fault::invalid(format!("a password has at most {PASSWORD_MAX} octets"))),
        }
    }

    fn needed<T>(&self, wish: Option<T>, known: Option<T>, option: &str) -> Outcome<T> {
        wish.or(known).ok_or_else(|| self.lacks(option))
    }

    fn lacks(&self, option: &str) -> Fault {
        Fault::new(Code::Usage, format!("a new {} needs {option}", self.key.kind.word()))
    }
}

/// A noun of plain settings as a wish makes it.
fn noun<T>(known: Option<T>, wish: &overlay::Fields) -> Outcome<T>
where
    T: Default + serde::Serialize + DeserializeOwned,
{
    overlay::overlay(&known.unwrap_or_default(), wish)
}

fn read<T: DeserializeOwned + Default>(fields: serde_json::Value) -> Outcome<T> {
    if fields.is_null() {
        return Ok(T::default());
    }
    let wish = fields.clone();
    serde_json::from_value(fields).map_err(|error| {
        // The error does not say which field it is about; read one by one, they tell.
        for (name, value) in wish.as_object().into_iter().flatten() {
            let one = serde_json::json!({ name: value });
            if let Err(error) = serde_json::from_value::<T>(one) {
                return overlay::blamed(name, &error);
            }
        }
        Fault::invalid(error.to_string())
    })
}

/// Numbers are kept as plain digits.
fn plain(number: &str) -> String {
    number.strip_prefix('+').unwrap_or(number).to_owned()
}

macro_rules! as_noun {
    ($($name:ident: $kind:ident;)*) => {
        $(fn $name(body: Body) -> Option<$kind> {
            match body {
                Body::$kind(noun) => Some(noun),
                _ => None,
            }
        })*
    };
}

as_noun! {
    as_environment: Environment;
    as_tariff: Tariff;
    as_product: Product;
    as_customer: Customer;
    as_range: Range;
    as_carrier: Carrier;
    as_connection: Connection;
    as_list: List;
    as_policy: Policy;
    as_table: Table;
    as_account: Account;
}

const PASSWORD_MAX: usize = 64;

#[cfg(test)]
mod tests;
