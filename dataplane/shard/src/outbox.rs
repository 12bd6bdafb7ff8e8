//! What a turn has to say, kept until the body asks.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use routing::MessageId;

use crate::attic::Place;
use crate::input::{LinkId, ShardId, SocketId};
use crate::mail::Mail;
use crate::note::{Level, Note};
use crate::output::Plug;
use crate::peers::lines::Line;
use crate::taps::Taps;

/// What a turn has to say, kept until the body asks.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Encoded records and how many there are.
    pub(crate) records: Vec<u8>,
    pub(crate) record_count: u32,
    /// Links that have something to write.
    pub(crate) sends: VecDeque<LinkId>,
    /// Datagrams, their octets in `arena`.
    pub(crate) datagrams: VecDeque<(SocketId, SocketAddr, Range<usize>)>,
    pub(crate) arena: Vec<u8>,
    /// What goes into the attic, its octets in `stowed`, and what comes back.
    pub(crate) stows: VecDeque<(MessageId, Place, Range<usize>)>,
    pub(crate) stowed: Vec<u8>,
    pub(crate) fetches: VecDeque<(MessageId, Place, u32)>,
    pub(crate) posts: VecDeque<(ShardId, Mail)>,
    pub(crate) plugs: VecDeque<Plug>,
    pub(crate) notes: VecDeque<Note>,
    pub(crate) taps: Taps,
    /// The wake-up the body was last asked for.
    pub(crate) asked: Option<Instant>,
    /// What `poll_output` lends at the moment.
    pub(crate) lent: Vec<u8>,
}

impl Outbox {
    /// Queues a datagram that `write` appends; nothing is sent if it fails.
    pub(crate) fn datagram<E>(
        &mut self,
        socket: SocketId,
        peer: SocketAddr,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.arena.len();
        write(&mut self.arena).inspect_err(|_| self.arena.truncate(start))?;
        self.datagrams.push_back((socket, peer, start..self.arena.len()));
        Ok(())
    }

    /// Shows the datagram that was queued last.
    pub(crate) fn saw_datagram(&mut self, line: Line, peer: SocketAddr) {
        if self.taps.is_on()
            && let Some((.., range)) = self.datagrams.back()
        {
            self.taps.saw_sip(true, line, peer, &self.arena[range.clone()]);
        }
    }

    pub(crate) fn post(&mut self, to: ShardId, mail: Mail) {
        self.posts.push_back((to, mail));
    }

    pub(crate) fn info(&mut self, what: &'static str, subject: impl Into<String>) -> &mut Note {
        self.note(Level::Info, what, subject)
    }

    pub(crate) fn warn(&mut self, what: &'static str, subject: impl Into<String>) -> &mut Note {
        self.note(Level::Warn, what, subject)
    }

    fn note(&mut self, level: Level, what: &'static str, subject: impl Into<String>) -> &mut Note {
        let (subject, detail) = (subject.into(), String::new());
        self.notes.push_back(Note { level, what, subject, peer: None, number: None, detail });
        self.notes.back_mut().expect("just pushed")
    }
}
