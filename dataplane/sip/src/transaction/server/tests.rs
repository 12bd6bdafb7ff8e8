//! The full table of the server transaction, and its timers.

use std::time::{Duration, Instant};

use super::{Action, Event, NonInvite, State};
use crate::transaction::Timers;

const STATES: [State; 4] = [State::Trying, State::Proceeding, State::Completed, State::Terminated];

const EVENTS: [Event; 5] =
    [Event::Retransmission, Event::Provisional, Event::Final, Event::Silence, Event::End];

#[expect(clippy::disallowed_methods, reason = "any moment will do as the first")]
fn start() -> Instant {
    Instant::now()
}

fn in_state(state: State, now: Instant) -> NonInvite {
    let mut server = NonInvite::new(now, state == State::Terminated, Timers::default());
    match state {
        State::Trying => {}
        State::Proceeding => drop(server.respond(now, 100)),
        State::Completed | State::Terminated => drop(server.respond(now, 202)),
    }
    server
}

#[test]
fn every_event_in_every_state() {
    use Action::{Drop, Resend, SayTrying, Send};
    use State::{Completed, Proceeding, Terminated, Trying};
    const NONE: Action = Action::None;
    let expected = [
        [
            (Trying, NONE),
            (Proceeding, Send),
            (Completed, Send),
            (Trying, SayTrying),
            (Terminated, NONE),
        ],
        [
            (Proceeding, Resend),
            (Proceeding, Send),
            (Completed, Send),
            (Proceeding, NONE),
            (Terminated, NONE),
        ],
        [
            (Completed, Resend),
            (Completed, Drop),
            (Completed, Drop),
            (Completed, NONE),
            (Terminated, NONE),
        ],
        [
            (Terminated, NONE),
            (Terminated, Drop),
            (Terminated, Drop),
            (Terminated, NONE),
            (Terminated, NONE),
        ],
    ];
    let now = start();
    for (state, row) in STATES.into_iter().zip(expected) {
        for (event, expected) in EVENTS.into_iter().zip(row) {
            let mut server = in_state(state, now);
            assert_eq!(server.state(), state);
            let action = server.handle(now, event);
            assert_eq!((server.state(), action), expected, "{state:?} {event:?}");
            assert_eq!(server.poll_timeout().is_none(), server.state() == Terminated);
        }
    }
}

#[test]
fn the_answer_is_repeated_for_timer_j() {
    let now = start();
    let mut server = NonInvite::new(now, false, Timers::default());
    let later = now + Duration::from_secs(1);
    assert_eq!(server.respond(later, 202), Action::Send);
    assert_eq!(server.poll_timeout(), Some(later + Duration::from_secs(32)));
    assert_eq!(server.handle_request(now + Duration::from_secs(20)), Action::Resend);
    assert_eq!(server.handle_timeout(now + Duration::from_secs(33)), Action::None);
    assert_eq!(server.state(), State::Terminated);
}

#[test]
fn a_slow_owner_says_trying_once_and_then_it_is_too_late() {
    let now = start();
    let mut server = NonInvite::new(now, false, Timers::default());
    let trying = now + Duration::from_millis(3500);
    assert_eq!(server.poll_timeout(), Some(trying));
    assert_eq!(server.handle_timeout(trying), Action::SayTrying);
    assert_eq!(server.respond(trying, 100), Action::Send);
    assert_eq!(server.poll_timeout(), Some(now + Duration::from_secs(32)));
    server.handle_timeout(now + Duration::from_secs(32));
    assert_eq!(server.respond(now + Duration::from_secs(33), 202), Action::Drop);
}

#[test]
fn nobody_is_told_408() {
    let now = start();
    let mut server = NonInvite::new(now, false, Timers::default());
    assert_eq!(server.respond(now, 408), Action::Drop);
    assert_eq!(server.state(), State::Trying);
}
