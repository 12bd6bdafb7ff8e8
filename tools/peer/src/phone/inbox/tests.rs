//! What is answered, what is counted, what is noticed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::Message;

use super::super::args::Answer;
use super::{Inbox, Reply, Taken};
use crate::clock;
use crate::script::Script;

fn inbox(answers: &str, delay: Duration) -> Inbox {
    let read = |answer: &str| match answer {
        "silent" => Some(None),
        status => status.parse().ok().map(Some),
    };
    let script: Script<Answer> = Script::parse(answers, read).unwrap();
    Inbox::new(script, delay, "ours".to_owned())
}

fn source() -> SocketAddr {
    "127.0.0.2:5060".parse().unwrap()
}

fn request(method: &str, user: &str, branch: &str, call_id: &str, text: &str) -> String {
    format!(
        "{method} sip:{user}@127.0.0.1:4000 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:TATA@env1.example>;tag=t\r\n\
         To: <sip:{user}@env1.example>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n\
         Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

fn take(inbox: &mut Inbox, now: Instant, octets: &str) -> (Taken, Option<Reply>) {
    let request = Message::parse(octets.as_bytes()).unwrap();
    inbox.handle_request(now, source(), &request, |user| user == "1111")
}

fn status(reply: Option<&Reply>) -> u16 {
    Message::parse(&reply.unwrap().octets).unwrap().status().unwrap()
}

#[test]
fn a_message_is_answered_and_its_copies_alike() {
    let (mut inbox, now) = (inbox("200", Duration::ZERO), clock::now());
    let octets = request("MESSAGE", "1111", "a", "c1", "hi");
    let (taken, first) = take(&mut inbox, now, &octets);
    let new = Taken::New { user: "1111".into(), text: "hi".into(), text_twice: false };
    assert_eq!(taken, new);
    assert_eq!(status(first.as_ref()), 200);
    let (taken, again) = take(&mut inbox, now, &octets);
    assert_eq!(taken, Taken::Again);
    assert_eq!(again.unwrap().octets, first.unwrap().octets);
    assert_eq!((inbox.books.received, inbox.books.retransmissions), (1, 1));
}

#[test]
fn a_second_try_is_no_second_message_but_a_second_call_id_is() {
    let (mut inbox, now) = (inbox("200", Duration::ZERO), clock::now());
    take(&mut inbox, now, &request("MESSAGE", "1111", "a", "c1", "hi"));
    let (taken, reply) = take(&mut inbox, now, &request("MESSAGE", "1111", "b", "c1", "hi"));
    assert_eq!((taken, status(reply.as_ref())), (Taken::Again, 200));
    take(&mut inbox, now, &request("MESSAGE", "1111", "c", "c2", "hi"));
    let books = &inbox.books;
    assert_eq!((books.received, books.call_ids_twice, books.texts_twice), (2, 1, 1));
}

#[test]
fn refusals_and_silence_are_as_told() {
    let (mut inbox, now) = (inbox("silent*1,404*1,200", Duration::ZERO), clock::now());
    let octets = request("MESSAGE", "1111", "a", "c1", "hi");
    let (taken, reply) = take(&mut inbox, now, &octets);
    assert!(taken == Taken::Silent && reply.is_none());
    let (taken, reply) = take(&mut inbox, now, &octets);
    assert_eq!((taken, status(reply.as_ref())), (Taken::Refused(404), 404));
    let (_, reply) = take(&mut inbox, now, &request("MESSAGE", "1111", "b", "c1", "hi"));
    assert_eq!(status(reply.as_ref()), 200);
    assert_eq!((inbox.books.received, inbox.books.silent), (1, 1));
}

#[test]
fn strangers_and_strange_things_are_refused() {
    let (mut inbox, now) = (inbox("200", Duration::ZERO), clock::now());
    let (_, reply) = take(&mut inbox, now, &request("MESSAGE", "9999", "a", "c1", "hi"));
    assert_eq!(status(reply.as_ref()), 404);
    let binary = request("MESSAGE", "1111", "b", "c2", "hi").replace("text/plain", "image/png");
    let (_, reply) = take(&mut inbox, now, &binary);
    assert_eq!(status(reply.as_ref()), 415);
    let (_, reply) = take(&mut inbox, now, &request("OPTIONS", "1111", "c", "c3", ""));
    assert_eq!(status(reply.as_ref()), 200);
    let (_, reply) = take(&mut inbox, now, &request("SUBSCRIBE", "1111", "d", "c4", ""));
    assert_eq!(status(reply.as_ref()), 405);
    assert_eq!((inbox.books.received, inbox.books.others), (0, 2));
}

#[test]
fn a_late_answer_waits_and_absorbs_copies() {
    let delay = Duration::from_millis(100);
    let (mut inbox, now) = (inbox("200", delay), clock::now());
    let octets = request("MESSAGE", "1111", "a", "c1", "hi");
    assert!(take(&mut inbox, now, &octets).1.is_none());
    assert!(take(&mut inbox, now, &octets).1.is_none());
    assert!(inbox.poll_reply(now).is_none());
    assert_eq!(inbox.poll_timeout(), Some(now + delay));
    assert_eq!(status(inbox.poll_reply(now + delay).as_ref()), 200);
    assert!(take(&mut inbox, now + delay, &octets).1.is_some());
    assert_eq!((inbox.books.received, inbox.books.retransmissions), (1, 2));
}

#[test]
fn an_answer_is_forgotten_after_its_time() {
    let (mut inbox, now) = (inbox("200", Duration::ZERO), clock::now());
    take(&mut inbox, now, &request("MESSAGE", "1111", "a", "c1", "hi"));
    assert!(inbox.poll_reply(now + Duration::from_secs(33)).is_none());
    assert!(inbox.answered.is_empty() && inbox.forget.is_empty());
}
