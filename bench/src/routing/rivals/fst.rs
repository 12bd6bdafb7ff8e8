//! The `fst` crate: a transducer over digits, the smallest of all.

use std::fmt;

use ::routing::Number;
use fst::raw::{Builder, Fst, Output};

/// A transducer from prefixes to values.
pub struct FstTable(Fst<Vec<u8>>);

impl FstTable {
    /// From prefixes in any order; the value is the place.
    pub fn build(prefixes: &[Number]) -> Self {
        let mut keys: Vec<(Vec<u8>, u64)> =
            (0..).zip(prefixes).map(|(value, prefix)| (prefix.digits().to_vec(), value)).collect();
        keys.sort_unstable();
        let mut builder = Builder::memory();
        for (key, value) in &keys {
            builder.insert(key, *value).expect("the keys ascend and memory takes them");
        }
        Self(builder.into_fst())
    }

    /// The value of the longest prefix.
    pub fn longest(&self, digits: &[u8]) -> Option<u32> {
        let (mut node, mut output, mut best) = (self.0.root(), Output::zero(), None);
        for digit in digits {
            let Some(at) = node.find_input(*digit) else { break };
            let transition = node.transition(at);
            output = output.cat(transition.out);
            node = self.0.node(transition.addr);
            if node.is_final() {
                best = Some(output.cat(node.final_output()).value() as u32);
            }
        }
        best
    }

    /// How many octets it takes.
    pub fn octets(&self) -> usize {
        self.0.as_bytes().len()
    }
}

impl fmt::Debug for FstTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FstTable({} octets)", self.octets())
    }
}
