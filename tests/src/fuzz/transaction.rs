//! Transactions of SIP driven by octets, beside what RFC 3261 and RFC 4320 allow to be said.

use std::time::{Duration, Instant};

use sip::transaction::Timers;
use sip::transaction::client::{self, NonInvite as Client};
use sip::transaction::server::{self, NonInvite as Server};

use crate::door::base;

/// The first octet says which side and over what; each two after it are something that happens.
///
/// # Panics
///
/// If something is said that may not be, or not said that must be.
pub fn transaction(data: &[u8]) {
    let Some((first, octets)) = data.split_first() else { return };
    let reliable = first & 2 != 0;
    let steps = octets.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    if first & 1 == 0 {
        let mut asker = Asker::new(reliable);
        steps.for_each(|(op, value)| asker.step(op, value));
        asker.end();
    } else {
        let mut answerer = Answerer::new(reliable);
        steps.for_each(|(op, value)| answerer.step(op, value));
        answerer.end();
    }
}

/// One who sent a request, and what came of it.
struct Asker {
    client: Client,
    reliable: bool,
    now: Instant,
    /// How often the request left after the first time.
    again: usize,
    /// When and how it ended for the owner.
    ended: Option<(Instant, client::Action)>,
    /// A provisional response came: it asks less often from then on.
    provisional: bool,
    /// Somebody looked later than was asked for.
    late: bool,
}

impl Asker {
    fn new(reliable: bool) -> Self {
        let client = Client::new(base(), reliable, Timers::default());
        let (again, ended, provisional) = (0, None, false);
        Self { client, reliable, now: base(), again, ended, provisional, late: false }
    }

    fn step(&mut self, op: u8, value: u8) {
        match op % 5 {
            0 => self.hear(100 + u16::from(value % 100)),
            1 => self.hear(200 + u16::from(value) * 2 % 500),
            2 => self.wait(Duration::from_millis(u64::from(value) * 40)),
            3 => self.punctual(usize::from(value % 16)),
            _ => {
                let action = self.client.handle_transport_error(self.now);
                self.take(action);
            }
        }
        self.check();
    }

    fn hear(&mut self, status: u16) {
        let action = self.client.handle_response(self.now, status);
        match action {
            client::Action::Final(said) => assert!(said == status && status >= 200),
            client::Action::None => {
                assert!(status < 200 || self.ended.is_some(), "a final response is taken");
            }
            client::Action::Retransmit | client::Action::TimedOut | client::Action::Failed => {
                panic!("{action:?} is no answer to a response")
            }
        }
        self.provisional |= status < 200;
        self.take(action);
    }

    /// Time passes, whatever was asked for.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.late |= self.client.poll_timeout().is_some_and(|due| due < self.now);
        self.look();
    }

    /// So many moments that were asked for come, each exactly then.
    fn punctual(&mut self, count: usize) {
        for _ in 0..count {
            let Some(due) = self.client.poll_timeout() else { return };
            self.now = self.now.max(due);
            self.look();
        }
    }

    fn look(&mut self) {
        for _ in 0..LOOKS_MAX {
            if self.client.poll_timeout().is_none_or(|due| due > self.now) {
                return;
            }
            let action = self.client.handle_timeout(self.now);
            self.take(action);
        }
        panic!("a moment that is always due");
    }

    fn take(&mut self, action: client::Action) {
        match action {
            client::Action::None => {}
            client::Action::Retransmit => {
                assert!(!self.reliable && self.ended.is_none(), "nobody waits for it any more");
                self.again += 1;
            }
            client::Action::Final(_) | client::Action::TimedOut | client::Action::Failed => {
                assert!(self.ended.is_none(), "a second end: {action:?} after {:?}", self.ended);
                self.ended = Some((self.now, action));
            }
        }
        let waited = self.now - base();
        match action {
            client::Action::TimedOut => assert!(waited >= Timers::default().patience()),
            client::Action::Retransmit => assert!(waited < Timers::default().patience()),
            client::Action::None | client::Action::Final(_) | client::Action::Failed => {}
        }
    }

    fn check(&self) {
        let waited = self.now - base();
        let due = E_HALVES.iter().filter(|halves| T1 * **halves <= waited).count();
        assert!(self.again <= due, "{} times in {waited:?}", self.again);
        let plain = !self.late && !self.provisional && !self.reliable && self.ended.is_none();
        assert!(!plain || self.again == due, "{} of {due} times in {waited:?}", self.again);
        let over = self.client.state() == client::State::Terminated;
        assert_eq!(
            over,
            self.client.poll_timeout().is_none(),
            "what is not over has a next moment"
        );
        assert!(!over || self.ended.is_some(), "over, and nobody was told");
        if let Some((at, client::Action::Final(_))) = self.ended {
            // Copies of the response are absorbed for T4 (Timer K).
            let absorbs = !self.reliable && self.now - at < Timers::default().t4;
            assert_eq!(absorbs, !over);
        }
    }

    fn end(mut self) {
        self.wait(Timers::default().patience() * 2);
        assert!(self.ended.is_some(), "a request that never ends");
        assert_eq!(self.client.state(), client::State::Terminated);
    }
}

