//! The full table of the client transaction, and its schedule.

use std::time::{Duration, Instant};

use super::{Action, Event, NonInvite, State};
use crate::transaction::Timers;

const STATES: [State; 4] = [State::Trying, State::Proceeding, State::Completed, State::Terminated];

const EVENTS: [Event; 5] =
    [Event::Provisional, Event::Final(486), Event::Retransmit, Event::End, Event::TransportError];

#[expect(clippy::disallowed_methods, reason = "any moment will do as the first")]
fn start() -> Instant {
    Instant::now()
}

fn in_state(state: State, now: Instant, reliable: bool) -> NonInvite {
    let mut client = NonInvite::new(now, reliable, Timers::default());
    match state {
        State::Trying => {}
        State::Proceeding => drop(client.handle_response(now, 100)),
        State::Completed => drop(client.handle_response(now, 200)),
        State::Terminated => drop(client.handle_transport_error(now)),
    }
    client
}

#[test]
fn every_event_in_every_state() {
    use Action::{Failed, Final, Retransmit, TimedOut};
    use State::{Completed, Proceeding, Terminated, Trying};
    const NONE: Action = Action::None;
    let expected = [
        [
            (Proceeding, NONE),
            (Completed, Final(486)),
            (Trying, Retransmit),
            (Terminated, TimedOut),
            (Terminated, Failed),
        ],
        [
            (Proceeding, NONE),
            (Completed, Final(486)),
            (Proceeding, Retransmit),
            (Terminated, TimedOut),
            (Terminated, Failed),
        ],
        [
            (Completed, NONE),
            (Completed, NONE),
            (Completed, NONE),
            (Terminated, NONE),
            (Completed, NONE),
        ],
        [(Terminated, NONE); 5],
    ];
    let now = start();
    for (state, row) in STATES.into_iter().zip(expected) {
        for (event, expected) in EVENTS.into_iter().zip(row) {
            let mut client = in_state(state, now, false);
            assert_eq!(client.state(), state);
            let action = client.handle(now, event);
            assert_eq!((client.state(), action), expected, "{state:?} {event:?}");
            assert_eq!(client.poll_timeout().is_none(), client.state() == Terminated);
        }
    }
}

#[test]
fn a_reliable_transport_has_no_completed() {
    let now = start();
    for state in [State::Trying, State::Proceeding] {
        let mut client = in_state(state, now, true);
        assert_eq!(client.poll_timeout(), Some(now + Duration::from_secs(32)));
        assert_eq!(client.handle_response(now, 603), Action::Final(603));
        assert_eq!(client.state(), State::Terminated);
        assert_eq!(client.poll_timeout(), None);
    }
}

/// Runs a machine until it sleeps for good; the moments and what they brought, in milliseconds.
fn run(client: &mut NonInvite, from: Instant) -> Vec<(u128, Action)> {
    let mut seen = Vec::new();
    while let Some(now) = client.poll_timeout() {
        let action = client.handle_timeout(now);
        seen.push(((now - from).as_millis(), action));
        assert!(seen.len() < 100, "a transaction must end");
    }
    seen
}

#[test]
fn silence_is_asked_eleven_times_in_32_seconds() {
    let now = start();
    let mut client = NonInvite::new(now, false, Timers::default());
    let seen = run(&mut client, now);
    let sends = [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500];
    let mut expected: Vec<_> = sends.map(|at| (at, Action::Retransmit)).into();
    expected.push((32_000, Action::TimedOut));
    assert_eq!(seen, expected);
}

#[test]
fn a_provisional_slows_down_to_t2() {
    let now = start();
    let mut client = NonInvite::new(now, false, Timers::default());
    client.handle_response(now + Duration::from_millis(100), 100);
    let at: Vec<_> = run(&mut client, now).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500, 32_000]);
}

#[test]
fn copies_of_the_answer_are_absorbed_for_t4() {
    let now = start();
    let mut client = NonInvite::new(now, false, Timers::default());
    assert_eq!(client.handle_response(now, 200), Action::Final(200));
    assert_eq!(client.handle_response(now, 200), Action::None);
    assert_eq!(client.poll_timeout(), Some(now + Duration::from_secs(5)));
    assert_eq!(client.handle_timeout(now + Duration::from_secs(4)), Action::None);
    assert_eq!(client.state(), State::Completed);
    client.handle_timeout(now + Duration::from_secs(5));
    assert_eq!(client.state(), State::Terminated);
}

#[test]
fn a_late_caller_neither_stretches_nor_bursts() {
    let now = start();
    let mut client = NonInvite::new(now, false, Timers::default());
    let late = now + Duration::from_millis(510);
    assert_eq!(client.handle_timeout(late), Action::Retransmit);
    assert_eq!(client.poll_timeout(), Some(now + Duration::from_millis(1500)));
    let very_late = now + Duration::from_secs(20);
    assert_eq!(client.handle_timeout(very_late), Action::Retransmit);
    assert_eq!(client.handle_timeout(very_late), Action::None);
}
