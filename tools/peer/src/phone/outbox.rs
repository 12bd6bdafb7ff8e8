//! MESSAGEs we send: one at a time to each URI, as RFC 3428 §8 wants it.

use std::collections::BTreeMap;

use sip::{Message, Method, Party};

use super::wire::{Ask, Asked, Thread, Wire};
use crate::esme::render;

/// MESSAGEs to send, and what became of those that were sent.
#[derive(Debug)]
pub(super) struct Outbox {
    user: String,
    text: String,
    lines: Vec<Line>,
    next_text: u32,
    /// Answers by status; `silence` if nobody answered.
    pub(super) answers: BTreeMap<String, u64>,
}

/// What is for one URI.
#[derive(Debug)]
struct Line {
    uri: String,
    left: u32,
    on_its_way: Option<OnItsWay>,
}

#[derive(Debug)]
struct OnItsWay {
    thread: Thread,
    body: String,
}

impl Outbox {
    /// `count` MESSAGEs from `user` to each URI.
    pub(super) fn new(user: String, text: String, uris: &[String], count: u32) -> Self {
        let line = |uri: &String| Line { uri: uri.clone(), left: count, on_its_way: None };
        let lines = uris.iter().map(line).collect();
        Self { user, text, lines, next_text: 1, answers: BTreeMap::new() }
    }

    /// Whether every MESSAGE has an outcome.
    pub(super) fn is_done(&self) -> bool {
        self.lines.iter().all(|line| line.left == 0 && line.on_its_way.is_none())
    }

    /// Whether every outcome so far was a success.
    pub(super) fn all_taken(&self) -> bool {
        self.answers.keys().all(|status| status.starts_with('2'))
    }

    /// The next MESSAGE and the number of its line; `None` while all lines are busy or through.
    pub(super) fn next(&mut self, wire: &mut Wire) -> Option<(usize, Asked)> {
        let free = |line: &Line| line.left > 0 && line.on_its_way.is_none();
        let index = self.lines.iter().position(free)?;
        let body = render(&self.text, self.next_text);
        self.next_text = self.next_text.wrapping_add(1);
        self.lines[index].on_its_way = Some(OnItsWay { thread: wire.thread(), body });
        match self.ask(index, wire, None) {
            Some(asked) => Some((index, asked)),
            None => {
                self.end(index, "unsayable".to_owned());
                None
            }
        }
    }

    /// A final response came; `Some` is the same MESSAGE with credentials.
    pub(super) fn handle_response(
        &mut self,
        index: usize,
        wire: &mut Wire,
        response: &Message<'_>,
        authorized: bool,
    ) -> Option<Asked> {
        let status = response.status().unwrap_or_default();
        if matches!(status, 401 | 407) && !authorized {
            let uri = self.lines[index].uri.clone();
            let credentials = wire.credentials(response, &self.user, Method::Message, &uri);
            if let Some((name, value)) = credentials
                && let Some(asked) = self.ask(index, wire, Some((name, &value)))
            {
                return Some(asked);
            }
        }
        self.end(index, status.to_string());
        None
    }

    /// Nobody answered.
    pub(super) fn handle_silence(&mut self, index: usize) {
        self.end(index, "silence".to_owned());
    }

    /// The URI of a line.
    pub(super) fn uri(&self, index: usize) -> &str {
        &self.lines[index].uri
    }

    fn end(&mut self, index: usize, outcome: String) {
        self.lines[index].on_its_way = None;
        self.lines[index].left -= 1;
        *self.answers.entry(outcome).or_default() += 1;
    }

    fn ask(
        &mut self,
        index: usize,
        wire: &mut Wire,
        credentials: Option<(&str, &str)>,
    ) -> Option<Asked> {
        let line = &mut self.lines[index];
        let on_its_way = line.on_its_way.as_mut()?;
        let uri = sip::Uri::parse(&line.uri).ok()?;
        let user = uri.user_unescaped().unwrap_or_default().into_owned();
        let host = match uri.port {
            Some(port) => format!("{}:{port}", uri.host),
            None => uri.host.to_owned(),
        };
        let asked = wire.ask(&Ask {
            method: Method::Message,
            uri: &line.uri,
            from: &self.user,
            to: Party { display: "", user: &user, host: &host, tag: None },
            thread: &on_its_way.thread,
            headers: credentials.as_slice(),
            body: Some(("text/plain;charset=UTF-8", on_its_way.body.as_bytes())),
        });
        on_its_way.thread.cseq += 1;
        asked
    }
}
