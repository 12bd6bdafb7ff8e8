//! Octets read from a TCP connection, and octets to be written to it.

use std::io::{self, Read, Write};

use mio::net::TcpStream;

/// Both directions of one connection. Grows to what is needed once, and stays.
#[derive(Debug)]
pub(crate) struct Buffer {
    inbound: Vec<u8>,
    /// What was read and not yet taken: from here ...
    start: usize,
    /// ... to here.
    end: usize,
    outbound: Vec<u8>,
    written: usize,
}

/// What reading came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Filled {
    /// There is nothing more to read for now.
    Dry,
    /// There may be more: take what is here, and read again.
    More,
    /// The other side has closed.
    Closed,
}

impl Buffer {
    /// Empty in both directions.
    pub(crate) fn new() -> Self {
        let (inbound, outbound) = (vec![0; INBOUND], Vec::with_capacity(INBOUND));
        Self { inbound, start: 0, end: 0, outbound, written: 0 }
    }

    /// Reads once. A short read means that there is no more, unless the other side is `closing`:
    /// then only the end does.
    pub(crate) fn fill(&mut self, stream: &mut TcpStream, closing: bool) -> io::Result<Filled> {
        self.inbound.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match stream.read(&mut self.inbound[self.end..]) {
                Ok(0) => return Ok(Filled::Closed),
                Ok(count) => {
                    self.end += count;
                    let more = closing || self.end == INBOUND;
                    return Ok(if more { Filled::More } else { Filled::Dry });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Filled::Dry),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What was read, and where to append the answers.
    pub(crate) fn split(&mut self) -> (&[u8], &mut Vec<u8>) {
        (&self.inbound[self.start..self.end], &mut self.outbound)
    }

    /// Takes `count` octets of what was read.
    pub(crate) fn take(&mut self, count: usize) {
        self.start += count;
    }

    /// Where to append what is to be sent.
    pub(crate) const fn out(&mut self) -> &mut Vec<u8> {
        &mut self.outbound
    }

    /// Writes as much as there is room for.
    pub(crate) fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.written < self.outbound.len() {
            match stream.write(&self.outbound[self.written..]) {
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

/// Room for some thousand responses; the longest PDU must fit as well.
const INBOUND: usize = 256 * 1024;

const _: () = assert!(INBOUND > smpp::frame::PDU_MAX);
