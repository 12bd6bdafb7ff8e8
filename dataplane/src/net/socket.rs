//! Opens sockets, each with the options we always want.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use rustix::net::sockopt;
use socket2::{Domain, Protocol, Socket, Type};

use crate::config::Environment;

/// The fixed sockets of one shard; every shard of the node has its own at the same addresses.
#[derive(Debug)]
pub struct Sockets {
    /// By place in [`shard::Config::smpp`].
    pub listeners: Vec<TcpListener>,
    /// By place in [`shard::Config::sip`].
    pub datagrams: Vec<UdpSocket>,
}

/// An address we cannot have.
#[derive(Debug)]
pub struct OpenError {
    environment: String,
    protocol: &'static str,
    address: SocketAddr,
    source: io::Error,
}

impl Sockets {
    /// Opens the sockets of one shard.
    pub fn open(environments: &[Environment]) -> Result<Self, OpenError> {
        let mut sockets = Self { listeners: Vec::new(), datagrams: Vec::new() };
        for environment in environments {
            let failed = |protocol, address| {
                let environment = environment.name.clone();
                move |source| OpenError { environment, protocol, address, source }
            };
            for address in &environment.smpp {
                let socket = listener(*address).map_err(failed("smpp", *address))?;
                sockets.listeners.push(socket);
            }
            for address in &environment.sip {
                let socket = datagrams(*address).map_err(failed("sip", *address))?;
                sockets.datagrams.push(socket);
            }
        }
        Ok(sockets)
    }
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = fixed(address, Type::STREAM, Protocol::TCP)?;
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn datagrams(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = fixed(address, Type::DGRAM, Protocol::UDP)?;
    // What the kernel grants is enough to run; more only spares retransmissions in a burst.
    let _ = socket.set_recv_buffer_size(DATAGRAM_BUFFER);
    let _ = socket.set_send_buffer_size(DATAGRAM_BUFFER);
    Ok(socket.into())
}

/// A socket at a fixed address that every shard of this process opens again.
fn fixed(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if protocol == Protocol::TCP {
        socket.set_reuse_address(true)?;
    }
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A socket about to dial, bound to `local` if that matters.
pub fn dialler(local: Option<IpAddr>, remote: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(remote), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(true)?;
    sockopt::set_tcp_user_timeout(&socket, UNACKNOWLEDGED_MS)?;
    if let Some(local) = local {
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::new(local, 0).into())?;
    }
    Ok(socket)
}

/// Sets the options of an accepted link and tells its two addresses: ours, then the peer's.
pub fn accepted(fd: &OwnedFd) -> io::Result<(SocketAddr, SocketAddr)> {
    sockopt::set_tcp_nodelay(fd, true)?;
    sockopt::set_tcp_user_timeout(fd, UNACKNOWLEDGED_MS)?;
    let named = |address: rustix::net::SocketAddrAny| {
        SocketAddr::try_from(address).map_err(|_| io::Error::other("not an IP address"))
    };
    Ok((named(rustix::net::getsockname(fd)?)?, named(peer_of(fd)?)?))
}

fn peer_of(fd: &OwnedFd) -> io::Result<rustix::net::SocketAddrAny> {
    rustix::net::getpeername(fd)?.ok_or_else(|| io::ErrorKind::NotConnected.into())
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, protocol, address, source } = self;
        match source.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "address already in use: {environment} {protocol} {address}: \
                 is another dataplane running? (ss -lnp | grep {address})"
            ),
            io::ErrorKind::AddrNotAvailable => write!(
                f,
                "no such address on this machine: {environment} {protocol} {address}: \
                 add it to an interface (ip address add)"
            ),
            _ => write!(f, "cannot open {environment} {protocol} {address}: {source}"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

const BACKLOG: i32 = 1024;

/// A second of 10 000 datagrams of 400 octets.
const DATAGRAM_BUFFER: usize = 4 << 20;

/// A peer that acknowledges nothing, or takes nothing, for so long is given up by the kernel.
const UNACKNOWLEDGED_MS: u32 = 30_000;
