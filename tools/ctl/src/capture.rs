//! `signalbox capture` and `signalbox trace`: what passes, as a file or as a ladder.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::again::pause;
use crate::arguments::Session;
use crate::client::Answer;
use crate::trouble::{FAILED, NOT_FOUND, Trouble};
use crate::writing::Output;

mod ladder;
mod packets;

/// What is to be seen.
#[derive(Args, Debug)]
pub(crate) struct Wish {
    /// Only of SMS to or from this number, or such as '222%'
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// Only of this carrier or connection
    #[arg(long, value_name = "NAME")]
    peer: Option<String>,
    /// Only one SMS in so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    one_in: Option<u32>,
    /// How long: 30s, 10m, 1h
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = seconds)]
    time: u32,
}

#[derive(Deserialize)]
struct Begun {
    number: u64,
    until: String,
}

/// `signalbox capture`
pub(crate) fn write(session: &Session, wish: &Wish, path: &Path) -> Result<ExitCode, Trouble> {
    let octets = wait(session, wish)?.text;
    if octets.is_empty() {
        anstream::eprintln!("nothing passed that was asked for; no file was written");
        return Ok(ExitCode::from(NOT_FOUND));
    }
    std::fs::write(path, &octets)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
    let count = packets::read(&octets).count();
    anstream::eprintln!("{count} packets in {}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// `signalbox trace`
pub(crate) fn trace(session: &Session, wish: &Wish) -> Result<ExitCode, Trouble> {
    let answer = wait(session, wish)?;
    let journeys = ladder::journeys(packets::read(&answer.text));
    if session.output == Output::Json {
        anstream::println!("{}", json!(journeys));
    } else {
        journeys.iter().for_each(|journey| anstream::println!("{}", ladder::draw(journey)));
    }
    if journeys.is_empty() {
        anstream::eprintln!("no SMS passed that was asked for");
        return Ok(ExitCode::from(NOT_FOUND));
    }
    Ok(ExitCode::SUCCESS)
}

/// Has it captured, and fetches what was.
fn wait(session: &Session, wish: &Wish) -> Result<Answer, Trouble> {
    let Wish { number, peer, one_in, time } = wish;
    let asked = json!({ "party": number, "peer": peer, "one_in": one_in, "seconds": time });
    let begun: Begun = session.client.post("/v1/capture", &asked)?.read()?;
    anstream::eprintln!("capture {} until {}", begun.number, begun.until);
    tell_time(*time);
    session.client.post("/v1/capture/end", &json!({ "number": begun.number }))?;
    session.client.get("/v1/capture", &[("number", Some(&begun.number.to_string()))])
}

/// Lets the time pass, and says on a terminal how much of it is left.
fn tell_time(seconds: u32) {
    let shows = std::io::stderr().is_terminal();
    for left in (1..=seconds).rev() {
        if shows {
            anstream::eprint!("\r{left} s left ");
        }
        pause(Duration::from_secs(1));
    }
    if shows {
        anstream::eprint!("\r          \r");
    }
}

/// `30s`, `10m` or `1h`.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no time such as 30s, 10m or 1h");
    let (count, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let seconds = count.parse::<u32>().ok().and_then(|count| count.checked_mul(unit));
    seconds.filter(|seconds| (1..=3600).contains(seconds)).ok_or_else(wrong)
}
