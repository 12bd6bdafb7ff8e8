//! One TCP connection and the octets on their way in and out.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};

use mio::event::Source;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

/// A connection with its buffers.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    inbound: Vec<u8>,
    outbound: Vec<u8>,
    /// Octets of `outbound` that are already with the kernel.
    written: usize,
}

impl Link {
    /// Begins to connect, from `local` if that is given.
    pub(crate) fn connect(local: Option<IpAddr>, remote: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(remote), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(local) = local {
            socket.bind(&SocketAddr::new(local, 0).into())?;
        }
        match socket.connect(&remote.into()) {
            Err(error) if error.raw_os_error() != Some(EINPROGRESS) => return Err(error),
            Ok(()) | Err(_) => {}
        }
        Ok(Self::over(TcpStream::from_std(socket.into())))
    }

    /// A connection somebody made to us.
    pub(crate) fn accepted(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }

    const fn over(stream: TcpStream) -> Self {
        Self { stream, inbound: Vec::new(), outbound: Vec::new(), written: 0 }
    }

    /// Asks for news about this connection.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.stream.register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Whether the connection stands; an error if it never will.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads all there is; false if the other side has closed.
    pub(crate) fn read(&mut self) -> io::Result<bool> {
        loop {
            let filled = self.inbound.len();
            self.inbound.resize(filled + CHUNK, 0);
            let outcome = self.stream.read(&mut self.inbound[filled..]);
            self.inbound.truncate(filled + outcome.as_ref().map_or(0, |read| *read));
            match outcome {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lends out what was read; give it back with [`put_back`](Self::put_back).
    pub(crate) fn take_inbound(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.inbound)
    }

    /// Takes back what was lent, but for the octets that are done with.
    pub(crate) fn put_back(&mut self, mut inbound: Vec<u8>, done: usize) {
        inbound.drain(..done);
        self.inbound = inbound;
    }

    /// Where to append what is to be sent.
    pub(crate) const fn out(&mut self) -> &mut Vec<u8> {
        &mut self.outbound
    }

    /// Octets that wait for the other side to make room.
    pub(crate) fn backlog(&self) -> usize {
        self.outbound.len() - self.written
    }

    /// Writes as much as there is room for.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.written < self.outbound.len() {
            match self.stream.write(&self.outbound[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.outbound.clear();
        self.written = 0;
        Ok(())
    }
}

/// What Linux answers to a non-blocking connect; std has no stable name for it.
const EINPROGRESS: i32 = 115;

const CHUNK: usize = 16 * 1024;
