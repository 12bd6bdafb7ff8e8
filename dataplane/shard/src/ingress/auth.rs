//! Who is it? Digest, without a state per challenge (RFC 3261 §22, RFC 7616, RFC 8760).

use std::net::IpAddr;

use routing::board::Tally;
use routing::{ArchivedDigest, ArchivedEnvironment};
use sip::digest::{Age, Ha1, Nonce, OFFER, challenge, verify};
use sip::{Algorithm, Builder, Credentials, Message, Name};

use crate::ingress::sip::Arrival;
use crate::ingress::suspects::{Guess, Suspect};
use crate::ingress::{Use, maker_of};
use crate::input::ShardId;
use crate::limits::NONCE_LIFETIME;
use crate::shard::Shard;

/// Which pair of headers and which status asks for the password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Realm {
    /// For us as registrar: 401.
    Registrar,
    /// For us as the next hop: 407.
    Proxy,
}

/// For what somebody has to prove who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) realm: Realm,
    /// The account that the request names, which is nearly always the one that it proves.
    pub(crate) named: Option<u32>,
}

/// Who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub(crate) account: u32,
    pub(crate) proof: Proof,
}

/// How much a proof is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// It is for this request alone.
    Fresh,
    /// It may have been used before, in an earlier life: what it asks for is given if it is known
    /// already, and else it must be proved anew.
    Old,
}

/// What credentials are worth.
enum Worth {
    /// They prove this account.
    Account(u32),
    /// The password is right, but the nonce is too old, not ours, or was used for this before.
    Stale,
    /// They prove nothing: there are none.
    Nothing,
    /// They name an account and do not prove it.
    Wrong,
}

impl Realm {
    fn names(self) -> (u16, Name, Name) {
        match self {
            Self::Registrar => (401, Name::WwwAuthenticate, Name::Authorization),
            Self::Proxy => (407, Name::ProxyAuthenticate, Name::ProxyAuthorization),
        }
    }
}

impl Shard {
    /// The account that the request proves to come from; otherwise it has been challenged.
    /// Whoever asks with a wrong name hears the same as with a wrong password. A registrar takes
    /// no old proof.
    pub(crate) fn authenticate(
        &mut self,
        arrival: &Arrival<'_>,
        Asked { realm, named }: Asked,
        transaction: u128,
    ) -> Option<Proven> {
        let (status, ask, given) = realm.names();
        let now = self.at.now;
        let given = self.given(arrival, given);
        let suspect = given.as_ref().map(|credentials| {
            Suspect::new(arrival.environment, credentials.username, arrival.peer.ip())
        });
        if suspect.is_some_and(|who| !self.suspects.may_try(now, who)) {
            self.refuse(arrival, 403, |_| {});
            return None;
        }
        if let Some(maker) = given.as_ref().and_then(|given| self.maker_elsewhere(given, realm)) {
            self.forward(maker, arrival.line, arrival.peer, arrival.octets);
            return None;
        }
        let worth =
            given.as_ref().map_or(Worth::Nothing, |given| self.worth(arrival, named, given));
        let used = match (&worth, &given) {
            (Worth::Account(_), Some(given)) => self.use_of(given, transaction),
            _ => Use::Again,
        };
        let proof = match (used, realm) {
            (Use::First, _) => Some(Proof::Fresh),
            (Use::Forgotten, Realm::Proxy) => Some(Proof::Old),
            (Use::Forgotten | Use::Again, _) => None,
        };
        match (&worth, suspect, proof) {
            (Worth::Account(account), Some(who), Some(proof)) => {
                self.suspects.proved(now, who);
                self.servers.sources.proved(now, arrival.peer.ip());
                return Some(Proven { account: *account, proof });
            }
            // Who forks a request sends one proof with all branches (RFC 3261 §8.2.2.2).
            (Worth::Account(_), ..) if self.is_merged(arrival) => {
                self.refuse(arrival, 482, |_| {});
                return None;
            }
            (Worth::Account(_), ..) if used == Use::Again => self.add(Tally::Replayed, 1),
            (Worth::Wrong, Some(who), _) => self.guessed(arrival, who),
            (Worth::Account(_) | Worth::Wrong | Worth::Stale | Worth::Nothing, ..) => {}
        }
        let stale = matches!(worth, Worth::Stale | Worth::Account(_));
        let demand = self.demand(arrival.environment, arrival.peer.ip(), stale)?;
        self.refuse_as(arrival, transaction, status, |builder| demand.put(builder, ask));
        None
    }

    /// A request whose proof is old asks for what nobody knows of: it is to be proved anew.
    pub(crate) fn ask_anew(&mut self, transaction: u128) {
        let (status, ask, _) = Realm::Proxy.names();
        let asked = self.servers.servers.get(&transaction);
        let Some((environment, peer)) = asked.map(|one| (one.environment, one.peer)) else {
            return;
        };
        if let Some(demand) = self.demand(environment, peer.ip(), true) {
            self.respond_with(transaction, status, |builder| demand.put(builder, ask));
        }
    }

    /// A new nonce for this address.
    fn demand(&mut self, environment: u32, peer: IpAddr, stale: bool) -> Option<Demand> {
        let plan = self.plan.as_ref()?;
        let environment = plan.environment(environment)?;
        let (domain, offer) = (environment.domain.as_str().to_owned(), offer(environment));
        let context = Context::of(peer, &domain);
        let made_ns = self.servers.counts.moment(self.steady_ns, self.config.shard);
        let nonce = self.servers.nonces.make(context.octets(), made_ns);
        Some(Demand { offer, domain, nonce, stale })
    }

