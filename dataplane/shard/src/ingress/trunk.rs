//! MESSAGE from a trunk becomes a draft: it goes on as if a carrier had submitted it, and is
//! answered with 202 once it is durable (RFC 3428 §7).
//!
//! A trunk is known by where it comes from, before anybody is asked for a password. Nobody there
//! takes receipts. What has been here before is refused: by Max-Forwards, by the trace that
//! another environment of ours gives, and by the count of equal texts ([`echo`](crate::echo)).

use routing::board::Tally;
use routing::journal::Refused;
use routing::{Address, Ingress, Number, Refusal, Trace};
use sip::{Message, Uri};

use crate::admit::Draft;
use crate::doubt::likeness;
use crate::egress::TRACE;
use crate::ingress::Ticket;
use crate::ingress::auth::Proof;
use crate::ingress::body::{Said as Body, said, unpacked};
use crate::ingress::content::{Written, of_data, of_text};
use crate::ingress::message::{dialled, validity};
use crate::ingress::sip::Arrival;
use crate::limits::FLOW_USED;
use crate::mail::Order;
use crate::shard::Shard;

/// What a MESSAGE says, out of what it is wrapped in. A trunk is told of no reports.
fn written(message: &Message<'_>) -> Result<Written, Refusal> {
    match said(message, &unpacked(message)?)? {
        Body::Text(text, _) => of_text(message, text),
        Body::Data(content_type, data) => of_data(message, &content_type, data),
        Body::Report(_) | Body::Relay(_) | Body::Passing => Err(Refusal::BadContent),
    }
}

/// A MESSAGE of a trunk.
#[derive(Clone, Copy, Debug)]
struct Said<'a> {
    arrival: &'a Arrival<'a>,
    transaction: u128,
    connection: u32,
    carrier: Option<u32>,
}

impl Shard {
    /// The trunk a request comes from.
    pub(super) fn trunk_of(&self, arrival: &Arrival<'_>) -> Option<u32> {
        self.connections.trunks.source(arrival.environment, arrival.peer.ip())
    }

    /// A MESSAGE of a trunk that may go on: Max-Forwards was looked at.
    pub(super) fn handle_trunk_message(
        &mut self,
        arrival: &Arrival<'_>,
        transaction: u128,
        connection: u32,
    ) {
        self.keep_line(arrival.line, FLOW_USED);
        self.servers.sources.proved(self.at.now, arrival.peer.ip());
        if !self.open_server(arrival, transaction) {
            return;
        }
        self.add(Tally::Received, 1);
        let plan = self.plan.as_ref();
        let known = plan.and_then(|plan| plan.connection(arrival.environment, connection));
        let carrier =
            known.and_then(|known| known.manner.carrier.as_ref().map(|id| id.to_native()));
        let said = Said { arrival, transaction, connection, carrier };
        let drafted = self.draft_from_trunk(said).and_then(|draft| {
            self.admit_payer(said)?;
            Ok((draft.source, draft.destination, self.admit(draft)?))
        });
        match drafted {
            Ok((.., (sms, owner))) => {
                let likeness = likeness(&sms);
                let ticket = self.tickets.open(Ticket::Sip { transaction, proof: Proof::Fresh });
                if let Some(carrier) = carrier {
                    self.spend((arrival.environment, carrier));
                }
                self.dispatch(
                    owner,
                    Order { sms, likeness, ticket, replaces: false, only_known: false },
                );
            }
            Err(refusal) => self.refuse_trunk_message(said, refusal),
        }
    }

    /// The rate and the quota of the carrier that pays.
    fn admit_payer(&mut self, said: Said<'_>) -> Result<(), Refusal> {
        let Some(carrier) = said.carrier else { return Ok(()) };
        let key = (said.arrival.environment, carrier);
        if self.agreed.get(key).is_none() {
            self.agree(key);
        }
        let at = self.at;
        self.agreed.get_mut(key).map_or(Ok(()), |agreed| agreed.admit(at))
    }

