use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

fn lane(class: u8, carrier: u32) -> Lane {
    Lane { class, sender: Sender::Carrier(carrier) }
}

fn all(fair: &mut Fair) -> Vec<u128> {
    std::iter::from_fn(|| fair.pop()).map(MessageId::bits).collect()
}

/// Nothing is left but the memory of a few lanes.
fn is_at_rest(fair: &Fair) -> bool {
    fair.is_empty()
        && fair.lanes.is_empty()
        && fair.turns.iter().all(VecDeque::is_empty)
        && fair.passed == [0; CLASSES]
        && fair.spare.len() <= SPARE_MAX
}

#[test]
fn one_lane_is_a_queue_and_what_comes_back_stands_before_all_that_is_younger() {
    let mut fair = Fair::default();
    [2, 4, 6].into_iter().for_each(|number| fair.push_back(lane(0, 1), id(number)));
    [5, 1, 7, 3].into_iter().for_each(|number| fair.put_back(lane(0, 1), id(number)));
    assert!(fair.remove(lane(0, 1), id(4)));
    assert!(!fair.remove(lane(0, 1), id(4)) && !fair.remove(lane(1, 1), id(5)));
    assert_eq!((fair.len(), fair.len_of(lane(0, 1))), (6, 6));
    assert_eq!(all(&mut fair), [1, 2, 3, 5, 6, 7]);
    assert!(is_at_rest(&fair));
}

#[test]
fn a_password_goes_before_the_campaign_that_came_first() {
    let mut fair = Fair::default();
    (0..1000).for_each(|number| fair.push_back(lane(0, 1), id(number)));
    fair.pop();
    fair.push_back(lane(3, 1), id(5000));
    fair.push_back(lane(3, 2), id(5001));
    assert_eq!(fair.pop(), Some(id(5000)));
    assert_eq!(fair.pop(), Some(id(5001)));
    assert_eq!(fair.pop(), Some(id(1)));
}

#[test]
fn a_flood_halves_the_speed_of_another_sender_at_worst() {
    let mut fair = Fair::default();
    (0..1000).for_each(|number| fair.push_back(lane(1, 1), id(number)));
    (5000..5010).for_each(|number| fair.push_back(lane(1, 2), id(number)));
    let first: Vec<u128> = (0..20).filter_map(|_| fair.pop()).map(MessageId::bits).collect();
    let theirs: Vec<u128> = first.iter().copied().filter(|number| *number >= 5000).collect();
    assert_eq!(theirs, (5000..5010).collect::<Vec<_>>(), "ten of the first twenty");
}

#[test]
fn a_flood_of_urgent_ones_leaves_something_to_the_others() {
    let mut fair = Fair::default();
    for class in 0..CLASSES {
        let lane = lane(class as u8, 1);
        (0..10_000).for_each(|number| fair.push_back(lane, id(class as u128 * 10_000 + number)));
    }
    let mut went = [0; CLASSES];
    (0..6400).filter_map(|_| fair.pop()).for_each(|id| went[id.bits() as usize / 10_000] += 1);
    let least = [6400 / 70, 6400 / 20, 6400 / 10, 6400 * 3 / 4];
    assert!(went.iter().zip(least).all(|(went, least)| *went >= least), "{went:?}");
}

#[test]
fn a_sender_that_is_put_back_gets_its_turn_back() {
    let mut fair = Fair::default();
    fair.push_back(lane(0, 1), id(1));
    fair.push_back(lane(0, 2), id(2));
    fair.push_back(lane(0, 3), id(3));
    assert_eq!(fair.pop(), Some(id(1)));
    fair.put_back(lane(0, 1), id(1));
    assert_eq!(all(&mut fair), [1, 2, 3]);
}

#[derive(Clone, Debug)]
enum Act {
    Push(u8, u32),
    Pop,
    /// Pops and puts back.
    Return,
    Remove(prop::sample::Index),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (0..4u8, 0..4u32).prop_map(|(class, carrier)| Act::Push(class, carrier)),
        4 => Just(Act::Pop),
        1 => Just(Act::Return),
        1 => any::<prop::sample::Index>().prop_map(Act::Remove),
    ]
}

