//! The phones' life: register, take, send, leave.

use mio::net::UdpSocket;
use mio::{Interest, Token};
use serde_json::json;
use socket2::SockRef;

use super::args::Args;
use super::phones::Phones;
use crate::body::Body;
use crate::clock;
use crate::failure::{Doing, Failure};

/// Runs phones; true if everything they waited for came.
pub(crate) fn run(args: &Args) -> Result<bool, Failure> {
    let now = clock::now();
    let mut body = Body::new(now, args.lifetime).doing(|| "wait for events".to_owned())?;
    let mut socket = UdpSocket::bind(args.local).doing(|| format!("bind {}", args.local))?;
    // As much as the system grants: a campaign comes in bursts.
    let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    body.registry()
        .register(&mut socket, Token(0), Interest::READABLE)
        .doing(|| "wait for datagrams".to_owned())?;
    let local = socket.local_addr().doing(|| "learn the port".to_owned())?;
    let mut phones = Phones::new(args, socket, local, now)?;
    phones.report.event(now, "listening", || json!({"address": local.to_string()}));
    loop {
        let now = clock::now();
        phones.handle_time(now);
        phones.report.flush();
        if phones.left(now, body.is_over(now)) {
            break;
        }
        let wake = phones.poll_timeout();
        body.wait(wake).doing(|| "wait for events".to_owned())?;
        phones.receive(clock::now());
    }
    let ok = phones.is_complete();
    phones.report.summary(clock::now(), ok, phones.summary());
    Ok(ok)
}

/// A campaign comes in bursts.
const RECEIVE_BUFFER: usize = 4 << 20;
