//! Several controls that share a store: what one commits, the others publish to their nodes.
//!
//! A commit tells the server, and the server tells all who listen (`LISTEN`, `NOTIFY`). Being
//! told is only a hint: whoever was away, or was not told, looks by itself every few seconds.

use std::future::poll_fn;
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::fault::Outcome;
use crate::generations::resume;
use crate::publish::Publisher;
use crate::store::{Server, Store, Writer};

/// Publishes what other controls commit, for as long as control runs.
pub async fn keep_up(server: &Server, writer: &Writer, publisher: &Publisher) {
    let mut last_error = String::new();
    loop {
        let listening = listen(server).await;
        let told = match listening {
            Ok((client, mut told)) => {
                last_error.clear();
                while adopt(writer, publisher).await
                    && !matches!(timeout(LOOK_EVERY, told.recv()).await, Ok(None))
                {}
                drop(client);
                "the connection broke".to_owned()
            }
            Err(fault) => fault.error,
        };
        if told != last_error {
            tracing::warn!(error = told, "nobody tells what other controls commit");
            last_error = told;
        }
        sleep(AGAIN_AFTER).await;
    }
}

/// Listens; the receiver ends with the connection.
async fn listen(server: &Server) -> Outcome<(Client, mpsc::Receiver<()>)> {
    let (client, mut connection) = server.config().connect(NoTls).await?;
    let (tell, told) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                match tell.try_send(()) {
                    // One that waits is enough: whoever takes it looks at everything.
                    Ok(()) | Err(TrySendError::Full(())) => {}
                    Err(TrySendError::Closed(())) => return,
                }
            }
        }
    });
    client.batch_execute("LISTEN signalbox").await?;
    Ok((client, told))
}

/// Publishes what is live if that is newer; says whether the store can be reached.
async fn adopt(writer: &Writer, publisher: &Publisher) -> bool {
    let publisher = publisher.clone();
    let done = writer.call(move |store| follow(store, &publisher)).await;
    if let Err(fault) = &done {
        tracing::error!(error = %fault.error, "what is committed is not published here");
    }
    done.is_ok()
}

/// Reads what others committed and publishes it.
pub fn follow(store: &mut Store, publisher: &Publisher) -> Outcome<()> {
    store.catch_up()?;
    if publisher.highest() < store.generation() { resume(store, publisher) } else { Ok(()) }
}

/// Even if nobody tells anything, what is live is looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

const AGAIN_AFTER: Duration = Duration::from_secs(1);
