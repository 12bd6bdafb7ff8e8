use super::*;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
fn bound(inactivity: Option<Duration>) -> (Instant, Timers) {
    let now = Instant::now();
    let mut timers = Timers::new(now, Patience { inactivity, ..Patience::default() });
    timers.handle_bound(now);
    (now, timers)
}

#[test]
fn who_does_not_bind_has_to_go() {
    let (now, _) = bound(None);
    let mut timers = Timers::new(now, Patience::default());
    timers.handle_activity(now + secs(4));
    assert_eq!(timers.poll_timeout(), Some(now + secs(5)), "talking is not binding");
    assert_eq!(timers.handle_timeout(now + secs(4)), None);
    assert_eq!(timers.handle_timeout(now + secs(5)), Some(TimerEvent::CloseSessionInit));
    assert_eq!(timers.handle_timeout(now + secs(6)), None);
    assert_eq!(timers.poll_timeout(), None);
}

#[test]
fn a_silent_peer_is_asked_twice_and_then_dead() {
    let (now, mut timers) = bound(None);
    let expected = [
        (30, TimerEvent::SendEnquireLink),
        (40, TimerEvent::SendEnquireLink),
        (50, TimerEvent::CloseDead),
    ];
    for (at, event) in expected {
        assert_eq!(timers.poll_timeout(), Some(now + secs(at)));
        assert_eq!(timers.handle_timeout(now + secs(at - 1)), None);
        assert_eq!(timers.handle_timeout(now + secs(at)), Some(event));
    }
    assert_eq!(timers.poll_timeout(), None);
}

#[test]
fn any_sign_of_life_starts_over() {
    let (now, mut timers) = bound(None);
    assert_eq!(timers.handle_timeout(now + secs(30)), Some(TimerEvent::SendEnquireLink));
    timers.handle_activity(now + secs(31));
    assert_eq!(timers.poll_timeout(), Some(now + secs(61)));
    assert_eq!(timers.handle_timeout(now + secs(61)), Some(TimerEvent::SendEnquireLink));
    assert_eq!(timers.handle_timeout(now + secs(71)), Some(TimerEvent::SendEnquireLink));
    timers.handle_activity(now + secs(72));
    assert_eq!(timers.handle_timeout(now + secs(81)), None);
}

#[test]
fn life_without_traffic_is_inactivity() {
    let (now, mut timers) = bound(Some(secs(50)));
    assert_eq!(timers.handle_timeout(now + secs(30)), Some(TimerEvent::SendEnquireLink));
    timers.handle_activity(now + secs(31));
    timers.handle_traffic(now + secs(31));
    assert_eq!(timers.handle_timeout(now + secs(61)), Some(TimerEvent::SendEnquireLink));
    timers.handle_activity(now + secs(62));
    assert_eq!(timers.poll_timeout(), Some(now + secs(81)));
    assert_eq!(timers.handle_timeout(now + secs(81)), Some(TimerEvent::UnbindInactive));
    assert_eq!(timers.handle_timeout(now + secs(90)), None, "it may say goodbye");
    assert_eq!(timers.handle_timeout(now + secs(91)), Some(TimerEvent::CloseUnbind));
}

#[test]
fn an_unbind_is_waited_for_as_long_as_an_answer() {
    let (now, mut timers) = bound(None);
    timers.handle_unbind(now + secs(3));
    timers.handle_activity(now + secs(9));
    timers.handle_unbind(now + secs(9));
    assert_eq!(timers.handle_timeout(now + secs(12)), None);
    assert_eq!(timers.handle_timeout(now + secs(13)), Some(TimerEvent::CloseUnbind));
    let (_, mut timers) = bound(None);
    timers.stop();
    assert_eq!(timers.poll_timeout(), None);
    assert_eq!(timers.handle_timeout(now + secs(1000)), None);
}

#[test]
fn all_events_but_one_close() {
    assert!(!TimerEvent::SendEnquireLink.closes());
    for event in [TimerEvent::CloseSessionInit, TimerEvent::CloseDead, TimerEvent::CloseUnbind] {
        assert!(event.closes());
    }
}
