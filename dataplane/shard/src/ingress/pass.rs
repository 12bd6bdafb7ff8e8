//! Requests that pass through: REGISTER to the registrar that an environment names, and what
//! comes back from there by the Path we gave it (RFC 3327; RFC 5626 §5, as an edge proxy).
//!
//! ```text
//!   app ── REGISTER ──▶ us ── REGISTER, our Via, Path: <sip:TOKEN@us;lr;ob> ──▶ registrar
//!   app ◀─ 200 ──────── us ◀─ 200, our Via on top ──────────────────────────── registrar
//!   app ◀─ MESSAGE ──── us ◀─ MESSAGE, Route: <sip:TOKEN@us;lr;ob> ──────────── registrar
//! ```
//! Nothing is kept about any of it (RFC 3261 §16.11): the token in the Path names the line and
//! the address of the app, that in our branch those of whoever asked. Both are sealed, so that
//! nobody can have us send anything anywhere else.

mod token;
mod write;

use std::convert::Infallible;
use std::net::SocketAddr;

use routing::home;
use sip::outbound::FlowKey;
use sip::{Message, Method, Name, route_uri};

use crate::egress::BRANCH_START;
use crate::ingress::sip::Arrival;
use crate::input::ShardId;
use crate::limits::{DATAGRAM_MAX, PASSED_KEPT};
use crate::peers::lines::Line;
use crate::shard::Shard;

use token::End;

impl Shard {
    /// Passes a request on if it is not for us; says whether it was one.
    pub(super) fn passes(&mut self, arrival: &Arrival<'_>) -> bool {
        let registrar = self.connections.trunks.registrar(arrival.environment);
        if let Some(registrar) = registrar
            && arrival.message.method() == Some(Method::Register)
        {
            self.pass_on(arrival, registrar);
            return true;
        }
        let Some(end) = self.routed_to(arrival.message) else { return false };
        // Only its registrar may use what we told it alone, and nobody what we never said
        // (RFC 5626 §5.3.1).
        let from_there = registrar.is_some() && self.trunk_of(arrival) == registrar;
        match end {
            Some(end) if from_there => self.pass_to_app(arrival, end),
            Some(_) | None => self.refuse(arrival, 403, |_| {}),
        }
        true
    }

    /// Whom the topmost Route names by a token of ours; `Some(None)` if the token is forged.
    fn routed_to(&self, request: &Message<'_>) -> Option<Option<End>> {
        let first = request.values(Name::Route).next()?;
        let word = route_uri(first).ok()?.user?;
        FlowKey::is_token(word).then(|| End::unseal(&self.flow_key(), word)).flatten()
    }

    fn flow_key(&self) -> FlowKey {
        FlowKey::new(self.config.key)
    }

    /// A REGISTER goes to the registrar, by the shard that keeps the trunk.
    fn pass_on(&mut self, arrival: &Arrival<'_>, registrar: u32) {
        let owner = ShardId(home(registrar, self.config.shards));
        if owner != self.config.shard {
            return self.forward(owner, arrival.line, arrival.peer, arrival.octets);
        }
        if arrival.message.max_forwards() == Some(0) {
            return self.refuse(arrival, 483, |_| {});
        }
        let key = (arrival.environment, registrar);
        let is_long = arrival.octets.len() + write::ADDED > DATAGRAM_MAX;
        let trunk = self.connections.trunks.ours.get(&key);
        let way = trunk.and_then(|trunk| {
            let hop = trunk.hops.get(trunk.choose(0, is_long)?)?;
            Some((hop.line?, hop.hop.address))
        });
        let Some((line, to)) = way else {
            return self.refuse(arrival, 503, |builder| {
                builder.retry_after(5);
            });
        };
        let back = End { line: arrival.line, peer: arrival.peer };
        self.pass(arrival, line, to, back, Some(back));
    }

    /// What the registrar sends an app goes there, and nowhere else.
    fn pass_to_app(&mut self, arrival: &Arrival<'_>, app: End) {
        if arrival.message.max_forwards() == Some(0) {
            return self.refuse(arrival, 483, |_| {});
        }
        // Whether a connection lives is known by the shard that keeps it.
        if let Some(keeper) = app.line.flow().map(|flow| flow.shard)
            && keeper != self.config.shard
            && keeper.0 < self.config.shards
        {
            return self.forward(keeper, arrival.line, arrival.peer, arrival.octets);
        }
        let is_gone = app.line.flow().is_some_and(|flow| {
            self.flows.get_mut(flow.link).is_none_or(|known| known.peer != app.peer)
        });
        if is_gone || self.config.end_of(app.line).is_none() {
            // RFC 5626 §5.3.1: Flow Failed.
            return self.refuse(arrival, 430, |_| {});
        }
        let back = End { line: arrival.line, peer: arrival.peer };
        self.pass(arrival, app.line, app.peer, back, None);
    }

    /// Writes a request anew with our Via on top, and a Path if it is to come back.
    fn pass(
        &mut self,
        arrival: &Arrival<'_>,
        line: Line,
        to: SocketAddr,
        back: End,
        path: Option<End>,
    ) {
        let (key, secret) = (self.flow_key(), self.hash_key());
        let Some((local, transport)) = self.config.end_of(line) else { return };
        let Some((heard_at, heard_by)) = self.config.end_of(arrival.line) else { return };
        let secure = if heard_by.is_secure() { ";transport=tls" } else { "" };
        let path = path.map(|app| write::Path { word: app.seal(&key), heard_at, secure });
        let (shard, word) = (self.config.shard.0, back.seal(&key));
        let likeness = write::likeness(secret, arrival.message);
        let Ok(()) = self.flows.transmit(&mut self.out, line, to, |out| {
            let branch = format_args!("{BRANCH_START}{shard:02x}{MARK}{word}.{likeness:016x}");
            let via = write::Hop { local, transport, branch: &branch };
            write::request(arrival.message, arrival.peer, &via, path.as_ref(), out);
            Ok::<(), Infallible>(())
        });
    }

    /// Passes a response back to whoever asked; says whether it was one that passed through.
    pub(crate) fn passes_back(&mut self, response: &Message<'_>) -> bool {
        let branch = response.via().branch.unwrap_or_default();
        let Some(rest) = branch.get(BRANCH_START.len() + 2..) else { return false };
        let Some(sealed) = rest.strip_prefix(MARK) else { return false };
        let word = sealed.split('.').next().unwrap_or_default();
        let Some(Some(end)) = End::unseal(&self.flow_key(), word) else { return true };
        let registered = response.cseq().method == Method::Register
            && response.status().is_some_and(|status| (200..300).contains(&status));
        if registered {
            self.keep_line(end.line, PASSED_KEPT);
        }
        // What nobody below us asked for goes nowhere.
        let _ = self.flows.transmit(&mut self.out, end.line, end.peer, |out| {
            write::response(response, out).then_some(()).ok_or(())
        });
        true
    }
}

/// Tells our branches of what passes through from those of our own requests.
const MARK: char = 'p';
