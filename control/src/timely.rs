//! What control does because time has come: it takes back what nobody confirmed, commits what
//! was planned, and tells its nodes what carriers paid.
//!
//! Several controls on one store all look; whoever writes first has done it, and to the others it
//! is over. A control that was away does what became due meanwhile when it is back.

use std::time::Duration;

use crate::account;
use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::generations::{Reason, commit_planned, roll_back};
use crate::publish::Publisher;
use crate::store::{Store, Writer};

/// Looks once a second, for as long as control runs.
pub async fn keep_time(writer: &Writer, publisher: &Publisher) {
    let mut last_error = String::new();
    loop {
        let publisher = publisher.clone();
        let looked = writer.call(move |store| due(store, &publisher, clock::unix_ns())).await;
        let error = looked.err().map(|fault| fault.error).unwrap_or_default();
        if !error.is_empty() && error != last_error {
            tracing::error!(error, "what is due cannot be done; it is tried again");
        }
        last_error = error;
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Tells this control's nodes what carriers paid, whoever booked it.
pub fn tell_paid(store: &Store, publisher: &Publisher) -> Outcome<()> {
    let paid = store.account(account::paid)?;
    publisher.publish_paid(&paid).map_err(|error| {
        Fault::failed(format!("what was paid is booked and cannot be published: {error}"))
            .cure("make room: it is published a second later")
    })
}

/// Does what is due.
pub fn due(store: &mut Store, publisher: &Publisher, now_ns: u64) -> Outcome<()> {
    if let Some(awaited) = store.awaited()?
        && awaited.until_ns <= now_ns
    {
        let message = format!("generation {} was not confirmed", awaited.generation);
        let author = "control".to_owned();
        let reason = Reason { author, message, force: true, ..Reason::default() };
        roll_back(store, publisher, awaited.back_to, reason)?;
        tracing::warn!(generation = awaited.generation, "taken back: nobody confirmed it");
    }
    tell_paid(store, publisher)?;
    while let Some(planned) = store.due(now_ns)? {
        let (id, author) = (planned.id, planned.author.clone());
        if let Err(fault) = commit_planned(store, publisher, planned) {
            tracing::warn!(id, author, error = %fault.error, "a planned commit was not done");
            store.not_done(id, &fault.error)?;
        }
    }
    Ok(())
}

const INTERVAL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