    /// The credentials of a request that are meant for us.
    fn given<'a>(&self, arrival: &Arrival<'a>, given: Name) -> Option<Credentials<'a>> {
        let environment = self.plan.as_ref()?.environment(arrival.environment)?;
        let domain = environment.domain.as_str();
        let meant = |credentials: &Credentials<'_>| {
            credentials.realm == domain && offers(environment, credentials.algorithm)
        };
        arrival.message.credentials(given).flatten().find(meant)
    }

    /// A wrong password; where there are many, the operator hears of it.
    fn guessed(&mut self, arrival: &Arrival<'_>, who: Suspect) {
        if self.suspects.guessed(self.at.now, who) == Guess::Many {
            let address = arrival.peer.ip().to_string();
            let note = self.out.warn("many wrong passwords for one account", address);
            note.detail = "phones that have never proved it are held back".to_owned();
        }
    }

    fn worth(
        &self,
        arrival: &Arrival<'_>,
        named: Option<u32>,
        credentials: &Credentials<'_>,
    ) -> Worth {
        let plan = self.plan.as_ref();
        let Some(environment) = plan.and_then(|plan| plan.environment(arrival.environment)) else {
            return Worth::Nothing;
        };
        let user = credentials.username;
        let named = named.and_then(|named| environment.account(named));
        let named = named.filter(|account| account.user == *user);
        let Some(account) = named.or_else(|| environment.account_by_user(user)) else {
            return Worth::Wrong;
        };
        let ha1 = Ha1 { md5: account.ha1_md5, sha256: account.ha1_sha256 };
        if !proves(arrival.message, credentials, &ha1) {
            return Worth::Wrong;
        }
        let context = Context::of(arrival.peer.ip(), environment.domain.as_str());
        let (nonce, unix_ns) = (credentials.nonce, self.steady_ns);
        match self.servers.nonces.check(nonce, context.octets(), unix_ns, NONCE_LIFETIME) {
            Age::Fresh => Worth::Account(account.id.to_native()),
            Age::Stale | Age::Forged => Worth::Stale,
        }
    }

    /// Has nobody said this before? Credentials prove one request and no other.
    fn use_of(&mut self, given: &Credentials<'_>, transaction: u128) -> Use {
        let is_ours = self.maker_of(given) == Some(self.config.shard);
        let Some(count) = given.nonce_count().filter(|_| is_ours) else { return Use::Again };
        let (now, unix_ns) = (self.at.now, self.steady_ns);
        self.servers.counts.take(now, unix_ns, given.nonce, count, transaction as u64)
    }

    fn maker_of(&self, given: &Credentials<'_>) -> Option<ShardId> {
        maker_of(given.nonce, self.config.shards)
    }

    /// Another shard that has to judge these credentials, since it knows what was said under
    /// their nonce. A REGISTER stays at the home of its account.
    fn maker_elsewhere(&self, given: &Credentials<'_>, realm: Realm) -> Option<ShardId> {
        let is_elsewhere = |maker: &ShardId| *maker != self.config.shard;
        self.maker_of(given).filter(is_elsewhere).filter(|_| realm == Realm::Proxy)
    }
}

/// What the environment's challenges offer, its favourite first.
fn offer(environment: &ArchivedEnvironment) -> Vec<Algorithm> {
    if environment.digests.is_empty() {
        return OFFER.to_vec();
    }
    environment.digests.iter().map(algorithm).collect()
}

/// Whether that is among them.
fn offers(environment: &ArchivedEnvironment, wanted: Algorithm) -> bool {
    match environment.digests.is_empty() {
        true => OFFER.contains(&wanted),
        false => environment.digests.iter().any(|digest| algorithm(digest) == wanted),
    }
}

fn algorithm(digest: &ArchivedDigest) -> Algorithm {
    match digest {
        ArchivedDigest::Sha256 => Algorithm::Sha256,
        ArchivedDigest::Md5 => Algorithm::Md5,
    }
}

fn proves(message: &Message<'_>, credentials: &Credentials<'_>, ha1: &Ha1) -> bool {
    let (Some(method), Some(uri)) = (message.method(), message.request_uri()) else { return false };
    verify(credentials, method, uri, ha1).is_ok()
}

/// What asks somebody to prove who it is.
struct Demand {
    offer: Vec<Algorithm>,
    domain: String,
    nonce: Nonce,
    stale: bool,
}

impl Demand {
    fn put(&self, builder: &mut Builder<'_>, ask: Name) {
        challenge(builder, ask, &self.offer, &self.domain, &self.nonce, self.stale);
    }
}

/// A nonce is good for one realm and one source address; a NAT may change the port.
struct Context {
    octets: [u8; CONTEXT_MAX],
    length: usize,
}

impl Context {
    fn of(peer: IpAddr, domain: &str) -> Self {
        let address = match peer {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let (address, domain) = (address.octets(), domain.as_bytes());
        let mut octets = [0; CONTEXT_MAX];
        let (start, rest) = octets.split_at_mut(address.len());
        start.copy_from_slice(&address);
        let length = domain.len().min(rest.len());
        rest[..length].copy_from_slice(&domain[..length]);
        Self { octets, length: address.len() + length }
    }

    fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

/// An address and a domain, which has at most 255 octets (RFC 1035 §2.3.4).
const CONTEXT_MAX: usize = 16 + 255;
