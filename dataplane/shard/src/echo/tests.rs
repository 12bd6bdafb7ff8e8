#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

const PATIENCE: Patience = Patience { returns: 2, repeats: None, within: Duration::from_secs(60) };

#[test]
fn what_comes_back_is_an_echo_and_a_campaign_is_none() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    let (tata, smsc) = ((0, 1), (1, 9));
    for _ in 0..1000 {
        assert_eq!(echoes.hear(now, 7, tata, PATIENCE), Sound::Text);
    }
    let heard: Vec<Sound> = (0..4).map(|_| echoes.hear(now, 7, smsc, PATIENCE)).collect();
    let (first, again) = (Sound::Echo { first: true }, Sound::Echo { first: false });
    assert_eq!(heard, [Sound::Text, Sound::Text, first, again]);
    assert_eq!(echoes.hear(now, 8, smsc, PATIENCE), Sound::Text, "another text");
    let later = now + PATIENCE.within;
    assert_eq!(echoes.hear(later, 7, smsc, PATIENCE), Sound::Text, "long ago");
    assert_eq!(echoes.known.len(), 1);
}

#[test]
fn a_sender_that_hands_back_its_own_has_a_limit_where_the_plan_says_so() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    let patience = Patience { repeats: Some(3), ..PATIENCE };
    let heard: Vec<Sound> = (0..4).map(|_| echoes.hear(now, 7, (0, 1), patience)).collect();
    assert_eq!(heard[..3], [Sound::Text; 3]);
    assert_eq!(heard[3], Sound::Echo { first: true });
}

#[test]
fn memory_is_bounded() {
    let (mut echoes, now) = (Echoes::default(), Instant::now());
    for text in 0..(ECHOES_MAX as u64 + 100) {
        echoes.hear(now, text, (0, 1), PATIENCE);
    }
    assert!(echoes.known.len() <= ECHOES_MAX + 1, "{}", echoes.known.len());
    assert_eq!(echoes.known.len(), echoes.order.len());
}
