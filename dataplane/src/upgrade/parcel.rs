//! From one program to the next: descriptors and octets through a socket that is its stdin.
//!
//! The parcel lies in the socket's queue while the process becomes the other program. Descriptors
//! travel as messages carry them (unix(7), SCM_RIGHTS), so that both ends own what they have; the
//! octets lie in a file without a name, the first of the descriptors.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use routing::{Reader, Short};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use shard::Estate;

use super::{Bequest, Legacy, Passed};
use crate::net::Fixed;

/// Why a parcel cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The kernel does not give it.
    #[error("what the last program left cannot be taken up: {0}")]
    Kernel(#[from] io::Error),
    /// It is not what it should be.
    #[error("what the last program left cannot be read")]
    Format,
}

/// Becomes the new program; comes back with an error if that cannot be.
pub fn depart(program: &Path, arguments: Vec<OsString>, legacy: Legacy) -> io::Error {
    match pack(legacy) {
        Ok(parcel) => {
            if let Err(error) = rustix::stdio::dup2_stdin(&parcel) {
                return error.into();
            }
            Command::new(program).args(arguments).arg("--take-over").exec()
        }
        Err(error) => error,
    }
}

/// Takes up what the last program left on our stdin.
pub fn receive() -> Result<Legacy, Lost> {
    let parcel = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?).map_err(io::Error::from)?;
    let mut descriptors = take_all(&parcel)?.into_iter();
    let mut octets = Vec::new();
    let mut text = File::from(descriptors.next().ok_or(Lost::Format)?);
    text.seek(SeekFrom::Start(0))?;
    text.read_to_end(&mut octets)?;
    unpack(&octets, &mut descriptors).ok_or(Lost::Format)
}

/// A socket in whose queue all of it lies.
fn pack(legacy: Legacy) -> io::Result<OwnedFd> {
    let Legacy { lock, sockets, bequests, asker, paused_ns } = legacy;
    let mut octets = Vec::new();
    let mut descriptors: Vec<OwnedFd> = vec![lock.into()];
    octets.extend_from_slice(&paused_ns.to_le_bytes());
    octets.push(u8::from(asker.is_some()));
    descriptors.extend(asker.map(OwnedFd::from));
    put_len(sockets.len(), &mut octets);
    for Fixed { is_stream, address, fd } in sockets {
        octets.push(u8::from(is_stream));
        put(address.to_string().as_bytes(), &mut octets);
        descriptors.push(fd);
    }
    put_len(bequests.len(), &mut octets);
    for Bequest { links, letters } in bequests {
        let mut handed = Vec::new();
        for Passed { handed: link, fd, unwritten } in links {
            put(&unwritten, &mut octets);
            handed.push(link);
            descriptors.push(fd);
        }
        // A length of its own follows: how many links there were, the estate says.
        octets.extend_from_slice(&END);
        Estate { links: handed, letters }.encode(&mut octets);
    }
    let mut text = File::from(memfd_create("parcel", MemfdFlags::CLOEXEC)?);
    text.write_all(&octets)?;
    let (out, queue) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // As much as the system grants; each message holds hundreds.
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&out, QUEUE_LEN);
    let first = [text.as_fd()];
    let all: Vec<BorrowedFd<'_>> =
        first.into_iter().chain(descriptors.iter().map(AsFd::as_fd)).collect();
    for some in all.chunks(BATCH) {
        send(&out, some)?;
    }
    Ok(queue)
}

fn send(out: &OwnedFd, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors in one message"));
    }
    sendmsg(out, &[IoSlice::new(b".")], &mut control, SendFlags::DONTWAIT)?;
    Ok(())
}

fn take_all(parcel: &OwnedFd) -> io::Result<Vec<OwnedFd>> {
    let mut all = Vec::new();
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(BATCH))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut one = [0];
        let mut pieces = [IoSliceMut::new(&mut one)];
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        if recvmsg(parcel, &mut pieces, &mut control, flags)?.bytes == 0 {
            return Ok(all);
        }
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                all.extend(descriptors);
            }
        }
    }
}

fn unpack(octets: &[u8], descriptors: &mut impl Iterator<Item = OwnedFd>) -> Option<Legacy> {
    let mut reader = Reader(octets);
    let lock = File::from(descriptors.next()?);
    let paused_ns = reader.u64().ok()?;
    let asker = match reader.u8().ok()? {
        0 => None,
        _ => Some(UnixStream::from(descriptors.next()?)),
    };
    let mut sockets = Vec::new();
    for _ in 0..reader.u32().ok()? {
        let is_stream = reader.u8().ok()? != 0;
        let address = reader.text().ok()?.parse().ok()?;
        sockets.push(Fixed { is_stream, address, fd: descriptors.next()? });
    }
    let mut bequests = Vec::new();
    for _ in 0..reader.u32().ok()? {
        let unwritten = unwritten(&mut reader).ok()?;
        let Estate { links, letters } = Estate::decode(&mut reader).ok()?;
        if links.len() != unwritten.len() {
            return None;
        }
        let passed = links
            .into_iter()
            .zip(unwritten)
            .map(|(handed, unwritten)| Some(Passed { handed, fd: descriptors.next()?, unwritten }));
        bequests.push(Bequest { links: passed.collect::<Option<_>>()?, letters });
    }
    let is_all = reader.0.is_empty() && descriptors.next().is_none();
    is_all.then_some(Legacy { lock, sockets, bequests, asker, paused_ns })
}

fn unwritten(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Short> {
    let mut all = Vec::new();
    loop {
        let len = reader.u32()?;
        if len.to_le_bytes() == END {
            return Ok(all);
        }
        all.push(reader.take(len as usize)?.to_vec());
    }
}

fn put_len(len: usize, out: &mut Vec<u8>) {
    let len = u32::try_from(len).expect("descriptors are fewer than 2^32");
    out.extend_from_slice(&len.to_le_bytes());
}

fn put(octets: &[u8], out: &mut Vec<u8>) {
    put_len(octets.len(), out);
    out.extend_from_slice(octets);
}

/// No link has so much to write.
const END: [u8; 4] = [0xFF; 4];

/// How many descriptors one message carries; the kernel takes 253.
const BATCH: usize = 250;

/// Some ten thousand messages.
const QUEUE_LEN: usize = 8 << 20;

#[cfg(test)]
mod tests;
