//! What comes to the phones, and the books about it. No sockets.
//!
//! A request that was seen before (same branch) gets the same answer and is not looked at again.
//! A MESSAGE with a Call-ID that was seen under another branch is a second try of a sender who
//! does not know how the first ended: answered, not counted. The same text for the same user
//! under another Call-ID is what nobody should ever see.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::transaction::{HashKey, Key, Timers};
use sip::{Builder, Message, Method, Response, Uri};

use super::args::Answer;
use crate::script::Script;

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// MESSAGEs taken, each Call-ID once.
    pub(super) received: u64,
    /// The same by user.
    pub(super) by_user: BTreeMap<String, u64>,
    /// Requests that came again under the same branch.
    pub(super) retransmissions: u64,
    /// MESSAGEs under a new branch whose Call-ID was known.
    pub(super) call_ids_twice: u64,
    /// MESSAGEs under a new Call-ID whose text was known.
    pub(super) texts_twice: u64,
    /// MESSAGEs refused, by status.
    pub(super) refused: BTreeMap<u16, u64>,
    /// MESSAGEs left without an answer.
    pub(super) silent: u64,
    /// Requests of other methods.
    pub(super) others: u64,
    /// Datagrams that are no SIP.
    pub(super) garbage: u64,
}

/// What became of one request.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Taken {
    /// A MESSAGE nobody had sent before.
    New {
        /// Whom it is for.
        user: String,
        /// Its text, as far as it is text.
        text: String,
        /// Whether that text was known.
        text_twice: bool,
    },
    /// A retransmission, or a second try.
    Again,
    /// A MESSAGE that was refused.
    Refused(u16),
    /// A MESSAGE that is left without an answer.
    Silent,
    /// Something else.
    Other,
}

/// An answer on its way.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) to: SocketAddr,
    pub(super) octets: Vec<u8>,
}

/// Takes requests, keeps their answers, keeps the books.
#[derive(Debug)]
pub(super) struct Inbox {
    script: Script<Answer>,
    delay: Duration,
    tag: String,
    /// What was answered, `None` if the answer is still to be sent.
    answered: HashMap<Key, Option<Vec<u8>>>,
    /// When to forget an answer (Timer J).
    forget: VecDeque<(Instant, Key)>,
    /// Answers whose time is to come.
    later: VecDeque<(Instant, Key, Reply)>,
    call_ids: HashSet<String>,
    texts: HashSet<(String, Vec<u8>)>,
    pub(super) books: Books,
}

impl Inbox {
    /// An empty inbox that answers as told; `tag` is ours in every To.
    pub(super) fn new(script: Script<Answer>, delay: Duration, tag: String) -> Self {
        Self {
            script,
            delay,
            tag,
            answered: HashMap::new(),
            forget: VecDeque::new(),
            later: VecDeque::new(),
            call_ids: HashSet::new(),
            texts: HashSet::new(),
            books: Books::default(),
        }
    }

    /// Takes a request that came from `source`; `is_ours` knows our users.
    pub(super) fn handle_request(
        &mut self,
        now: Instant,
        source: SocketAddr,
        request: &Message<'_>,
        is_ours: impl Fn(&str) -> bool,
    ) -> (Taken, Option<Reply>) {
        let key = Key::of_request(SECRET, request);
        let to = request.via().reply_to(source);
        if let Some(known) = self.answered.get(&key) {
            self.books.retransmissions += 1;
            let reply = known.clone().map(|octets| Reply { to, octets });
            return (Taken::Again, reply);
        }
        let (taken, status) = self.judge(request, is_ours);
        let Some(status) = status else { return (taken, None) };
        let mut octets = Vec::with_capacity(512);
        let response = Response { status, to_tag: Some(&self.tag), source };
        let mut builder = Builder::response(&mut octets, request, &response);
        if matches!(status, 200 | 405) && request.method() != Some(Method::Message) {
            builder.header("Allow", "MESSAGE, OPTIONS").header("Accept", "text/plain");
        }
        if status == 415 {
            builder.header("Accept", "text/plain");
        }
        if builder.finish().is_err() {
            return (taken, None);
        }
        self.forget.push_back((now + Timers::default().patience() + self.delay, key));
        let reply = Reply { to, octets };
        if self.delay.is_zero() {
            self.answered.insert(key, Some(reply.octets.clone()));
            return (taken, Some(reply));
        }
        self.answered.insert(key, None);
        self.later.push_back((now + self.delay, key, reply));
        (taken, None)
    }

    /// The next answer whose time has come. Call until `None`.
    pub(super) fn poll_reply(&mut self, now: Instant) -> Option<Reply> {
        while self.forget.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.forget.pop_front() else { break };
            self.answered.remove(&key);
        }
        let (_, key, reply) = self.later.pop_front_if(|(at, _, _)| *at <= now)?;
        self.answered.insert(key, Some(reply.octets.clone()));
        Some(reply)
    }

    /// When [`poll_reply`](Self::poll_reply) has something to send.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.later.front().map(|(at, _, _)| *at)
    }

    /// What a request seen for the first time is to us, and how to answer it.
    fn judge(
        &mut self,
        request: &Message<'_>,
        is_ours: impl Fn(&str) -> bool,
    ) -> (Taken, Option<u16>) {
        match request.method() {
            Some(Method::Message) => {}
            Some(Method::Ack) | None => return (Taken::Other, None),
            Some(Method::Options) => {
                self.books.others += 1;
                return (Taken::Other, Some(200));
            }
            Some(_) => {
                self.books.others += 1;
                return (Taken::Other, Some(405));
            }
        }
        let uri = request.request_uri().and_then(|uri| Uri::parse(uri).ok());
        let user = uri.and_then(|uri| uri.user_unescaped()).unwrap_or_default().into_owned();
        let status = match self.script.next() {
            None => {
                self.books.silent += 1;
                return (Taken::Silent, None);
            }
            Some(_) if !is_ours(&user) => 404,
            Some(status) if status < 300 && !is_text(request) => 415,
            Some(status) => status,
        };
        if status >= 300 {
            *self.books.refused.entry(status).or_default() += 1;
            return (Taken::Refused(status), Some(status));
        }
        if !self.call_ids.insert(request.call_id().to_owned()) {
            self.books.call_ids_twice += 1;
            return (Taken::Again, Some(status));
        }
        self.books.received += 1;
        *self.books.by_user.entry(user.clone()).or_default() += 1;
        let text_twice = !self.texts.insert((user.clone(), request.body().to_vec()));
        self.books.texts_twice += u64::from(text_twice);
        let text = String::from_utf8_lossy(request.body()).into_owned();
        (Taken::New { user, text, text_twice }, Some(status))
    }
}

/// Whether the body is plain text, or the request does not say.
fn is_text(request: &Message<'_>) -> bool {
    match request.content_type() {
        None => true,
        Some(Err(_)) => false,
        Some(Ok(content_type)) => content_type.is("text", "plain"),
    }
}

/// Nobody attacks a test peer.
const SECRET: HashKey = HashKey([1, 2]);

#[cfg(test)]
mod tests;
