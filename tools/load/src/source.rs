//! Where SMS come from: the binds of a carrier, apps, or a message centre.

use mio::Poll;

use crate::apps::Apps;
use crate::bind::Broken;
use crate::binds::Binds;
use crate::centre::Centre;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::ledger::Ledger;
use crate::mark::Marks;

/// The near end of a run.
#[derive(Debug)]
pub(crate) enum Source {
    /// Binds of a carrier.
    Binds(Binds),
    /// Apps that prove who they are.
    Apps(Apps),
    /// A message centre that is bound to.
    Centre(Centre),
}

impl Source {
    /// How many tokens it needs in a poll, from 0 on.
    pub(crate) fn tokens(&self) -> usize {
        match self {
            Self::Binds(binds) => binds.tokens(),
            Self::Apps(apps) => apps.open(),
            Self::Centre(centre) => centre.tokens(),
        }
    }

    /// Opens what SMS leave by, with tokens from 0 on.
    pub(crate) fn connect(&mut self, poll: &Poll) -> Result<(), Failure> {
        match self {
            Self::Binds(binds) => binds.connect(poll),
            Self::Apps(apps) => apps.connect(poll),
            Self::Centre(centre) => centre.connect(poll),
        }
    }

    /// Whether all of it is open.
    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Binds(binds) => binds.is_ready(),
            Self::Apps(_) => true,
            Self::Centre(centre) => centre.is_ready(),
        }
    }

    /// How many links are open.
    pub(crate) fn open(&self) -> usize {
        match self {
            Self::Binds(binds) => binds.bound(),
            Self::Apps(apps) => apps.open(),
            Self::Centre(centre) => centre.bound(),
        }
    }

    /// Where it leads.
    pub(crate) fn remote(&self) -> std::net::SocketAddr {
        match self {
            Self::Binds(binds) => binds.remote(),
            Self::Apps(apps) => apps.remote(),
            Self::Centre(centre) => centre.remote(),
        }
    }

    /// Submits SMS `id` over the next link that has room, and says which; `None` if none has.
    pub(crate) fn submit(&mut self, id: u32, now_ns: u64) -> Option<u16> {
        match self {
            Self::Binds(binds) => binds.submit(id),
            Self::Apps(apps) => apps.submit(id, now_ns),
            Self::Centre(centre) => centre.submit(id),
        }
    }

    /// Writes what is due; tells what broke.
    pub(crate) fn flush(&mut self, now_ns: u64, broken: &mut Vec<Broken>) {
        match self {
            Self::Binds(binds) => binds.flush(now_ns, broken),
            Self::Apps(_) => {}
            Self::Centre(centre) => centre.flush(broken),
        }
    }

    /// Binds that broke and are made again: what had no answer over them leaves again.
    pub(crate) fn take_lost(&mut self) -> Vec<u16> {
        match self {
            Self::Binds(binds) => binds.take_lost(),
            Self::Apps(_) | Self::Centre(_) => Vec::new(),
        }
    }

    /// Whether what breaks is made again.
    pub(crate) const fn persists(&self) -> bool {
        matches!(self, Self::Binds(binds) if binds.persists())
    }

    /// A link has news.
    pub(crate) fn handle_ready(
        &mut self,
        token: usize,
        closing: bool,
        now_ns: u64,
        marks: &Marks,
        ledger: &mut Ledger,
    ) -> Result<(), Broken> {
        match self {
            Self::Binds(binds) => binds.handle_ready(token, closing, now_ns, marks, ledger),
            Self::Apps(apps) => {
                apps.handle_ready(token);
                Ok(())
            }
            Self::Centre(centre) => centre.handle_ready(token, closing, now_ns, ledger),
        }
    }

    /// Does a bounded amount of what is to be done; whether something is left.
    pub(crate) fn work(&mut self, clock: &Clock, ledger: &mut Ledger) -> bool {
        match self {
            Self::Binds(_) | Self::Centre(_) => false,
            Self::Apps(apps) => apps.work(clock, ledger),
        }
    }

    /// Octets of one SMS as it leaves.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Binds(binds) => binds.octets(),
            Self::Apps(apps) => apps.octets(),
            Self::Centre(centre) => centre.octets(),
        }
    }

    /// Are answers SIP's, with three digits?
    pub(crate) fn is_sip(&self) -> bool {
        matches!(self, Self::Apps(_))
    }

    /// Says goodbye.
    pub(crate) fn leave(&mut self) {
        match self {
            Self::Binds(binds) => binds.leave(),
            Self::Apps(_) | Self::Centre(_) => {}
        }
    }
}
