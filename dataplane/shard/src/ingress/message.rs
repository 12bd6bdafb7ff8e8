//! MESSAGE from an app becomes a draft (RFC 3428).

use std::borrow::Cow;

use routing::board::Tally;
use routing::journal::Refused;
use routing::{Address, ArchivedAccount, Ingress, Number, Refusal, Trace, Wanted};
use sip::outbound::instance_of;
use sip::{Message, Name, Uri};

use crate::admit::Draft;
use crate::doubt::likeness;
use crate::ingress::Ticket;
use crate::ingress::auth::{Asked, Proof, Proven, Realm};
use crate::ingress::body::{Said, said as said_by, unpacked};
use crate::ingress::content::{Written, of_data, of_text};
use crate::ingress::sip::Arrival;
use crate::limits::FLOW_USED;
use crate::mail::Order;
use crate::peers::devices::{device_of, short};
use crate::shard::Shard;

impl Shard {
    pub(crate) fn handle_message(&mut self, arrival: &Arrival<'_>, transaction: u128) {
        if self.stopping {
            // Silence: the app asks again, and whoever serves next knows whether it is new. On a
            // connection nobody asks again, and nothing of it is stored.
            if arrival.line.flow().is_some() {
                self.refuse(arrival, 503, |builder| {
                    builder.retry_after(1);
                });
            }
            return;
        }
        match arrival.message.max_forwards() {
            Some(0) => return self.refuse(arrival, 483, |_| {}),
            // More than 255 is no count of hops (promises.md E20).
            None if arrival.message.header(Name::MaxForwards).is_some() => {
                return self.refuse(arrival, 400, |_| {});
            }
            Some(_) | None => {}
        }
        if let Some(trunk) = self.trunk_of(arrival) {
            return self.handle_trunk_message(arrival, transaction, trunk);
        }
        let asked = Asked { realm: Realm::Proxy, named: None };
        let proven = self.authenticate(arrival, asked, transaction);
        let Some(Proven { account, proof }) = proven else { return };
        self.keep_line(arrival.line, FLOW_USED);
        let body = unpacked(arrival.message);
        let said = body.as_deref().map_err(|refusal| *refusal);
        let said = said.and_then(|body| said_by(arrival.message, body));
        let written = match said {
            Ok(Said::Passing) => return self.absorb(arrival),
            Ok(Said::Report(imdn)) => {
                self.handle_imdn(arrival.environment, account, &imdn);
                return self.absorb(arrival);
            }
            Ok(Said::Relay(octets)) => {
                return self.handle_rp(arrival, transaction, Proven { account, proof }, octets);
            }
            Ok(Said::Text(text, wanted)) => {
                of_text(arrival.message, text).map(|written| (written, wanted))
            }
            Ok(Said::Data(content_type, data)) => {
                of_data(arrival.message, &content_type, data).map(|written| (written, None))
            }
            Err(refusal) => Err(refusal),
        };
        if !self.open_server(arrival, transaction) {
            return;
        }
        self.add(Tally::Received, 1);
        let draft = match self.draft_message(arrival, account, transaction, written) {
            Ok(draft) => draft,
            Err((refusal, called)) => {
                return self.refuse_message(arrival, transaction, account, refusal, called);
            }
        };
        let called = draft.destination;
        match self.admit(draft) {
            Ok((sms, owner)) => {
                let likeness = likeness(&sms);
                let ticket = self.tickets.open(Ticket::Sip { transaction, proof });
                let only_known = proof == Proof::Old;
                self.dispatch(owner, Order { sms, likeness, ticket, replaces: false, only_known });
            }
            Err(refusal) => {
                self.refuse_message(arrival, transaction, account, refusal, Some(called));
            }
        }
    }

    fn draft_message(
        &self,
        arrival: &Arrival<'_>,
        account: u32,
        transaction: u128,
        written: Result<(Written, Option<Box<Wanted>>), Refusal>,
    ) -> Result<Draft, (Refusal, Option<Address>)> {
        let message = arrival.message;
        let refused = |refusal| (refusal, None);
        let plan = self.plan.as_ref().ok_or_else(|| refused(Refusal::NotReady))?;
        let environment =
            plan.environment(arrival.environment).ok_or_else(|| refused(Refusal::NotReady))?;
        let sender = environment.account(account).ok_or_else(|| refused(Refusal::NotAllowed))?;
        if !sender.messaging {
            return Err(refused(Refusal::NotAllowed));
        }
        let from = self.user_of(arrival, message.from().uri_str());
        let from = from.filter(|from| is_own(sender, from));
        let from = from.ok_or_else(|| refused(Refusal::BadSource))?;
        let uri = message.request_uri().unwrap_or_default();
        let (called, domain) = match self.user_of(arrival, uri) {
            Some(called) => (called, None),
            None => abroad(uri)
                .map(|(called, domain)| (Cow::Owned(called), domain))
                .ok_or_else(|| refused(Refusal::NoRoute))?,
        };
        let number = match Number::normalise(1, dialled(&called).as_bytes()) {
            Ok(number) => number,
            Err(_) => environment
                .account_by_user(&called)
                .filter(|_| domain.is_none())
                .and_then(|account| account.numbers.first())
                .and_then(|packed| Number::from_packed(packed.to_native()))
                .ok_or_else(|| refused(Refusal::NoRoute))?,
        };
        let digits = Address::new(1, 1, &number.digits());
        let destination = digits.ok_or_else(|| refused(Refusal::BadDestination))?;
        let (written, wanted) = written.map_err(|refusal| (refusal, Some(destination)))?;
        Ok(Draft {
            environment: arrival.environment,
            ingress: self.ingress_of(arrival, account, transaction),
            source: calling(sender, &from),
            destination,
            group: None,
            service_type: [0; 5],
            esm_class: written.esm_class,
            protocol_id: 0,
            priority: 0,
            // Who wants to hear of it is told; who pays for it decides whether to ask always.
            registered_delivery: u8::from(wanted.is_some()),
            content: written.content,
            tlvs: written.tlvs,
            domain,
            device: device(uri),
            trace: Trace::default(),
            wanted,
            validity: validity(message, self.at.unix_ns),
            not_before: None,
        })
    }

