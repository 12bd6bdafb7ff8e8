//! A trie with one digit a level, its nodes packed by counting bits.

use std::collections::VecDeque;

use ::routing::Number;

/// Nodes in the order of their levels; a node's children lie together, and so do their values.
#[derive(Debug)]
pub struct TrieTable {
    nodes: Vec<Node>,
    values: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Bit d: the child of digit d has children of its own.
    children: u16,
    /// Bit d: there is a value for digit d.
    valued: u16,
    first_child: u32,
    first_value: u32,
}

impl TrieTable {
    /// From prefixes in any order; the value is the place.
    pub fn build(prefixes: &[Number]) -> Self {
        let mut keys: Vec<(Vec<u8>, u32)> =
            (0..).zip(prefixes).map(|(value, prefix)| (prefix.digits().to_vec(), value)).collect();
        keys.sort_unstable();
        let mut trie = Self { nodes: vec![Node::default()], values: Vec::new() };
        let mut waiting = VecDeque::from([(0, 0, &keys[..])]);
        while let Some((node, depth, keys)) = waiting.pop_front() {
            let first_child = trie.nodes.len() as u32;
            let first_value = trie.values.len() as u32;
            let mut made = Node { first_child, first_value, ..Node::default() };
            for below in keys.chunk_by(|one, other| one.0[depth] == other.0[depth]) {
                let bit = 1 << (below[0].0[depth] - b'0');
                let own = below.partition_point(|(key, _)| key.len() == depth + 1);
                if own > 0 {
                    made.valued |= bit;
                    trie.values.push(below[0].1);
                }
                if own < below.len() {
                    made.children |= bit;
                    waiting.push_back((trie.nodes.len(), depth + 1, &below[own..]));
                    trie.nodes.push(Node::default());
                }
            }
            trie.nodes[node] = made;
        }
        trie
    }

    /// The value of the longest prefix.
    pub fn longest(&self, digits: &[u8]) -> Option<u32> {
        let (mut at, mut best) = (0, None);
        for digit in digits {
            let bit = 1u16 << (digit - b'0');
            let node = self.nodes[at];
            let before = |bits: u16| (bits & (bit - 1)).count_ones();
            if node.valued & bit != 0 {
                best = Some(node.first_value + before(node.valued));
            }
            if node.children & bit == 0 {
                break;
            }
            at = (node.first_child + before(node.children)) as usize;
        }
        best.map(|value| self.values[value as usize])
    }

    /// How many octets it takes.
    pub fn octets(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.values.len() * size_of::<u32>()
    }
}
