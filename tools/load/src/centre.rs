//! A message centre that SMS come from: the one under test binds to it and is sent deliver_sm.

use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Poll, Registry, Token};
use smpp::{BindKind, Command, Status, frame, pdu};

use crate::args::{CentreSmpp, Numbers};
use crate::bind::Broken;
use crate::buffer::{Buffer, Filled};
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::Marks;
use crate::sink::answer_bind;
use crate::template::{Carried, Template, id_of};

/// The listener, and who is bound to it.
#[derive(Debug)]
pub(crate) struct Centre {
    address: SocketAddr,
    listener: TcpListener,
    registry: Option<Registry>,
    /// By token; whoever comes beyond is not taken.
    links: Vec<Link>,
    binds: usize,
    window: u32,
    template: Template,
    turn: usize,
}

#[derive(Debug)]
struct Link {
    stream: TcpStream,
    buffer: Buffer,
    /// SMS that may be sent over it: it is bound, and not as a transmitter.
    receives: bool,
    lost: bool,
    in_flight: u32,
}

impl Centre {
    /// Begins to listen.
    pub(crate) fn open(args: &CentreSmpp, numbers: Numbers, marks: Marks) -> Result<Self, Failure> {
        let address = args.centre;
        let listener = TcpListener::bind(address).doing(|| format!("listen on {address}"))?;
        Ok(Self {
            address,
            listener,
            registry: None,
            links: Vec::new(),
            binds: args.load.binds.into(),
            window: args.load.window,
            template: Template::new(&args.load, numbers, marks, Carried::Deliver),
            turn: 0,
        })
    }

    /// Tokens it needs: one for the listener, one for each bind.
    pub(crate) const fn tokens(&self) -> usize {
        1 + self.binds
    }

    /// Waits for connections in `poll`.
    pub(crate) fn connect(&mut self, poll: &Poll) -> Result<(), Failure> {
        let doing = || "wait for connections".to_owned();
        let registry = poll.registry().try_clone().doing(doing)?;
        registry.register(&mut self.listener, Token(0), Interest::READABLE).doing(doing)?;
        self.registry = Some(registry);
        Ok(())
    }

    /// Whether as many are bound as were wanted.
    pub(crate) fn is_ready(&self) -> bool {
        self.bound() == self.binds
    }

    /// How many may be sent to.
    pub(crate) fn bound(&self) -> usize {
        self.links.iter().filter(|link| link.receives && !link.lost).count()
    }

    /// Where it listens.
    pub(crate) const fn remote(&self) -> SocketAddr {
        self.address
    }

    /// Octets of one SMS.
    pub(crate) const fn octets(&self) -> usize {
        self.template.len()
    }

    /// Sends SMS `id` over the next bind that has room, and says which; `None` if none has.
    pub(crate) fn submit(&mut self, id: u32) -> Option<u16> {
        for _ in 0..self.links.len() {
            let index = self.turn;
            self.turn = (index + 1) % self.links.len();
            let link = &mut self.links[index];
            if link.receives && !link.lost && link.in_flight < self.window {
                self.template.put(id, link.buffer.out());
                link.in_flight += 1;
                return Some(index as u16);
            }
        }
        None
    }

    /// Writes what is due; tells what broke.
    pub(crate) fn flush(&mut self, broken: &mut Vec<Broken>) {
        for link in self.links.iter_mut().filter(|link| !link.lost) {
            if let Err(why) = link.buffer.flush(&mut link.stream) {
                link.lost = true;
                broken.push(why.into());
            }
        }
    }

    /// Somebody comes, or has something to say.
    pub(crate) fn handle_ready(
        &mut self,
        token: usize,
        closing: bool,
        now_ns: u64,
        ledger: &mut Ledger,
    ) -> Result<(), Broken> {
        let Some(place) = token.checked_sub(1) else { return self.accept() };
        let Some(link) = self.links.get_mut(place).filter(|link| !link.lost) else { return Ok(()) };
        link.read(closing, now_ns, ledger).inspect_err(|_| link.lost = true)
    }

    fn accept(&mut self) -> Result<(), Broken> {
        let Some(registry) = &self.registry else { return Ok(()) };
        while let Ok((mut stream, _)) = self.listener.accept() {
            if self.links.len() < self.binds {
                stream.set_nodelay(true)?;
                let (token, interest) = (Token(1 + self.links.len()), Interest::READABLE);
                registry.register(&mut stream, token, interest | Interest::WRITABLE)?;
                let buffer = Buffer::new();
                self.links.push(Link {
                    stream,
                    buffer,
                    receives: false,
                    lost: false,
                    in_flight: 0,
                });
            }
        }
        Ok(())
    }
}

impl Link {
    fn read(&mut self, closing: bool, now_ns: u64, ledger: &mut Ledger) -> Result<(), Broken> {
        loop {
            let filled = self.buffer.fill(&mut self.stream, closing)?;
            self.handle_octets(now_ns, ledger)?;
            match filled {
                Filled::Dry => return Ok(()),
                Filled::More => {}
                Filled::Closed => return Err(Broken::Lost("closed by the other side".to_owned())),
            }
        }
    }

    fn handle_octets(&mut self, now_ns: u64, ledger: &mut Ledger) -> Result<(), Broken> {
        let (octets, out) = self.buffer.split();
        let (mut done, mut answered) = (0, 0);
        loop {
            let frame = match frame::next(&octets[done..], frame::PDU_MAX) {
                Err(error) => return Err(Broken::Lost(error.to_string())),
                Ok(None) => break,
                Ok(Some(frame)) => frame,
            };
            done += frame.len();
            let header = frame.header;
            match header.command {
                Command::DeliverSmResp | Command::GenericNack => {
                    answered += 1;
                    ledger.handle_response(id_of(header.sequence), header.status, b"", now_ns);
                }
                Command::EnquireLink => pdu::put_enquire_link_resp(header.sequence, out),
                Command::Unbind => {
                    return Err(Broken::Lost("unbound by the other side".to_owned()));
                }
                other => match BindKind::of(other).filter(|_| !other.is_response()) {
                    Some(kind) => {
                        answer_bind(kind, frame.body, header.sequence, out);
                        self.receives = kind != BindKind::Transmitter;
                    }
                    None if other.is_response() => {}
                    None => pdu::put_error(other, Status::RINVCMDID, header.sequence, out),
                },
            }
        }
        self.buffer.take(done);
        self.in_flight = self.in_flight.saturating_sub(answered);
        Ok(())
    }
}