/// One who got a request, and what was said to it.
struct Answerer {
    server: Server,
    reliable: bool,
    now: Instant,
    /// The latest that was said, and when: 100 or a final status.
    said: Option<(Instant, u16)>,
}

impl Answerer {
    fn new(reliable: bool) -> Self {
        let server = Server::new(base(), reliable, Timers::default());
        Self { server, reliable, now: base(), said: None }
    }

    fn step(&mut self, op: u8, value: u8) {
        match op % 5 {
            0 => self.again(),
            1 => self.say(100 + u16::from(value % 100)),
            2 => self.say(200 + u16::from(value) * 2 % 500),
            3 => self.say(408),
            _ => self.wait(Duration::from_millis(u64::from(value) * 40)),
        }
        let over = self.server.state() == server::State::Terminated;
        assert_eq!(over, self.is_over(), "{:?}", self.said);
        assert_eq!(over, self.server.poll_timeout().is_none());
    }

    fn is_final(&self) -> bool {
        self.said.is_some_and(|(_, status)| status >= 200)
    }

    /// Unanswered for as long as a client waits, answered on a connection, or answered so long
    /// ago that nobody asks again (Timer J).
    fn is_over(&self) -> bool {
        let patience = Timers::default().patience();
        match self.said.filter(|_| self.is_final()) {
            Some((at, _)) => self.reliable || self.now - at >= patience,
            None => self.now - base() >= patience,
        }
    }

    fn again(&mut self) {
        let expected = match self.said {
            _ if self.is_over() => server::Action::None,
            Some(_) => server::Action::Resend,
            None => server::Action::None,
        };
        assert_eq!(self.server.handle_request(self.now), expected);
    }

    fn say(&mut self, status: u16) {
        let action = self.server.respond(self.now, status);
        let may = status != 408 && !self.is_final() && !self.is_over();
        assert_eq!(action, if may { server::Action::Send } else { server::Action::Drop });
        if may {
            self.said = Some((self.now, status));
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        let owes = self.said.is_none()
            && self.now - base() >= Timers::default().silence()
            && !self.is_over();
        let mut tried = false;
        for _ in 0..LOOKS_MAX {
            if self.server.poll_timeout().is_none_or(|due| due > self.now) {
                assert!(tried || !owes || self.told(), "100 is owed (RFC 4320 §4.1)");
                return;
            }
            match self.server.handle_timeout(self.now) {
                server::Action::SayTrying => {
                    assert!(owes && !tried, "100 once, after a while, and to nobody who knows");
                    tried = true;
                    self.say(100);
                }
                server::Action::None => {}
                action @ (server::Action::Send | server::Action::Resend | server::Action::Drop) => {
                    panic!("{action:?} because time passes")
                }
            }
        }
        panic!("a moment that is always due");
    }

    fn told(&self) -> bool {
        self.said.is_some()
    }

    fn end(mut self) {
        self.wait(Timers::default().patience() * 2);
        assert_eq!(self.server.state(), server::State::Terminated);
        self.again();
    }
}

const T1: Duration = Duration::from_millis(500);

/// When Timer E fires, in T1 since the request left (RFC 3261 §17.1.2.2).
const E_HALVES: [u32; 10] = [1, 3, 7, 15, 23, 31, 39, 47, 55, 63];

/// More than any number of timers that one look can find due.
const LOOKS_MAX: u32 = 100;