/// What waits, so simply that it is obviously right; and the laws.
#[derive(Default)]
struct Model {
    lanes: BTreeMap<(u8, u32), Vec<u128>>,
    /// By waiting class: how many of higher ones went since it was its turn.
    passed: BTreeMap<u8, u16>,
    /// By waiting lane: who of its class went since it was its turn.
    overtaken: BTreeMap<(u8, u32), Vec<u32>>,
}

impl Model {
    fn take_out(&mut self, key: (u8, u32), at: usize) {
        let waiting = self.lanes.get_mut(&key).expect("it waits");
        waiting.remove(at);
        if waiting.is_empty() {
            self.lanes.remove(&key);
            self.overtaken.remove(&key);
        }
        if !self.lanes.keys().any(|(class, _)| *class == key.0) {
            self.passed.remove(&key.0);
        }
    }

    fn popped(&mut self, number: u128) -> Result<(u8, u32), TestCaseError> {
        let head = |waiting: &Vec<u128>| waiting.first() == Some(&number);
        let key = self.lanes.iter().find(|(_, waiting)| head(waiting)).map(|(key, _)| *key);
        let Some((class, carrier)) = key else {
            return Err(TestCaseError::fail("it was not the first of its lane"));
        };
        let highest = self.lanes.keys().map(|(class, _)| *class).max().expect("one waits");
        let passed = self.passed.get(&class).copied().unwrap_or(0);
        prop_assert!(class == highest || passed >= PATIENCE[usize::from(class)], "overtook");
        let lower: Vec<u8> = self.lanes.keys().map(|(c, _)| *c).filter(|c| *c < class).collect();
        for lower in lower.into_iter().collect::<std::collections::BTreeSet<_>>() {
            let passed = self.passed.entry(lower).or_default();
            *passed += 1;
            prop_assert!(*passed <= PATIENCE[usize::from(lower)] + 3, "{lower} starves");
        }
        self.passed.insert(class, 0);
        self.overtaken.remove(&(class, carrier));
        let others: Vec<_> = self.lanes.keys().filter(|(c, _)| *c == class).copied().collect();
        for other in others.into_iter().filter(|(_, other)| *other != carrier) {
            let went = self.overtaken.entry(other).or_default();
            prop_assert!(!went.contains(&carrier), "{carrier} went twice before {}", other.1);
            went.push(carrier);
        }
        self.take_out((class, carrier), 0);
        Ok((class, carrier))
    }

    fn any(&self, index: &prop::sample::Index) -> Option<((u8, u32), usize)> {
        let of = |(key, waiting): (&(u8, u32), &Vec<u128>)| (*key, waiting.len());
        let places = self.lanes.iter().map(of).flat_map(|(k, len)| (0..len).map(move |at| (k, at)));
        let places: Vec<_> = places.collect();
        (!places.is_empty()).then(|| *index.get(&places))
    }
}

proptest! {
    #[test]
    fn order_is_kept_nobody_starves_and_senders_take_turns(
        acts in prop::collection::vec(act(), 1..400),
    ) {
        let (mut fair, mut model, mut next) = (Fair::default(), Model::default(), 0);
        for act in acts {
            match act {
                Act::Push(class, carrier) => {
                    next += 1;
                    fair.push_back(lane(class, carrier), id(next));
                    model.lanes.entry((class, carrier)).or_default().push(next);
                }
                Act::Pop => match fair.pop() {
                    Some(id) => drop(model.popped(id.bits())?),
                    None => prop_assert!(model.lanes.is_empty()),
                },
                Act::Return => if let Some(id) = fair.pop() {
                    let key = model.popped(id.bits())?;
                    fair.put_back(lane(key.0, key.1), id);
                    model.lanes.entry(key).or_default().insert(0, id.bits());
                    // It has its turn again, or had one: it may go before the others once more.
                    model.overtaken.values_mut().for_each(Vec::clear);
                },
                Act::Remove(index) => if let Some((key, at)) = model.any(&index) {
                    let gone = id(model.lanes[&key][at]);
                    prop_assert!(fair.remove(lane(key.0, key.1), gone));
                    model.take_out(key, at);
                },
            }
            let waiting: usize = model.lanes.values().map(Vec::len).sum();
            prop_assert_eq!(fair.len(), waiting);
        }
        while let Some(id) = fair.pop() {
            model.popped(id.bits())?;
        }
        prop_assert!(model.lanes.is_empty() && is_at_rest(&fair));
    }
}
