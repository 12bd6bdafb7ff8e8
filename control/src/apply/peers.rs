//! Carriers and connections: a few fields of their own and many settings.

use serde_json::Value;

use super::overlay::{Fields, fields, overlay};
use super::{Desk, read};
use crate::fault::{Fault, Outcome};
use crate::model::{Carrier, Connection, Contract, Dialect, Hex, Manner, Status, Trunk};

impl Desk<'_> {
    /// A carrier as a wish makes it.
    pub(super) fn carrier(&mut self, known: Option<Carrier>, mut wish: Fields) -> Outcome<Carrier> {
        let password = self.smpp_password(&mut wish, known.as_ref().map(|one| &one.password))?;
        let was = known.as_ref().and_then(|one| one.contract.outbind_password.as_ref());
        let outbind_password = self.outbind_password(&mut wish, was)?;
        if known.is_none() {
            self.demand(&wish, "system_id", "--system-id")?;
        }
        if wish.get("tariff") == Some(&Value::from("")) {
            wish.insert("tariff".to_owned(), Value::Null);
        }
        let mut carrier = overlay(&known.unwrap_or_else(new_carrier), &wish)?;
        carrier.password = password;
        carrier.contract.outbind_password = outbind_password;
        Ok(carrier)
    }

    /// A connection as a wish makes it.
    pub(super) fn connection(
        &mut self,
        known: Option<Connection>,
        mut wish: Fields,
    ) -> Outcome<Connection> {
        let by_sip =
            wish.contains_key("sip") || known.as_ref().is_some_and(|known| known.trunk.is_used());
        let password = match (by_sip, wish.contains_key("password"), &known) {
            // Not every trunk asks for one.
            (true, false, None) => Hex::of(""),
            _ => self.smpp_password(&mut wish, known.as_ref().map(|one| &one.password))?,
        };
        let was = known.as_ref().and_then(|one| one.manner.outbind_password.as_ref());
        let outbind_password = self.outbind_password(&mut wish, was)?;
        if by_sip && ["remote", "system_id", "bind"].iter().any(|field| wish.contains_key(*field)) {
            let fault = Fault::invalid("a connection speaks SMPP or SIP, not both".to_owned());
            return Err(fault.cure("say --sip, or --remote, --system-id and --bind"));
        }
        if known.is_none() && !by_sip {
            self.demand(&wish, "system_id", "--system-id")?;
            self.demand(&wish, "remote", "--remote")?;
        }
        let known = known.unwrap_or_else(|| Connection {
            // A header of ours is nobody's business but our own environments'.
            count_hops: !by_sip,
            ..new_connection()
        });
        if let Some(Value::Object(verdicts)) = wish.get_mut("verdicts") {
            *verdicts = meanings(&known, std::mem::take(verdicts))?;
        }
        let mut connection = overlay(&known, &wish)?;
        connection.password = password;
        connection.manner.outbind_password = outbind_password;
        Ok(connection)
    }

    fn demand(&self, wish: &Fields, field: &str, option: &str) -> Outcome<()> {
        let said = wish.get(field).is_some_and(|value| !value.is_null());
        if said { Ok(()) } else { Err(self.lacks(option)) }
    }

    /// Takes the password out of a wish and seals it.
    fn smpp_password(&mut self, wish: &mut Fields, known: Option<&Hex>) -> Outcome<Hex> {
        let password: Option<String> = read(wish.remove("password").unwrap_or_default())?;
        let Some(password) = password else {
            return known.cloned().ok_or_else(|| self.lacks("--password-file"));
        };
        self.sealed(password, known)
    }

    /// Takes the password of outbinds out of a wish and seals it; `null` takes it back.
    fn outbind_password(&mut self, wish: &mut Fields, known: Option<&Hex>) -> Outcome<Option<Hex>> {
        match wish.remove("outbind_password") {
            None => Ok(known.cloned()),
            Some(Value::Null) => Ok(None),
            Some(password) => self.sealed(read(password)?, known).map(Some),
        }
    }

    fn sealed(&mut self, password: String, known: Option<&Hex>) -> Outcome<Hex> {
        self.not_empty(&password)?;
        // The seal never looks the same twice; the same password again is no change.
        if let Some(known) = known
            && self.seal.unseal(&known.octets()).as_ref() == Some(&password)
        {
            return Ok(known.clone());
        }
        if password.len() > PASSWORD_MAX {
            self.notes.push(format!(
                "the password has {} characters; SMPP 3.4 allows {PASSWORD_MAX}, and some \
                 peers will not send more",
                password.len()
            ));
        }
        let sealed = self.seal.seal(&password).map_err(|error| Fault::failed(error.to_string()))?;
        Ok(Hex::of(sealed))
    }
}

/// What each command_status means with a wish on top: they are set one by one, and one that
/// is `null` means again what it always means.
fn meanings(known: &Connection, wish: Fields) -> Outcome<Fields> {
    let mut meanings = fields(&known.manner.verdicts)?;
    for (status, meaning) in wish {
        let status: Status =
            status.parse().map_err(|error| Fault::invalid(format!("verdicts: {error}")))?;
        if meaning.is_null() {
            meanings.remove(&status.to_string());
        } else {
            meanings.insert(status.to_string(), meaning);
        }
    }
    Ok(meanings)
}

fn new_carrier() -> Carrier {
    Carrier {
        system_id: String::new(),
        password: Hex::of(""),
        allow: Vec::new(),
        binds: BINDS_DEFAULT,
        window: WINDOW_DEFAULT,
        tps: 0,
        tariff: None,
        charge_on: "accepted".to_owned(),
        contract: Contract::default(),
        dialect: Dialect::default(),
    }
}

fn new_connection() -> Connection {
    Connection {
        // Said by every wish for a new one.
        remote: ([0, 0, 0, 0], 0).into(),
        local: None,
        bind: "transceiver".to_owned(),
        system_id: String::new(),
        system_type: String::new(),
        password: Hex::of(""),
        window: WINDOW_DEFAULT,
        tps: 0,
        count_hops: true,
        enabled: true,
        manner: Manner::default(),
        trunk: Trunk::default(),
        dialect: Dialect::default(),
    }
}

/// SMPP 3.4 §5.2.2: nine octets with the NUL.
const PASSWORD_MAX: usize = 8;
const BINDS_DEFAULT: u16 = 8;
const WINDOW_DEFAULT: u16 = 100;

#[cfg(test)]
mod tests;
