//! What is shown: the last answers, put in order.

use serde_json::Value;

use crate::writing::text;

/// The last answers of control, and what the operator wants to see of them.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Of `/v1/status`.
    pub(super) status: Value,
    /// Of `/v1/binds`.
    pub(super) binds: Vec<Value>,
    /// Why control did not answer the last time.
    pub(super) lost: Option<String>,
    /// What is looked for; all is shown if it is empty.
    pub(super) wanted: String,
    /// Is it being typed?
    pub(super) typing: bool,
    /// Which of `ORDERS`.
    pub(super) order: usize,
    /// How many of the binds are scrolled away.
    pub(super) skip: usize,
}

/// A key, as far as it means something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Press {
    Letter(char),
    Erase,
    Done,
    Clear,
    Up,
    Down,
    Leave,
}

/// How binds are sorted: a heading, and the key of a row; numbers go downwards.
pub(super) const ORDERS: [(&str, &str); 5] = [
    ("name", "name"),
    ("in/s", "rate_in"),
    ("out/s", "rate_out"),
    ("window", "outstanding"),
    ("receipts", "owed"),
];

impl View {
    /// Does what a key means; false if it is to be left.
    pub(super) fn handle(&mut self, press: Press) -> bool {
        match press {
            Press::Leave => return false,
            Press::Letter('q') if !self.typing => return false,
            Press::Letter('/') if !self.typing => self.typing = true,
            Press::Letter('s') if !self.typing => self.order = (self.order + 1) % ORDERS.len(),
            Press::Letter(letter) if self.typing => self.wanted.push(letter),
            Press::Letter(_) => {}
            Press::Erase => drop(self.wanted.pop()),
            Press::Done => self.typing = false,
            Press::Clear => (self.typing, self.wanted) = (false, String::new()),
            Press::Up => self.skip = self.skip.saturating_sub(1),
            Press::Down => self.skip += 1,
        }
        self.skip = self.skip.min(self.rows().len().saturating_sub(1));
        true
    }

    /// The binds that are wanted, in order.
    pub(super) fn rows(&self) -> Vec<&Value> {
        let is_wanted = |row: &&Value| {
            self.wanted.is_empty()
                || ["env", "role", "name", "state", "peer"]
                    .iter()
                    .any(|key| text(&row[*key]).contains(&self.wanted))
        };
        let mut rows: Vec<&Value> = self.binds.iter().filter(is_wanted).collect();
        let (_, key) = ORDERS[self.order];
        rows.sort_by_key(|row| {
            let count = row[key].as_u64().unwrap_or_default();
            (std::cmp::Reverse(count), text(&row["env"]), text(&row["name"]), text(&row["peer"]))
        });
        rows
    }

    /// What should not be so, worst first.
    pub(super) fn alarms(&self) -> Vec<String> {
        let mut alarms: Vec<String> = self.lost.iter().cloned().collect();
        for node in list(&self.status["nodes"]) {
            if node["up"] != true {
                alarms.push(format!("node {} is down", text(&node["name"])));
                continue;
            }
            let behind = |shard: &&Value| shard["generation"] != self.status["generation"];
            for shard in list(&node["shards"]).iter().filter(behind) {
                let (shard, node) = (text(&shard["shard"]), text(&node["name"]));
                alarms.push(format!("shard {shard} of {node} obeys another generation"));
            }
        }
        let lost = |row: &&Value| row["role"] == "connection" && !is_well(row);
        for row in self.binds.iter().filter(lost) {
            let (name, state) = (text(&row["name"]), text(&row["state"]));
            alarms.push(format!("connection {name} of {} is {state}", text(&row["env"])));
        }
        if let Some(awaits) = self.status["awaits"].as_object() {
            let until = text(&awaits["until"]);
            alarms.push(format!("{} awaits `confirm` until {until}", awaits["generation"]));
        }
        alarms
    }
}

/// Is a bind, or a trunk, as it should be?
pub(super) fn is_well(row: &Value) -> bool {
    row["state"].as_str().is_some_and(|state| state.starts_with("bound") || state == "up")
}

/// The rows of a list; none if it is no list.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
