#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;
use crate::tables::digest_of;

const PATIENCE: Patience = Patience { returns: 2, repeats: None, within: Duration::from_secs(60) };

#[test]
fn what_comes_back_is_an_echo_and_a_campaign_is_none() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    let (tata, smsc) = (1, 9);
    for _ in 0..1000 {
        assert_eq!(echoes.hear(now, digest_of(7), tata, PATIENCE), Sound::Text);
    }
    let heard: Vec<Sound> =
        (0..4).map(|_| echoes.hear(now, digest_of(7), smsc, PATIENCE)).collect();
    let (first, again) = (Sound::Echo { first: true }, Sound::Echo { first: false });
    assert_eq!(heard, [Sound::Text, Sound::Text, first, again]);
    assert_eq!(echoes.hear(now, digest_of(8), smsc, PATIENCE), Sound::Text, "another text");
    let later = now + PATIENCE.within + Duration::from_millis(64);
    assert_eq!(echoes.hear(later, digest_of(7), smsc, PATIENCE), Sound::Text, "long ago");
}

#[test]
fn a_sender_that_hands_back_its_own_has_a_limit_where_the_plan_says_so() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    let patience = Patience { repeats: Some(3), ..PATIENCE };
    let heard: Vec<Sound> = (0..4).map(|_| echoes.hear(now, digest_of(7), 1, patience)).collect();
    assert_eq!(heard[..3], [Sound::Text; 3]);
    assert_eq!(heard[3], Sound::Echo { first: true });
}

#[test]
fn a_text_that_comes_round_is_known_among_many_that_do_not() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    let (echo, patience) = (digest_of("round"), Patience { repeats: Some(2), ..PATIENCE });
    let mut sounds = Vec::new();
    for text in 0..4 * ECHOES_MAX as u64 {
        echoes.hear(now, digest_of(text), 1, patience);
        if text % (ECHOES_MAX as u64 / 2) == 0 {
            sounds.push(echoes.hear(now, echo, 2, patience));
        }
    }
    assert_eq!(sounds.last(), Some(&Sound::Echo { first: false }), "{sounds:?}");
    assert_eq!(echoes.sets.len() * SET, ECHOES_MAX);
}
