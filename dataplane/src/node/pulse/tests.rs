use super::Change::{Moves, Stopped};
use super::{Change, Pulse};

/// How often each of two shards has risen, and what a look then says.
type Look<'a> = ([u64; 2], &'a [(usize, Change)]);

#[test]
fn who_stands_still_is_told_once_and_again_when_it_moves() {
    let mut pulse = Pulse::default();
    let looks: &[Look<'_>] = &[
        ([5, 5], &[]),
        ([6, 5], &[]),
        ([6, 5], &[]),
        ([7, 5], &[(1, Stopped)]),
        ([7, 5], &[]),
        ([7, 5], &[]),
        ([7, 9], &[(0, Stopped), (1, Moves(5))]),
        ([8, 9], &[(0, Moves(3))]),
        ([9, 9], &[]),
    ];
    for (beats, news) in looks {
        assert_eq!(pulse.look(beats.iter().copied()), *news, "{beats:?}");
        let stopped = news.iter().any(|(_, change)| *change == Stopped);
        assert!(!(stopped && pulse.all_move()), "{beats:?}: the watchdog would be fed");
    }
    assert!(pulse.all_move(), "they hung for a moment only");
}
