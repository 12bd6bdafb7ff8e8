//! The other end of a connection that speaks SIP.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use routing::Transport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Span, as_text};

/// What a connection has that speaks SIP; one whose `sip` is empty speaks SMPP.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default)]
pub struct Trunk {
    /// Where it is, the favourite first.
    pub sip: Vec<SipUri>,
    /// The host of Request-URI and To; none is that of the first URI.
    pub sip_host: Option<String>,
    /// The host of From; none is the environment's domain.
    pub sip_domain: Option<String>,
    /// As whom we answer its challenges.
    pub sip_user: Option<String>,
    /// Is a whole number written with its `+`?
    pub sip_plus: bool,
    /// How often it is asked by OPTIONS whether it lives while nothing else is said.
    pub sip_probe: Probe,
    /// For how long we register there as `sip_user`; none is not at all.
    pub sip_register: Option<Span>,
    /// From where its MESSAGEs come; empty is from its addresses.
    pub sip_from: Vec<String>,
    /// Do REGISTERs of the environment's apps go there?
    pub sip_registrar: bool,
}

impl Default for Trunk {
    fn default() -> Self {
        Self {
            sip: Vec::new(),
            sip_host: None,
            sip_domain: None,
            sip_user: None,
            sip_plus: true,
            sip_probe: Probe(Some(Span { ms: PROBE_MS })),
            sip_register: None,
            sip_from: Vec::new(),
            sip_registrar: false,
        }
    }
}

/// How often an idle trunk is asked whether it lives: a span, or `off`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Probe(pub Option<Span>);

/// Where a trunk is: `sip:sip.example`, `sip:192.0.2.7:5060;transport=tcp`, `sips:sip.example`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SipUri {
    /// A name, or an address as text without brackets.
    pub host: String,
    /// Its port, if one is said.
    pub port: Option<u16>,
    /// What it is reached by, if that is said.
    pub transport: Option<Transport>,
    /// Over TLS whatever happens (RFC 3261 §19.1).
    pub secure: bool,
}

impl Trunk {
    /// Does the connection speak SIP?
    pub fn is_used(&self) -> bool {
        !self.sip.is_empty()
    }

    /// The host of its Request-URIs, with its port if one is said.
    pub fn host(&self) -> String {
        let first = || self.sip.first().map_or_else(String::new, SipUri::host_port);
        self.sip_host.clone().unwrap_or_else(first)
    }
}

impl SipUri {
    /// Its address, if it is one and no name.
    pub fn address(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(ip, self.port.unwrap_or_else(|| self.default_port())))
    }

    /// What it is reached by if nothing else is found out (RFC 3263 §4.1).
    pub fn transport(&self) -> Transport {
        let usual = if self.secure { Transport::Tls } else { Transport::Udp };
        match self.transport {
            Some(Transport::Tcp) if self.secure => Transport::Tls,
            said => said.unwrap_or(usual),
        }
    }

    /// The port where that is usually heard (RFC 3261 §19.1.2).
    pub fn default_port(&self) -> u16 {
        if self.transport().is_secure() { 5061 } else { 5060 }
    }

    fn host_port(&self) -> String {
        let host = match self.host.parse::<Ipv6Addr>() {
            Ok(ip) => format!("[{ip}]"),
            Err(_) => self.host.clone(),
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}

impl FromStr for SipUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "'{text}' is no place of a trunk; write sip:192.0.2.7:5060;transport=tcp, \
                 sip:sip.example or sips:sip.example"
            )
        };
        let (secure, rest) = match (text.strip_prefix("sips:"), text.strip_prefix("sip:")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(wrong()),
        };
        let (place, param) = match rest.split_once(';') {
            Some((place, param)) => (place, Some(param)),
            None => (rest, None),
        };
        let transport = match param {
            None => None,
            Some(param) => {
                let word = param.strip_prefix("transport=").ok_or_else(wrong)?;
                let known = [Transport::Udp, Transport::Tcp, Transport::Tls];
                let same = |one: &Transport| one.word().eq_ignore_ascii_case(word);
                Some(known.into_iter().find(same).ok_or_else(wrong)?)
            }
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (ip, port) = rest.split_once(']').ok_or_else(wrong)?;
                ip.parse::<Ipv6Addr>().map_err(|_| wrong())?;
                (ip, port.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let named = |octet: u8| octet.is_ascii_alphanumeric() || b"-.:".contains(&octet);
        if host.is_empty() || host.len() > HOST_MAX || !host.bytes().all(named) {
            return Err(wrong());
        }
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0));
        let port = match port {
            Some(None) => return Err(wrong()),
            Some(port) => port,
            None => None,
        };
        if secure && transport == Some(Transport::Udp) {
            return Err(format!("'{text}': sips is never reached by UDP"));
        }
        Ok(Self { host: host.to_owned(), port, transport, secure })
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        f.write_str(&self.host_port())?;
        match self.transport {
            Some(transport) => write!(f, ";transport={transport}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Probe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == OFF {
            return Ok(Self(None));
        }
        text.parse().map(|span| Self(Some(span)))
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => write!(f, "{span}"),
            None => f.write_str(OFF),
        }
    }
}

as_text! { Probe SipUri }

const OFF: &str = "off";

/// Every thirty seconds, as peers' gateways do.
const PROBE_MS: u32 = 30_000;

/// RFC 1035 §2.3.4.
const HOST_MAX: usize = 253;

#[cfg(test)]
mod tests;
