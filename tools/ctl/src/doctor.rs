//! `signalbox bind doctor`: what a peer really does, and the setting that would suit it.

use std::process::ExitCode;
use std::time::Duration;

use owo_colors::OwoColorize;
use serde::Deserialize;

use crate::again::pause;
use crate::arguments::Session;
use crate::client::Answer;
use crate::trouble::{DIFFERS, Trouble};
use crate::writing::Output;

#[derive(Deserialize)]
struct Examined {
    kind: String,
    env: String,
    name: String,
    links: u64,
    heard: Option<String>,
    findings: Vec<Finding>,
}

#[derive(Clone, Deserialize, Eq, PartialEq)]
struct Finding {
    topic: String,
    level: String,
    words: String,
    command: Option<String>,
}

impl Finding {
    fn is_well(&self) -> bool {
        matches!(self.level.as_str(), "good" | "fact")
    }

    fn tell(&self) {
        let Self { topic, level, words, command } = self;
        let line = format!("{topic:<14} {words}");
        match level.as_str() {
            "good" => anstream::println!("{} {}", "\u{2713}".green(), line.green()),
            "fact" => anstream::println!("\u{b7} {line}"),
            "advice" => anstream::println!("{} {}", "!".yellow(), line.yellow()),
            _ => anstream::println!("{} {}", "\u{2717}".red(), line.red()),
        }
        if let Some(command) = command {
            anstream::println!("    {command}");
        }
    }
}

/// `signalbox bind doctor`
pub(crate) fn examine(
    session: &Session,
    name: &str,
    kind: Option<&str>,
    watch_s: Option<u64>,
) -> Result<ExitCode, Trouble> {
    let mut told: Vec<Finding> = Vec::new();
    let mut begun = false;
    loop {
        let answer = ask(session, name, kind)?;
        let examined: Examined = answer.read()?;
        if session.output == Output::Json {
            answer.print();
        } else {
            if !std::mem::replace(&mut begun, true) {
                tell_who(&examined);
            }
            let news = examined.findings.iter().filter(|finding| !told.contains(finding));
            news.for_each(Finding::tell);
        }
        let Some(seconds) = watch_s else {
            let well = examined.findings.iter().all(Finding::is_well);
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) });
        };
        told = examined.findings;
        pause(Duration::from_secs(seconds));
    }
}

fn ask(session: &Session, name: &str, kind: Option<&str>) -> Result<Answer, Trouble> {
    let env = session.env.as_deref();
    session.client.get("/v1/doctor", &[("env", env), ("name", Some(name)), ("kind", kind)])
}

fn tell_who(examined: &Examined) {
    let Examined { kind, env, name, links, heard, .. } = examined;
    let links = crate::writing::counted(*links, "bound link", "bound links");
    let heard = heard.as_deref().unwrap_or("never");
    anstream::println!("{kind} {name} of {env}: {links}, last heard {heard}");
}
