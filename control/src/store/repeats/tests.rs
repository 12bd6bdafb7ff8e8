use super::*;
use crate::testing::World;

const ME: (&str, &str) = ("me", "key-1");

#[test]
fn a_request_is_begun_once_and_its_answer_is_kept_for_a_day() {
    let mut store = World::empty().store;
    let mut begin = |who, digest, at_ns| store.begin_request(who, digest, at_ns).unwrap();
    assert_eq!(begin(ME, "what", 1), Repeat::First);
    assert_eq!(begin(ME, "what", 2), Repeat::Begun);
    assert_eq!(begin(("you", "key-1"), "what", 2), Repeat::First, "keys are their author's");
    store.end_request(ME, 200, "{}").unwrap();
    let mut begin = |who, digest, at_ns| store.begin_request(who, digest, at_ns).unwrap();
    assert_eq!(begin(ME, "what", 3), Repeat::Done(200, "{}".to_owned()));
    assert_eq!(begin(ME, "something else", 3), Repeat::Other);
    assert_eq!(begin(ME, "what", KEPT_NS + 2), Repeat::First, "a day later");
}

#[test]
fn what_was_refused_may_come_again_and_the_oldest_keys_go() {
    let mut store = World::empty().store;
    assert_eq!(store.begin_request(ME, "what", 1).unwrap(), Repeat::First);
    store.forget_request(ME).unwrap();
    assert_eq!(store.begin_request(ME, "what", 2).unwrap(), Repeat::First);
    let many = "WITH RECURSIVE n(i) AS
             (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO request (author, name, digest, at_ns) SELECT 'me', 'n' || i, '', 3 + i FROM n";
    store.db.change(many, given![KEYS_MAX - 1]).unwrap();
    assert_eq!(store.begin_request(("me", "n1"), "", KEYS_MAX + 9).unwrap(), Repeat::Begun);
    assert_eq!(store.begin_request(ME, "what", KEYS_MAX + 9).unwrap(), Repeat::First, "forgotten");
}
