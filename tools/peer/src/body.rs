//! One thread, one poll: sockets, the wish to stop, and the time to wake.

use std::io;
use std::time::{Duration, Instant};

use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Registry, Token};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::clock;

/// Waits for sockets, for a signal to stop, and for deadlines.
#[derive(Debug)]
pub(crate) struct Body {
    poll: Poll,
    events: Events,
    /// Readable once somebody wants us to stop.
    signals: UnixStream,
    stopped: bool,
    deadline: Option<Instant>,
}

impl Body {
    /// A body that lives `lifetime` long from `now`, or until it is told to stop.
    pub(crate) fn new(now: Instant, lifetime: Option<f64>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
        }
        read.set_nonblocking(true)?;
        let mut signals = UnixStream::from_std(read);
        poll.registry().register(&mut signals, SIGNALS, Interest::READABLE)?;
        let deadline = lifetime.map(|secs| now + Duration::from_secs_f64(secs.max(0.0)));
        let events = Events::with_capacity(EVENTS_MAX);
        Ok(Self { poll, events, signals, stopped: false, deadline })
    }

    /// Where sockets are registered. Tokens are the caller's, but `usize::MAX`.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Waits for news, at the longest until `wake`, and lists the sockets that have some.
    pub(crate) fn wait(&mut self, wake: Option<Instant>) -> io::Result<Vec<Token>> {
        let now = clock::now();
        // Past the deadline there is still goodbye to be said, and no reason to spin.
        let deadline = self.deadline.filter(|deadline| *deadline > now);
        let until = [wake, deadline].into_iter().flatten().min();
        let patience = until.map(|until| until.saturating_duration_since(now));
        match self.poll.poll(&mut self.events, patience) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Vec::new()),
            outcome => outcome?,
        }
        let mut ready = Vec::new();
        for event in &self.events {
            if event.token() == SIGNALS {
                self.stopped = true;
            } else {
                ready.push(event.token());
            }
        }
        Ok(ready)
    }

    /// Whether it is time to go: told so, or the lifetime is over.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.stopped || self.deadline.is_some_and(|deadline| deadline <= now)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and nothing depends on success.
        let _ = self.poll.registry().deregister(&mut self.signals);
    }
}

const SIGNALS: Token = Token(usize::MAX);

const EVENTS_MAX: usize = 256;