    /// What an app tells of itself is taken, and nobody is charged for it.
    fn absorb(&mut self, arrival: &Arrival<'_>) {
        self.add(Tally::Absorbed, 1);
        self.refuse(arrival, 200, |_| {});
    }

    pub(super) fn ingress_of(
        &self,
        arrival: &Arrival<'_>,
        account: u32,
        transaction: u128,
    ) -> Ingress {
        Ingress::Sip {
            account,
            local: self.config.end_of(arrival.line).map_or(arrival.peer, |(local, _)| local),
            peer: arrival.peer,
            call_id: arrival.message.call_id().to_owned(),
            transaction: transaction.to_be_bytes(),
        }
    }

    /// A negative answer, and a record of it.
    fn refuse_message(
        &mut self,
        arrival: &Arrival<'_>,
        transaction: u128,
        account: u32,
        refusal: Refusal,
        called: Option<Address>,
    ) {
        self.respond(transaction, refusal.sip());
        let ingress = self.ingress_of(arrival, account, transaction);
        let empty = Address::new(0, 0, b"").expect("nothing fits");
        self.record_refusal(Refused {
            at_ns: self.at.unix_ns,
            environment: arrival.environment,
            ingress,
            source: empty,
            destination: called.unwrap_or(empty),
            refusal,
            code: u32::from(refusal.sip()),
        });
    }
}

/// May the account speak under this name? Its user part and its numbers are its own.
fn is_own(account: &ArchivedAccount, user: &str) -> bool {
    let number = Number::normalise(1, user.as_bytes()).map(Number::packed);
    account.user == *user
        || number.is_ok_and(|number| account.numbers.iter().any(|own| own.to_native() == number))
}

/// The calling address: the number of its own that the account speaks under, else its first one,
/// else its user part as a name.
pub(super) fn calling(account: &ArchivedAccount, from: &str) -> Address {
    let packed = |number: &Number| account.numbers.iter().any(|own| *own == number.packed());
    let chosen = Number::normalise(1, from.as_bytes()).ok().filter(packed);
    let first = account.numbers.first().and_then(|n| Number::from_packed(n.to_native()));
    let by_number = chosen.or(first).and_then(|number| Address::new(1, 1, &number.digits()));
    let user = account.user.as_bytes();
    let name = || Address::new(5, 0, &user[..user.len().min(Address::LEN_MAX)]);
    by_number.or_else(name).expect("a number has at most 18 digits and a name was cut")
}

/// The one device that a GRUU names (RFC 5627); 0 if it is none.
fn device(uri: &str) -> u32 {
    if !uri.contains(";gr") {
        return 0;
    }
    let instance = Uri::parse(uri).ok().and_then(|uri| instance_of(&uri));
    instance.map_or(0, |instance| short(device_of(&instance)))
}

/// The user part of a URI of another domain, and that domain in lower case: only a policy that
/// names it leads there.
fn abroad(uri: &str) -> Option<(String, Option<String>)> {
    let uri = Uri::parse(uri).ok()?;
    let user = uri.user_unescaped().map(|user| user.into_owned())?;
    (!user.is_empty()).then(|| (user, Some(uri.host.to_ascii_lowercase())))
}

/// Without the separators people write (RFC 3966 §5.1.1).
pub(super) fn dialled(user: &str) -> Cow<'_, str> {
    let is_separator = |char: &char| matches!(char, '-' | '.' | '(' | ')' | ' ');
    if !user.contains(|char| is_separator(&char)) {
        return Cow::Borrowed(user);
    }
    user.chars().filter(|char| !is_separator(char)).collect()
}

/// Expires counts from Date if there is one (RFC 3428 §5).
pub(super) fn validity(message: &Message<'_>, unix_ns: u64) -> Option<i64> {
    let secs = i64::from(message.expires()?);
    let from = message.date().map_or(unix_ns / 1_000_000_000, |date| date.unix_secs);
    Some((from as i64).saturating_add(secs))
}
