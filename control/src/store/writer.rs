//! The one thread that writes.

use tokio::sync::{mpsc, oneshot};

use super::Store;
use crate::fault::{Fault, Outcome};

/// Sends work to the thread that owns the store. Clones send to the same thread; it ends when
/// the last one is gone.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce(&mut Store) + Send>;

impl Writer {
    /// Starts the thread.
    pub fn start(mut store: Store) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (jobs, mut inbox) = mpsc::channel::<Job>(JOBS_MAX);
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            while let Some(job) = inbox.blocking_recv() {
                if let Err(fault) = store.catch_up() {
                    // What is in memory may still be looked at; what must be written will fail.
                    tracing::warn!(error = %fault.error, "what others changed cannot be read");
                }
                job(&mut store);
            }
        })?;
        Ok((Self { jobs }, thread))
    }

    /// Does something with the store and waits for the result.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (job, result) = job(work);
        self.jobs.send(job).await.map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }

    /// The same from a thread that may block.
    pub fn call_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (job, result) = job(work);
        self.jobs.blocking_send(job).map_err(|_| stopped())?;
        result.blocking_recv().map_err(|_| stopped())?
    }
}

fn job<T: Send + 'static>(
    work: impl FnOnce(&mut Store) -> Outcome<T> + Send + 'static,
) -> (Job, oneshot::Receiver<Outcome<T>>) {
    let (answer, result) = oneshot::channel();
    // Whoever asked may have gone meanwhile; what was done stays done.
    (Box::new(move |store| drop(answer.send(work(store)))), result)
}

fn stopped() -> Fault {
    Fault::failed("control is stopping")
}

/// Requests and harvest batches that wait; each holds its sender up, so few are enough.
const JOBS_MAX: usize = 64;