    fn draft_from_trunk(&mut self, said: Said<'_>) -> Result<Draft, Refusal> {
        let message = said.arrival.message;
        let environment = said.arrival.environment;
        if let Some(carrier) = said.carrier
            && self.agreed.get((environment, carrier)).is_none()
        {
            self.agree((environment, carrier));
        }
        let from = user(message.from().uri_str()).ok_or(Refusal::BadSource)?;
        let source = self.calling_of(said, &from).ok_or(Refusal::BadSource)?;
        let called = self.called_of(said).ok_or(Refusal::NoRoute)?;
        let destination = match Number::normalise(1, dialled(&called).as_bytes()) {
            Ok(number) => number,
            Err(_) => self.number_of(environment, &called).ok_or(Refusal::NoRoute)?,
        };
        let destination =
            Address::new(1, 1, &destination.digits()).ok_or(Refusal::BadDestination)?;
        let written = written(message)?;
        Ok(Draft {
            environment,
            ingress: self.came_by_trunk(said),
            source,
            destination,
            group: None,
            service_type: [0; 5],
            esm_class: written.esm_class,
            protocol_id: 0,
            priority: 0,
            registered_delivery: 0,
            content: written.content,
            tlvs: written.tlvs,
            domain: None,
            device: 0,
            trace: message.header_named(TRACE).and_then(trace).unwrap_or_default(),
            wanted: None,
            validity: validity(message, self.at.unix_ns),
            not_before: None,
        })
    }

    /// Who is called: where we are registered the Request-URI is our contact, and To says who.
    fn called_of(&self, said: Said<'_>) -> Option<String> {
        let message = said.arrival.message;
        let called = message.request_uri().and_then(user)?;
        let plan = self.plan.as_ref()?;
        let trunk = plan.connection(said.arrival.environment, said.connection)?.trunk()?;
        match trunk.register_secs > 0 && *trunk.username == *called {
            true => user(message.to().uri_str()),
            false => Some(called),
        }
    }

    /// The calling address: a number, or a name if the carrier may use it.
    fn calling_of(&self, said: Said<'_>, from: &str) -> Option<Address> {
        let source = match Number::normalise(1, dialled(from).as_bytes()) {
            Ok(number) => Address::new(1, 1, &number.digits())?,
            Err(_) => {
                let fits = (1..=NAME_MAX).contains(&from.len()) && from.is_ascii();
                fits.then(|| Address::new(5, 0, from.as_bytes()))??
            }
        };
        let payer = said.carrier.map(|carrier| (said.arrival.environment, carrier));
        let Some(agreed) = payer.and_then(|key| self.agreed.get(key)) else { return Some(source) };
        match agreed.contract.may_use(source.as_bytes()) {
            true => Some(source),
            false => agreed.contract.foreign_source.replacement(),
        }
    }

    fn number_of(&self, environment: u32, user: &str) -> Option<Number> {
        let account = self.plan.as_ref()?.environment(environment)?.account_by_user(user)?;
        Number::from_packed(account.numbers.first()?.to_native())
    }

    fn came_by_trunk(&self, said: Said<'_>) -> Ingress {
        let Said { arrival, transaction, connection, carrier } = said;
        Ingress::Trunk {
            connection,
            carrier,
            local: self.config.end_of(arrival.line).map_or(arrival.peer, |(local, _)| local),
            peer: arrival.peer,
            call_id: arrival.message.call_id().to_owned(),
            transaction: transaction.to_be_bytes(),
        }
    }

    fn refuse_trunk_message(&mut self, said: Said<'_>, refusal: Refusal) {
        let status = refusal.sip();
        self.respond(said.transaction, status);
        let empty = Address::new(0, 0, b"").expect("nothing fits");
        let number = |uri: &str| {
            let number = Number::normalise(1, dialled(&user(uri)?).as_bytes()).ok()?;
            Address::new(1, 1, &number.digits())
        };
        let message = said.arrival.message;
        self.record_refusal(Refused {
            at_ns: self.at.unix_ns,
            environment: said.arrival.environment,
            ingress: self.came_by_trunk(said),
            source: number(message.from().uri_str()).unwrap_or(empty),
            destination: message.request_uri().and_then(number).unwrap_or(empty),
            refusal,
            code: u32::from(status),
        });
    }
}

/// The user part of a URI, of whatever domain: the trunk knows what it means.
fn user(uri: &str) -> Option<String> {
    let user = Uri::parse(uri).ok()?.user_unescaped()?.into_owned();
    (!user.is_empty()).then_some(user)
}

/// Where an Sms has been, as another environment of ours tells it.
fn trace(value: &str) -> Option<Trace> {
    let digit = |octet: &u8| char::from(*octet).to_digit(16).map(|digit| digit as u8);
    let mut octets = [0; Trace::LEN_MAX];
    let pairs = value.trim().as_bytes().chunks_exact(2);
    if pairs.len() > octets.len() || !pairs.remainder().is_empty() {
        return None;
    }
    let len = pairs.len();
    for (octet, pair) in octets.iter_mut().zip(pairs) {
        *octet = digit(&pair[0])? << 4 | digit(&pair[1])?;
    }
    Trace::decode(&octets[..len]).ok()
}

/// Characters of an alphanumeric calling address (3GPP TS 23.040 §9.1.2.5).
const NAME_MAX: usize = 11;
