use std::time::Duration;

use super::*;

const LIMITS: Limits = Limits { outbound: 2, inbound: 2 };

#[allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
fn open(role: Role) -> (Instant, Session<u64>) {
    let now = Instant::now();
    (now, Session::new(now, role, LIMITS, Patience::default()))
}

#[test]
fn a_message_centre_s_session_from_bind_to_end() {
    let (now, mut session) = open(Role::Server);
    assert_eq!(session.handle_received(now, Command::SubmitSm), Verdict::BadState);
    assert_eq!(session.handle_received(now, Command::EnquireLink), Verdict::Allow);
    assert_eq!(session.handle_received(now, Command::BindTransceiver), Verdict::Allow);
    assert_eq!(session.version(), Version::V33);
    session.handle_bound(now, BindKind::Transceiver, Version::V34);
    assert!(session.version().has_tlvs() && !session.version().is_v50());
    assert_eq!(session.handle_received(now, Command::BindReceiver), Verdict::AlreadyBound);

    assert_eq!(session.handle_received(now, Command::SubmitSm), Verdict::Allow);
    assert_eq!(session.accept(), Ok(()));
    assert_eq!(session.accept(), Ok(()));
    assert_eq!(session.accept(), Err(Overrun));
    session.settle();
    assert_eq!(session.owed(), 1);

    let deliver = session.ask(now, Command::DeliverSm, 7).unwrap();
    let enquire = session.ask_untracked().unwrap();
    assert_eq!((deliver, enquire), (1, 2));
    let answer = session.handle_answer(enquire, Command::EnquireLinkResp);
    assert_eq!(answer, Answer::Unknown);
    assert_eq!(session.handle_answer(deliver, Command::DeliverSmResp), Answer::Expected(7));

    session.ask(now, Command::DeliverSm, 8).unwrap();
    session.handle_unbind(now);
    assert_eq!(session.state(), State::Unbinding);
    assert_eq!(session.may_receive(Command::SubmitSm), Verdict::BadState);
    assert_eq!(session.may_send(Command::SubmitSmResp), Verdict::Allow);
    assert_eq!(session.may_send(Command::UnbindResp), Verdict::Allow);
    assert_eq!(session.handle_closed().collect::<Vec<_>>(), [8]);
    assert_eq!(session.state(), State::Closed);
    assert_eq!(session.poll_timeout(), None);
}

#[test]
fn an_esme_s_session_says_what_an_esme_says() {
    let (now, mut session) = open(Role::Client);
    assert_eq!(session.may_send(Command::BindTransmitter), Verdict::Allow);
    assert_eq!(session.may_receive(Command::BindTransmitter), Verdict::BadState);
    session.handle_bound(now, BindKind::Transmitter, Version::V50);
    assert_eq!(session.may_send(Command::SubmitSm), Verdict::Allow);
    assert_eq!(session.may_receive(Command::DeliverSm), Verdict::BadState);
    assert_eq!((session.role(), session.state()), (Role::Client, State::BoundTx));
}

#[test]
fn the_next_timeout_is_the_nearest() {
    let (now, mut session) = open(Role::Server);
    assert_eq!(session.poll_timeout(), Some(now + Duration::from_secs(5)));
    session.handle_bound(now, BindKind::Transceiver, Version::V34);
    assert_eq!(session.poll_timeout(), Some(now + Duration::from_secs(30)));
    session.ask(now, Command::DeliverSm, 1).unwrap();
    let answer = now + Duration::from_secs(10);
    assert_eq!(session.poll_timeout(), Some(answer));
    assert_eq!(session.handle_timeout(answer), None);
    assert_eq!(session.expire(answer), Some(1));
    assert_eq!(session.window().waiting(), 0);
    let silent = now + Duration::from_secs(30);
    assert_eq!(session.handle_timeout(silent), Some(TimerEvent::SendEnquireLink));
}

#[test]
fn a_bind_can_change_the_limits() {
    let (now, mut session) = open(Role::Server);
    session.set_limits(Limits { outbound: 1, inbound: 1 });
    assert_eq!(session.accept(), Ok(()));
    assert_eq!(session.accept(), Err(Overrun));
    assert!(session.ask(now, Command::DeliverSm, 1).is_ok());
    assert_eq!(session.ask(now, Command::DeliverSm, 2), Err(Full));
}

#[test]
fn versions_promise_what_they_can() {
    let table = [
        (Version(0x00), false, false, 254, 8),
        (Version::V33, false, false, 254, 8),
        (Version::V34, true, false, 254, 64),
        (Version::V50, true, true, 255, 64),
    ];
    for (version, has_tlvs, is_v50, text, id) in table {
        assert_eq!((version.has_tlvs(), version.is_v50()), (has_tlvs, is_v50));
        assert_eq!((version.short_message_max(), version.message_id_max()), (text, id));
    }
    assert_eq!(Version::V34.to_string(), "3.4");
}

#[test]
fn goes_on_in_another_process_with_the_next_number() {
    let (now, mut session) = open(Role::Server);
    session.handle_bound(now, BindKind::Transceiver, Version::V34);
    let last = session.ask(now, Command::DeliverSm, 1).unwrap();
    assert!(!session.is_at_rest());
    session.handle_answer(last, Command::DeliverSmResp);
    assert!(session.is_at_rest());
    let standing = session.standing();
    let mut next: Session<u64> =
        Session::resumed(now, Role::Server, LIMITS, Patience::default(), standing);
    assert_eq!((next.state(), next.version()), (State::BoundTrx, Version::V34));
    assert_eq!(next.ask(now, Command::DeliverSm, 2), Ok(last + 1));
    assert_eq!(next.handle_answer(last, Command::DeliverSmResp), Answer::Unknown);
    assert_eq!(next.poll_timeout(), Some(now + Patience::default().response));
}
