use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::{LINES_MAX, Pipe};

/// Writes nothing until it is let.
#[derive(Clone, Default)]
struct Stuck {
    gate: Arc<Mutex<()>>,
    text: Arc<Mutex<Vec<u8>>>,
}

impl Write for Stuck {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _open = self.gate.lock().unwrap();
        self.text.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn b11_a_stuck_reader_costs_lines_not_time() {
    let stuck = Stuck::default();
    let mut pipe = Pipe::open(stuck.clone()).unwrap();
    let gate = stuck.gate.lock().unwrap();
    let line = |n| format!("line {n}\n");
    (0..LINES_MAX + 1000).for_each(|n| pipe.write_all(line(n).as_bytes()).unwrap());
    drop(gate);
    pipe.finish();
    let text = String::from_utf8(stuck.text.lock().unwrap().clone()).unwrap();
    assert!(text.starts_with("line 0\n"));
    assert!(text.contains(&format!("line {}\n", LINES_MAX - 1)));
    assert!(text.contains("lines lost"), "{}", text.len());
    assert!(!text.contains(&format!("line {}\n", LINES_MAX + 999)));
}
