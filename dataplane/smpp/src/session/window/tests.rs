use proptest::prelude::*;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);
const ASKED: Command = Command::SubmitSm;
const ANSWER: Command = Command::SubmitSmResp;

#[allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
fn start() -> Instant {
    Instant::now()
}

#[test]
fn a_slow_answer_does_not_hold_up_the_others() {
    let (now, mut window) = (start(), Window::new(3, PATIENCE));
    let sequences: Vec<u32> = (0..3).map(|at| window.ask(now, ASKED, at).unwrap()).collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(window.ask(now, ASKED, 9), Err(Full));
    assert!(!window.has_room());
    assert_eq!(window.answer(3, ANSWER), Answer::Expected(2));
    assert_eq!(window.answer(2, ANSWER), Answer::Expected(1));
    assert_eq!(window.answer(2, ANSWER), Answer::Unknown);
    assert_eq!(window.ask(now, ASKED, 3), Ok(4));
    assert_eq!(window.waiting(), 2);
    assert_eq!(window.answer(1, ANSWER), Answer::Expected(0));
}

#[test]
fn a_late_answer_is_known_as_late_once() {
    let (now, mut window) = (start(), Window::new(2, PATIENCE));
    window.ask(now, ASKED, 'a').unwrap();
    window.ask(now + Duration::from_secs(1), ASKED, 'b').unwrap();
    assert_eq!(window.poll_timeout(), Some(now + PATIENCE));
    assert_eq!(window.expire(now + PATIENCE - Duration::from_millis(1)), None);
    assert_eq!(window.expire(now + PATIENCE), Some('a'));
    assert_eq!(window.expire(now + PATIENCE), None);
    assert_eq!(window.poll_timeout(), Some(now + Duration::from_secs(11)));
    assert_eq!(window.waiting(), 1);
    assert_eq!(window.answer(1, ANSWER), Answer::Late('a'));
    assert_eq!(window.answer(1, ANSWER), Answer::Unknown);
    assert_eq!(window.answer(2, ANSWER), Answer::Expected('b'));
    assert_eq!(window.poll_timeout(), None);
}

#[test]
fn an_answer_to_something_else_completes_nothing() {
    let (now, mut window) = (start(), Window::new(2, PATIENCE));
    window.ask(now, ASKED, 'a').unwrap();
    for wrong in [Command::DataSmResp, Command::SubmitSm, Command::EnquireLinkResp] {
        assert_eq!(window.answer(1, wrong), Answer::Unknown);
    }
    for sequence in [0, 2, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        assert_eq!(window.answer(sequence, ANSWER), Answer::Unknown);
    }
    assert_eq!(window.answer(1, Command::GenericNack), Answer::Expected('a'));
}

#[test]
fn d06_numbers_wrap_to_one() {
    let (now, mut window) = (start(), Window::new(4, PATIENCE));
    window.first = LAST_SEQUENCE - 1;
    let sequences: Vec<u32> = (0..4).map(|at| window.ask(now, ASKED, at).unwrap()).collect();
    assert_eq!(sequences, [LAST_SEQUENCE - 1, LAST_SEQUENCE, 1, 2]);
    for (at, sequence) in (0..4).zip(sequences).rev() {
        assert_eq!(window.answer(sequence, ANSWER), Answer::Expected(at));
    }
}

#[test]
fn d06_after_the_wrap_no_number_is_given_that_still_waits() {
    for before in 0..4 {
        let (now, mut window) = (start(), Window::new(4, PATIENCE));
        window.first = LAST_SEQUENCE - before;
        let oldest = window.ask(now, ASKED, u32::MAX).unwrap();
        let mut given = vec![oldest];
        while let Ok(sequence) = window.ask(now, ASKED, given.len() as u32) {
            assert!((FIRST_SEQUENCE..=LAST_SEQUENCE).contains(&sequence), "{sequence:#x}");
            assert!(!given.contains(&sequence), "{sequence:#x} waits already");
            assert_eq!(
                window.answer(sequence, ANSWER),
                Answer::Expected(given.len() as u32),
                "{sequence:#x}"
            );
            given.push(sequence);
        }
        assert!(given.contains(&FIRST_SEQUENCE), "it went round");
        assert_eq!(window.answer(oldest, ANSWER), Answer::Expected(u32::MAX));
    }
}

#[test]
fn d06_answers_with_numbers_that_are_never_given_complete_nothing() {
    for first in [1, LAST_SEQUENCE] {
        let (now, mut window) = (start(), Window::new(4, PATIENCE));
        window.first = first;
        let sequence = window.ask(now, ASKED, 1).unwrap();
        for strange in [0, 0x8000_0000, 0x8000_0000 | sequence, u32::MAX] {
            assert_eq!(window.answer(strange, ANSWER), Answer::Unknown, "{strange:#x}");
        }
        assert_eq!(window.answer(sequence, ANSWER), Answer::Expected(1));
    }
}

