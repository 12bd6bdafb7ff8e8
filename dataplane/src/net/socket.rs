//! Opens sockets, each with the options we always want.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::sockopt;
use socket2::{Domain, Protocol, Socket, Type};

use super::tls::Keys;
use crate::config::Environment;
use crate::linger::outlast;

/// The fixed sockets of one shard; every shard of the node has its own at the same addresses.
#[derive(Debug)]
pub struct Sockets {
    /// By place in [`shard::Config::streams`].
    pub listeners: Vec<TcpListener>,
    /// By place in [`shard::Config::sip`].
    pub datagrams: Vec<UdpSocket>,
    /// What its links need to speak TLS.
    pub keys: Keys,
}

/// A socket at an address of ours.
#[derive(Debug)]
pub struct Fixed {
    /// Does it accept connections? Else it takes datagrams.
    pub is_stream: bool,
    /// Where.
    pub address: SocketAddr,
    /// The socket.
    pub fd: OwnedFd,
}

fn take(old: &mut Vec<Fixed>, is_stream: bool, address: SocketAddr) -> Option<OwnedFd> {
    let at = old.iter().position(|one| (one.is_stream, one.address) == (is_stream, address))?;
    Some(old.swap_remove(at).fd)
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
    /// Opens the sockets of every shard; those that there are already are taken up.
    pub fn open(
        environments: &[Environment],
        shards: u8,
        keys: &Keys,
        mut old: Vec<Fixed>,
    ) -> Result<Vec<Self>, OpenError> {
        claim(environments, &old)?;
        (0..shards).map(|_| Self::of_shard(environments, keys.clone(), &mut old)).collect()
    }

    /// The same sockets once more, for the next process.
    pub fn fixed(&self) -> io::Result<Vec<Fixed>> {
        let listeners = self.listeners.iter().map(|listener| {
            Ok(Fixed {
                is_stream: true,
                address: listener.local_addr()?,
                fd: listener.try_clone()?.into(),
            })
        });
        let datagrams = self.datagrams.iter().map(|socket| {
            let (address, fd) = (socket.local_addr()?, socket.try_clone()?.into());
            Ok(Fixed { is_stream: false, address, fd })
        });
        listeners.chain(datagrams).collect()
    }

    fn of_shard(
        environments: &[Environment],
        keys: Keys,
        old: &mut Vec<Fixed>,
    ) -> Result<Self, OpenError> {
        let mut sockets = Self { listeners: Vec::new(), datagrams: Vec::new(), keys };
        for environment in environments {
            let failed = |protocol, address| {
                let environment = environment.name.clone();
                move |source| OpenError { environment, protocol, address, source }
            };
            for stream in environment.streams() {
                let (protocol, address) = (stream.protocol, stream.address);
                let socket = match take(old, true, address) {
                    Some(fd) => fd.into(),
                    None => listener(address).map_err(failed(protocol, address))?,
                };
                sockets.listeners.push(socket);
            }
            for address in &environment.sip {
                let socket = match take(old, false, *address) {
                    Some(fd) => fd.into(),
                    None => datagrams(*address).map_err(failed("sip", *address))?,
                };
                sockets.datagrams.push(socket);
            }
        }
        Ok(sockets)
    }
}

/// Sees to it that nobody else has an address. Sockets that share theirs (SO_REUSEPORT) let any
/// process of this user share it too, and two nodes would each get some of the traffic.
fn claim(environments: &[Environment], old: &[Fixed]) -> Result<(), OpenError> {
    for environment in environments {
        let streams = environment.streams();
        let streams = streams.map(|stream| (stream.protocol, Type::STREAM, stream.address));
        let sip = environment.sip.iter().map(|address| ("sip", Type::DGRAM, *address));
        let is_ours = |kind: Type, address| {
            old.iter().any(|one| one.is_stream == (kind == Type::STREAM) && one.address == address)
        };
        let all = streams.chain(sip).filter(|(_, kind, address)| !is_ours(*kind, *address));
        for (protocol, kind, address) in all {
            claimed(address, kind).map_err(|source| {
                let environment = environment.name.clone();
                OpenError { environment, protocol, address, source }
            })?;
        }
    }
    Ok(())
}

/// Binds an address alone, also if a killed process holds it a little longer.
fn claimed(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let held = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
    outlast(held, || fixed(address, kind, false))
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = fixed(address, Type::STREAM, true)?;
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn datagrams(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = fixed(address, Type::DGRAM, true)?;
    // What the kernel grants is enough to run; more only spares retransmissions in a burst.
    let _ = socket.set_recv_buffer_size(DATAGRAM_BUFFER);
    let _ = socket.set_send_buffer_size(DATAGRAM_BUFFER);
    Ok(socket.into())
}

/// A socket at a fixed address, which others of ours share if `shared`.
fn fixed(address: SocketAddr, kind: Type, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.set_reuse_port(shared)?;
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
    sockopt::set_tcp_keepidle(fd, SILENT)?;
    sockopt::set_tcp_keepintvl(fd, SILENT_AGAIN)?;
    sockopt::set_socket_keepalive(fd, true)?;
    let named = |address: rustix::net::SocketAddrAny| {
        SocketAddr::try_from(address).map_err(|_| io::Error::other("not an IP address"))
    };
    Ok((named(rustix::net::getsockname(fd)?)?, named(peer_of(fd)?)?))
}

fn peer_of(fd: &OwnedFd) -> io::Result<rustix::net::SocketAddrAny> {
    rustix::net::getpeername(fd)?.ok_or_else(|| io::ErrorKind::NotConnected.into())
}

/// Accepting fails for want of descriptors or memory: the peer waits in the backlog meanwhile.
pub fn is_out_of_files(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM))
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

/// How long accepting pauses when there are no descriptors left.
pub const PAUSE: Duration = Duration::from_millis(100);

const BACKLOG: i32 = 1024;

/// A second of 10 000 datagrams of 400 octets.
const DATAGRAM_BUFFER: usize = 4 << 20;

/// A peer that was silent so long is asked by the kernel whether it is there: an app that a NAT has
/// forgotten is found dead before its registration ends.
const SILENT: Duration = Duration::from_secs(180);

/// How often it is asked until [`UNACKNOWLEDGED_MS`] have passed.
const SILENT_AGAIN: Duration = Duration::from_secs(10);

/// A peer that acknowledges nothing, or takes nothing, for so long is given up by the kernel
/// (TCP_USER_TIMEOUT, which counts probes of a closed window, too). Shorter where it is tested.
const UNACKNOWLEDGED_MS: u32 = if cfg!(test) { 5_000 } else { 30_000 };

#[cfg(test)]
mod tests;
