//! What comes before a shard knows everything from before the restart.
//!
//! Carriers bind at once, however much the journal holds. But what they submit may be ours
//! already: to take it once more, or to refuse it, would be a lie. It waits, unanswered, until
//! the last Sms from before the restart is here, and so does everything else that may be about
//! one of them.
//!
//! | what comes meanwhile | what is done |
//! |---|---|
//! | a bind, enquire_link, unbind | answered |
//! | any other PDU, and what follows it on its link | kept |
//! | what our own links, SIP connections and sockets say | kept |
//! | mail | kept, but how many binds there are |
//! | a plan, time, the end of a link, the order to stop | as ever |

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use smpp::Command;
use smpp::session::Role;

use crate::input::{LinkId, ShardId, SocketId};
use crate::limits::{WAKING_LINK_MAX, WAKING_MAX};
use crate::mail::Mail;
use crate::output::Plug;
use crate::shard::Shard;

/// What is kept until everything from before the restart is here.
#[derive(Debug, Default)]
pub(crate) struct Waking {
    on: bool,
    /// How many octets there are in all links and datagrams.
    octets: usize,
    links: BTreeMap<LinkId, Vec<u8>>,
    datagrams: VecDeque<(SocketId, SocketAddr, Vec<u8>)>,
    /// As many as other shards have senders that wait: a window for each link.
    mails: VecDeque<(ShardId, Mail)>,
}

impl Waking {
    /// Is there more to come from before the restart?
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// What came by datagrams and waits.
    pub(crate) fn take_datagrams(&mut self) -> VecDeque<(SocketId, SocketAddr, Vec<u8>)> {
        std::mem::take(&mut self.datagrams)
    }

    /// Says whether there was room.
    fn keep(&mut self, link: LinkId, bytes: &[u8]) -> bool {
        let kept = self.links.entry(link).or_default();
        if kept.len() + bytes.len() > WAKING_LINK_MAX || self.octets + bytes.len() > WAKING_MAX {
            return false;
        }
        self.octets += bytes.len();
        kept.extend_from_slice(bytes);
        true
    }

    /// The link is gone, and nobody waits for an answer.
    pub(crate) fn forget(&mut self, link: LinkId) {
        let kept = self.links.remove(&link);
        self.octets -= kept.map_or(0, |kept| kept.len());
    }

    /// One that finds no room is lost, as in a socket that is full.
    pub(crate) fn keep_datagram(&mut self, socket: SocketId, peer: SocketAddr, bytes: &[u8]) {
        if self.octets + bytes.len() <= WAKING_MAX {
            self.octets += bytes.len();
            self.datagrams.push_back((socket, peer, bytes.to_vec()));
        }
    }
}

impl Shard {
    /// More is to come from before the restart, or that was all.
    pub(crate) fn handle_recovering(&mut self, goes_on: bool) {
        let Waking { links, datagrams, mails, .. } = std::mem::take(&mut self.waking);
        self.waking.on = goes_on;
        for (from, mail) in mails {
            self.handle_mail(from, mail);
        }
        for (link, octets) in links {
            self.handle_bytes(link, &octets);
        }
        for (socket, peer, octets) in datagrams {
            self.handle_datagram(socket, peer, &octets);
        }
    }

    /// Takes mail in, now or when everything is known.
    pub(crate) fn receive_mail(&mut self, from: ShardId, mail: Mail) {
        match mail {
            Mail::Binds { .. } => self.handle_mail(from, mail),
            mail if self.waking.on => self.waking.mails.push_back((from, mail)),
            mail => self.handle_mail(from, mail),
        }
    }

    /// Must what this link says now wait behind what it has said, or because of whose it is?
    pub(crate) fn is_kept_waiting(&self, id: LinkId) -> bool {
        let is_server = |role| role == Role::Server;
        self.waking.on
            && (self.waking.links.contains_key(&id)
                || !self.links.get(id).is_some_and(|link| is_server(link.session.role())))
    }

    /// Must a PDU wait?
    pub(crate) fn must_wait(&self, id: LinkId, command: Command) -> bool {
        let is_bound = |id| self.links.get(id).is_some_and(|link| link.session.state().is_bound());
        let harmless =
            [Command::EnquireLink, Command::EnquireLinkResp, Command::Unbind, Command::UnbindResp];
        self.waking.on && is_bound(id) && !harmless.contains(&command)
    }

    /// Keeps what a link says. Who says more than there is room for is left: that is no answer.
    pub(crate) fn keep_waiting(&mut self, id: LinkId, octets: &[u8]) {
        if self.waking.keep(id, octets) {
            return;
        }
        match self.links.get(id) {
            Some(_) => self.close(id),
            None => self.out.plugs.push_back(Plug::Close { link: id }),
        }
    }
}