#[test]
fn overtaking_and_tombstones_are_bounded() {
    let (now, mut window) = (start(), Window::new(2, PATIENCE));
    window.ask(now, ASKED, 0).unwrap();
    let mut overtook = 0;
    while let Ok(sequence) = window.ask(now, ASKED, 1) {
        assert_eq!(window.answer(sequence, ANSWER), Answer::Expected(1));
        overtook += 1;
    }
    assert_eq!(overtook, 2 * MEMORY - 1);
    for _ in 0..UNTRACKED_MAX {
        window.ask_untracked().unwrap();
    }
    assert_eq!(window.ask_untracked(), Err(Full));
    assert_eq!(window.expire(now + PATIENCE), Some(0));
    assert!(window.ask(now, ASKED, 2).is_ok(), "a tombstone makes room");

    let mut window = Window::new(2, PATIENCE);
    for at in 0..100_u32 {
        let later = now + PATIENCE * at;
        assert_eq!(window.ask(later, ASKED, at), Ok(at + 1));
        assert_eq!(window.expire(later + PATIENCE), Some(at));
        assert!(window.slots.len() <= 2 * MEMORY);
    }
    assert_eq!(window.answer(1, ANSWER), Answer::Unknown, "forgotten");
    assert_eq!(window.answer(99, ANSWER), Answer::Late(98));
}

#[test]
fn a_lost_session_gives_back_what_waited() {
    let (now, mut window) = (start(), Window::new(5, PATIENCE));
    for at in 0..5 {
        window.ask(now + Duration::from_secs(at), ASKED, at).unwrap();
    }
    window.answer(2, ANSWER);
    window.expire(now + PATIENCE);
    assert_eq!(window.lose().collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(window.waiting(), 0);
    assert_eq!(window.answer(1, ANSWER), Answer::Unknown);
    assert_eq!(window.poll_timeout(), None);
}

#[test]
fn a_wider_window_takes_more() {
    let (now, mut window) = (start(), Window::new(1, PATIENCE));
    window.ask(now, ASKED, 0).unwrap();
    assert_eq!(window.ask(now, ASKED, 1), Err(Full));
    window.set_limit(3);
    window.ask(now, ASKED, 1).unwrap();
    window.ask(now, ASKED, 2).unwrap();
    window.set_limit(1);
    assert_eq!(window.ask(now, ASKED, 3), Err(Full));
    assert_eq!(window.answer(1, ANSWER), Answer::Expected(0));
    assert_eq!(window.ask(now, ASKED, 3), Err(Full));
}

/// The window so naive that it is obviously right: a list of everything ever asked.
#[derive(Default)]
struct Model {
    asked: Vec<(u32, Instant, Fate)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Waiting,
    Expired,
    Answered,
}

impl Model {
    fn waiting(&self) -> usize {
        self.asked.iter().filter(|(_, _, fate)| *fate == Fate::Waiting).count()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Ask,
    AskUntracked,
    Answer(u32),
    Wait(u64),
    Expire,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Ask),
        1 => Just(Op::AskUntracked),
        4 => (0..12_u32).prop_map(Op::Answer),
        2 => (0..8_u64).prop_map(Op::Wait),
        2 => Just(Op::Expire),
    ]
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(
        ops in proptest::collection::vec(op(), 1..200), limit in 1..6_u16, first in 0..3_u32,
    ) {
        let mut now = start();
        let mut window = Window::new(limit, PATIENCE);
        window.first = if first == 0 { LAST_SEQUENCE - 20 } else { first };
        let (mut model, mut last) = (Model::default(), 1);
        for op in ops {
            match op {
                Op::Ask => {
                    let had_room = window.has_room();
                    let result = window.ask(now, ASKED, model.asked.len());
                    prop_assert_eq!(had_room, result.is_ok());
                    if let Ok(sequence) = result {
                        model.asked.push((sequence, now + PATIENCE, Fate::Waiting));
                        last = sequence;
                    }
                }
                Op::AskUntracked => last = window.ask_untracked().unwrap_or(last),
                Op::Answer(back) => {
                    let sequence = last.saturating_sub(back);
                    let known = model.asked.iter_mut().enumerate().rfind(|(_, a)| a.0 == sequence);
                    let expected = match known {
                        Some((at, asked)) => match std::mem::replace(&mut asked.2, Fate::Answered) {
                            Fate::Waiting => Answer::Expected(at),
                            Fate::Expired => Answer::Late(at),
                            Fate::Answered => Answer::Unknown,
                        },
                        None => Answer::Unknown,
                    };
                    let answer = window.answer(sequence, ANSWER);
                    let was_late = matches!(expected, Answer::Late(_));
                    let forgotten = was_late && answer == Answer::Unknown;
                    prop_assert!(answer == expected || forgotten, "{answer:?} {expected:?}");
                }
                Op::Wait(seconds) => now += Duration::from_secs(seconds),
                Op::Expire => {
                    let due = model
                        .asked
                        .iter_mut()
                        .enumerate()
                        .find(|(_, asked)| asked.2 == Fate::Waiting && asked.1 <= now);
                    let expected = due.map(|(at, asked)| {
                        asked.2 = Fate::Expired;
                        at
                    });
                    prop_assert_eq!(window.expire(now), expected);
                }
            }
            prop_assert_eq!(window.waiting(), model.waiting());
            let next = model.asked.iter().find(|asked| asked.2 == Fate::Waiting);
            prop_assert_eq!(window.poll_timeout(), next.map(|asked| asked.1));
        }
        let lost: Vec<usize> = window.lose().collect();
        prop_assert_eq!(lost.len(), model.waiting());
    }
}

#[test]
fn a_window_at_rest_holds_no_memory() {
    let (now, mut window) = (start(), Window::new(1000, PATIENCE));
    assert_eq!(window.capacity(), 0);
    let numbers: Vec<u32> = (0..1000).map(|token| window.ask(now, ASKED, token).unwrap()).collect();
    window.rest();
    assert!(window.capacity() >= 1000, "what waits is kept");
    for number in numbers {
        assert!(matches!(window.answer(number, ANSWER), Answer::Expected(_)));
    }
    window.rest();
    assert_eq!(window.capacity(), 0);
}
