//! A control as a process, and questions to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub(crate) fn control(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signalbox-control"));
    command.arg("--config").arg(config).stderr(Stdio::piped());
    command
}

/// Starts control and waits until it says that it is ready.
pub(crate) fn start(config: &Path) -> Child {
    let mut child = control(config).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.by_ref().any(|line| line.unwrap().contains("control is ready")));
    // Keeps the pipe open, and shows the log where a test fails.
    std::thread::spawn(move || log.for_each(|line| eprintln!("{}", line.unwrap())));
    child
}

pub(crate) fn ask(folder: &Path, method: &str, path: &str, body: &str) -> String {
    let mut stream = UnixStream::connect(folder.join("control.sock")).unwrap();
    let len = body.len();
    let head = "host: control\r\ncontent-type: application/json\r\nconnection: close";
    write!(stream, "{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {len}\r\n\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
