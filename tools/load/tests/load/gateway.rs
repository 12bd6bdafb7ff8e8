//! A gateway as small as can be, from SMPP and SIP to SIP: no memory, no timers, and faults on
//! demand.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use sip::digest::{NonceKey, challenge};
use sip::{Builder, ContactValue, Message, Method, Name, Party, Request, Response, Transport, Uri};
use smpp::{BindResp, MessageState, Pdu, Receipt, ShortMessage, Status, SubmitResp, TlvBuffer};
use smpp::{frame, pdu};

/// What goes wrong; 0 is never.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// Every so many-th SMS is accepted and forgotten.
    pub(crate) lose: u32,
    /// Every so many-th MESSAGE is sent again under another Call-ID.
    pub(crate) double: u32,
    /// Every so many-th MESSAGE is retransmitted.
    pub(crate) retransmit: u32,
    /// Every so many-th SMS is refused.
    pub(crate) refuse: u32,
}

/// A running gateway. It ends with the test.
pub(crate) struct Gateway {
    pub(crate) smpp: SocketAddr,
    pub(crate) sip: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    pub(crate) fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        udp.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let (smpp, sip) = (listener.local_addr().unwrap(), udp.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let mut mind = Mind {
            udp,
            faults,
            contacts: HashMap::new(),
            links: Vec::new(),
            asked: HashMap::new(),
            sms: 0,
        };
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                mind.turn(&listener);
            }
        });
        Self { smpp, sip, stop, thread: Some(thread) }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        assert!(std::thread::panicking() || ended.is_ok(), "the gateway broke");
    }
}

struct Link {
    stream: TcpStream,
    inbound: Vec<u8>,
}

struct Mind {
    udp: UdpSocket,
    faults: Faults,
    contacts: HashMap<String, String>,
    links: Vec<Link>,
    /// Which SMS a Call-ID carries: its link, its text, whether a receipt is wanted.
    asked: HashMap<String, (usize, Vec<u8>, bool)>,
    sms: u32,
}

