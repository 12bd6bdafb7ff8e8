//! `signalbox shell`, at a terminal and from a file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod site;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use site::Site;

/// Somebody at a terminal.
struct Person {
    shell: Child,
    keys: File,
    screen: Receiver<Vec<u8>>,
    /// What was shown and not yet looked for.
    shown: String,
}

impl Person {
    fn new(site: &Site) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap();
        let line = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let stdio = || Stdio::from(line.try_clone().unwrap());
        // A session of its own, so that Ctrl-C reaches what runs at this terminal.
        let shell = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_signalbox"), "shell"])
            .env("SIGNALBOX_SOCKET", site.socket())
            .env("XDG_STATE_HOME", site.folder.path())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .current_dir(site.folder.path())
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        drop(line);
        let screen = watch(keys.try_clone().unwrap());
        Self { shell, keys: keys.into(), screen, shown: String::new() }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the terminal shows something, behind all that was waited for before.
    fn see(&mut self, text: &str) {
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            match self.screen.recv_timeout(PATIENCE) {
                Ok(octets) => self.shown.push_str(&String::from_utf8_lossy(&octets)),
                Err(_) => panic!("{text:?} does not come; there is: {:?}", self.shown),
            }
        }
    }
}

/// Hears what a terminal shows.
fn watch(screen: OwnedFd) -> Receiver<Vec<u8>> {
    let (show, shown) = channel();
    let mut screen = File::from(screen);
    std::thread::spawn(move || {
        let mut octets = [0; 4096];
        // The end of a terminal is an error.
        while let Ok(count @ 1..) = screen.read(&mut octets) {
            if show.send(octets[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    shown
}

#[test]
fn a_person_works_at_a_terminal() {
    let site = Site::new();
    let mut person = Person::new(&site);
    person.see("]> ");
    person.press("environment add env1 --domain env1.example --smpp 127.0.0.1:2775\r");
    person.see(": 1 change]> ");
    person.press("use env1\r");
    person.see("signalbox env1 [");
    person.press("use env2\r");
    person.see("there is no environment env2");
    person.press("signalbox carrier add TATA --system-id tata --password hush\r");
    person.see(": 2 changes]> ");
    // Words from the tree, names from control, and what was typed before.
    person.press("carrier sho\t");
    person.see("carrier show ");
    person.press("TA\t\r");
    person.see("system_id");
    person.see("]> ");
    person.press("\x1b[A\r");
    person.see("system_id");
    person.see("]> ");
    // Ctrl-C forgets a line, or ends what is being done; the shell stays.
    person.press("discard\x03");
    person.see(": 2 changes]> ");
    person.press("status --watch 60\r");
    person.see("generation 0 is live");
    person.see("2 changes");
    person.press("\x03");
    person.see(": 2 changes]> ");
    person.press("commit -m 'it'\\''s there\r");
    person.see("is never closed");
    person.press("commit -m 'it'\\''s there'\r");
    person.see("generation 1 is live");
    person.see("]> ");
    person.press("\x04");
    assert!(person.shell.wait().unwrap().success());
    kept(&site.folder.path().join("signalbox/history"));
}

/// The history is for its owner's eyes, and knows no secret.
fn kept(path: &Path) {
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let history = std::fs::read_to_string(path).unwrap();
    assert!(history.contains("use env1") && history.contains("carrier show TATA"), "{history}");
    assert!(!history.contains("hush"), "{history}");
}

#[test]
fn a_script_ends_at_the_first_that_fails() {
    let site = Site::new();
    let (code, out, err) = script(
        &site,
        "# a world\n\
         environment add env1 --domain env1.example --smpp 127.0.0.1:2775\n\
         use env1\n\
         account set 1111 --messaging off\n\
         commit -m never\n",
    );
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("line 4: account set 1111"), "{err}");
    assert_eq!(out, "");
    let (code, out, err) = script(&site, "-o json history\ncommit -m 'a world'\nexit\nno more\n");
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("[]") && out.contains("generation 1 is live"), "{out}");
    let (code, ..) = script(&site, "carrier sing\n");
    assert_eq!(code, 2);
    let (code, _, err) = script(&site, "commit -m 'open\n");
    assert_eq!((code, err.contains("is never closed")), (2, true), "{err}");
}

fn script(site: &Site, lines: &str) -> (i32, String, String) {
    let mut shell = Command::new(env!("CARGO_BIN_EXE_signalbox"))
        .arg("shell")
        .env("SIGNALBOX_SOCKET", site.socket())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A shell that ended before all was read has heard enough.
    let _ = shell.stdin.take().unwrap().write_all(lines.as_bytes());
    let done = shell.wait_with_output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

const PATIENCE: Duration = Duration::from_secs(20);
