//! Tables take turns: every pass asks each of them, so that what disturbs the machine disturbs
//! all alike.

use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use super::{Figure, Question};

/// One way to find the longest prefix.
pub struct Contender<'a> {
    /// Its name in the table.
    pub name: &'static str,
    /// Octets for one pattern.
    pub octets: f64,
    /// Seconds to build it.
    pub build_secs: f64,
    /// Answers all questions and adds the answers up, so that no work can be left out.
    pub ask: Ask<'a>,
}

/// Asks a table for all questions and adds the answers up.
pub type Ask<'a> = Box<dyn Fn(&[Question]) -> u64 + 'a>;

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contender({})", self.name)
    }
}

/// Medians of nanoseconds for one lookup; panics if two contenders disagree.
///
/// The clock counts the thread's own time, so that nobody else's work counts for ours; that
/// others spoil the caches remains.
/// Before each turn a loop of fixed work is timed. Where it takes a tenth longer than at its
/// best, somebody else had the core, and the turn is taken again, up to [`AGAIN_MAX`] times.
pub fn compare(
    contenders: &[Contender<'_>],
    questions: &[Question],
    passes: usize,
    clock: fn() -> Duration,
) -> Vec<Figure> {
    let sums: Vec<u64> = contenders.iter().map(|contender| (contender.ask)(questions)).collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]), "the tables disagree: {sums:?}");
    let mut best = (0..20).map(|_| calibrate(clock)).fold(f64::MAX, f64::min);
    let mut nanos = vec![Vec::with_capacity(passes); contenders.len()];
    let mut disturbed = 0;
    for _ in 0..passes {
        for (contender, nanos) in contenders.iter().zip(&mut nanos) {
            for turn in 0.. {
                let before = calibrate(clock);
                let start = clock();
                black_box((contender.ask)(questions));
                let taken = (clock() - start).as_nanos() as f64 / questions.len() as f64;
                let quiet = before.max(calibrate(clock));
                best = best.min(before);
                if quiet <= best * 1.1 || turn == AGAIN_MAX {
                    disturbed += usize::from(quiet > best * 1.1);
                    nanos.push(taken);
                    break;
                }
            }
        }
    }
    contenders
        .iter()
        .zip(nanos)
        .map(|(contender, mut nanos)| {
            nanos.sort_by(f64::total_cmp);
            Figure {
                name: contender.name,
                nanos: nanos[nanos.len() / 2],
                least: nanos[0],
                octets: contender.octets,
                build_secs: contender.build_secs,
                disturbed,
            }
        })
        .collect()
}

/// Nanoseconds for a chain of multiplications that nothing but the core's speed can change.
fn calibrate(clock: fn() -> Duration) -> f64 {
    let start = clock();
    let mut word = black_box(1u64);
    for _ in 0..200_000 {
        word = word.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7);
    }
    black_box(word);
    (clock() - start).as_nanos() as f64
}

/// Longer we do not wait for a quiet moment.
const AGAIN_MAX: usize = 5;