impl Mind {
    fn turn(&mut self, listener: &TcpListener) {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            self.links.push(Link { stream, inbound: Vec::new() });
        }
        let mut datagram = [0; 4096];
        while let Ok((length, source)) = self.udp.recv_from(&mut datagram) {
            self.handle_datagram(&datagram[..length], source);
        }
        for link in 0..self.links.len() {
            self.read(link);
        }
    }

    fn read(&mut self, link: usize) {
        let mut chunk = [0; 4096];
        loop {
            match self.links[link].stream.read(&mut chunk) {
                Ok(0) => return,
                Ok(count) => self.links[link].inbound.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return,
            }
        }
        let inbound = std::mem::take(&mut self.links[link].inbound);
        let (mut done, mut out) = (0, Vec::new());
        while let Some(frame) = frame::next(&inbound[done..], frame::PDU_MAX).unwrap() {
            done += frame.len();
            let sequence = frame.header.sequence;
            match Pdu::decode(&frame).unwrap() {
                Pdu::Bind(bind) => {
                    BindResp::default().encode(bind.kind, Status::ROK, sequence, &mut out);
                }
                Pdu::SubmitSm(message) => self.submit(link, sequence, &message, &mut out),
                _ => {}
            }
        }
        self.links[link].inbound = inbound[done..].to_vec();
        self.write(link, &out);
    }

    fn write(&mut self, link: usize, mut octets: &[u8]) {
        while !octets.is_empty() {
            match self.links[link].stream.write(octets) {
                Ok(count) => octets = &octets[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }

    fn submit(
        &mut self,
        link: usize,
        sequence: u32,
        message: &ShortMessage<'_>,
        out: &mut Vec<u8>,
    ) {
        self.sms += 1;
        let sms = self.sms;
        let every = |count: u32| count > 0 && sms.is_multiple_of(count);
        if every(self.faults.refuse) {
            return pdu::put_error(smpp::Command::SubmitSm, Status::RTHROTTLED, sequence, out);
        }
        let id = format!("id-{sms}");
        SubmitResp { message_id: id.as_bytes(), ..SubmitResp::default() }.encode(
            Status::ROK,
            sequence,
            out,
        );
        let user = str::from_utf8(message.destination.addr).unwrap();
        let receipt = message.registered_delivery == 1;
        self.asked.insert(id.clone(), (link, message.short_message.to_vec(), receipt));
        self.deliver(user, &id, message.short_message);
    }

    /// To the phone, as the faults of this SMS have it.
    fn deliver(&self, user: &str, id: &str, text: &[u8]) {
        let every = |count: u32| count > 0 && self.sms.is_multiple_of(count);
        if every(self.faults.lose) {
            return;
        }
        self.call(user, id, text);
        if every(self.faults.retransmit) {
            self.call(user, id, text);
        }
        if every(self.faults.double) {
            self.call(user, &format!("{id}-again"), text);
        }
    }

    /// A MESSAGE of an app: 407, and then 202 for whoever says anything.
    fn handle_message(&mut self, message: &Message<'_>, source: SocketAddr) {
        let proven = message.credentials(Name::ProxyAuthorization).next().is_some();
        self.sms += u32::from(proven);
        let refused = self.faults.refuse > 0 && self.sms.is_multiple_of(self.faults.refuse);
        let status = match (proven, refused) {
            (false, _) => 407,
            (true, true) => 503,
            (true, false) => 202,
        };
        let mut answer = Vec::new();
        let response = Response { status, to_tag: Some("r"), source };
        let mut builder = Builder::response(&mut answer, message, &response);
        if !proven {
            let nonce = NonceKey::new([7; 32]).make(b"", 1);
            let (ask, offer) = (Name::ProxyAuthenticate, sip::digest::OFFER);
            challenge(&mut builder, ask, &offer, "env1.example", &nonce, false);
        }
        builder.finish().unwrap();
        self.udp.send_to(&answer, source).unwrap();
        if status == 202 {
            let uri = Uri::parse(message.request_uri().unwrap()).unwrap();
            self.deliver(uri.user.unwrap(), &format!("id-{}", self.sms), message.body());
        }
    }

    fn call(&self, user: &str, call_id: &str, text: &[u8]) {
        let contact = &self.contacts[user];
        let uri = Uri::parse(contact).unwrap();
        let mut octets = Vec::new();
        let party = |user, tag| Party { display: "", user, host: "env1.example", tag };
        let request = Request {
            method: Method::Message,
            uri: contact,
            transport: Transport::Udp,
            sent_by: &self.udp.local_addr().unwrap().to_string(),
            branch: &format!("z9hG4bK{call_id}"),
            rport: true,
            max_forwards: 70,
            route: "",
            from: party("LOAD", Some("t")),
            to: party(user, None),
            call_id,
            cseq: 1,
        };
        Builder::request(&mut octets, &request).finish_with("text/plain", text).unwrap();
        let address = format!("{}:{}", uri.host, uri.port.unwrap());
        self.udp.send_to(&octets, address).unwrap();
    }

    fn handle_datagram(&mut self, octets: &[u8], source: SocketAddr) {
        let message = Message::parse(octets).unwrap();
        if message.status().is_some() {
            return self.handle_answer(message.call_id());
        }
        if message.method() == Some(Method::Message) {
            return self.handle_message(&message, source);
        }
        let mut answer = Vec::new();
        let known = message.credentials(Name::Authorization).next().is_some();
        let status = if known { 200 } else { 401 };
        let response = Response { status, to_tag: Some("r"), source };
        let mut builder = Builder::response(&mut answer, &message, &response);
        if known {
            let user = message.from().uri().unwrap().user.unwrap().to_owned();
            match message.contacts().next().unwrap().unwrap() {
                ContactValue::Contact(contact) => {
                    self.contacts.insert(user, contact.uri.to_owned());
                }
                ContactValue::Star => {
                    self.contacts.remove(&user);
                }
            }
        } else {
            let nonce = NonceKey::new([7; 32]).make(b"", 1);
            let offer = sip::digest::OFFER;
            challenge(&mut builder, Name::WwwAuthenticate, &offer, "env1.example", &nonce, false);
        }
        builder.finish().unwrap();
        self.udp.send_to(&answer, source).unwrap();
    }

    fn handle_answer(&mut self, call_id: &str) {
        let Some((link, text, true)) = self.asked.remove(call_id) else { return };
        let (mut words, mut tlvs, mut out) = (Vec::new(), TlvBuffer::new(), Vec::new());
        let receipt = Receipt {
            id: call_id.as_bytes(),
            state: Some(MessageState::Delivered),
            text: &text,
            ..Receipt::default()
        };
        receipt.encode_text(&mut words);
        receipt.put_tlvs(&mut tlvs);
        let esm_class = pdu::esm_class::TYPE_RECEIPT;
        let tlvs = tlvs.view();
        ShortMessage { esm_class, short_message: &words, tlvs, ..ShortMessage::default() }
            .encode_deliver_sm(self.sms, &mut out);
        self.write(link, &out);
    }
}
