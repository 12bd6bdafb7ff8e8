//! A connection that speaks SIP, and takes whatever comes.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use routing::{Connection, Hop, Protocol, Transport, Trunk};

/// A trunk beside that connection.
pub(crate) fn trunk(connection: &Connection) -> Connection {
    let hop = |(priority, address)| Hop {
        address,
        transport: Transport::Udp,
        name: String::new(),
        priority,
        weight: 0,
    };
    Connection {
        id: 2,
        name: "trunk".into(),
        protocol: Protocol::Sip(Box::new(Trunk {
            places: Vec::new(),
            hops: [(0, TRUNK)].map(hop).into(),
            host: "trunk.example".into(),
            domain: String::new(),
            username: String::new(),
            plus: true,
            probe_ms: 0,
            register_secs: 0,
            sources: Vec::new(),
            registrar: false,
        })),
        ..connection.clone()
    }
}

const TRUNK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 8), 5060));
