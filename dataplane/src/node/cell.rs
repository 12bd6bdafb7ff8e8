//! The thread of one shard.

use std::io;
use std::sync::Arc;

use routing::Paid;
use shard::{Adopted, Shard, ShardId};

use crate::body::{Backend, Epoll, Uring};
use crate::clock;
#[cfg(feature = "glommio")]
use crate::config::Runtime;
use crate::core::{Core, Desk, Report};
use crate::mesh::Bell;
use crate::net::Sockets;
use crate::tape::Taped;
use crate::upgrade::Bequest;

/// What one shard's thread is given.
pub(super) struct Cell {
    pub(super) shard: ShardId,
    pub(super) core: usize,
    pub(super) backend: Backend,
    #[cfg(feature = "glommio")]
    pub(super) runtime: Runtime,
    pub(super) config: shard::Config,
    pub(super) sockets: Sockets,
    pub(super) bell: Arc<Bell>,
    pub(super) desk: Desk,
    pub(super) adopted: Option<Adopted>,
    pub(super) paid: Option<Arc<[Paid]>>,
    pub(super) inherited: Bequest,
}

impl Cell {
    /// The life of a shard's thread.
    pub(super) fn run(self) {
        let (shard, reports) = (self.shard, self.desk.reports.clone());
        let result = self.serve();
        // Nobody listens any more when the node has given up.
        let _ = reports.send(Report::Over(shard, result));
    }

    fn serve(self) -> io::Result<()> {
        #[cfg(feature = "glommio")]
        if self.runtime == Runtime::Glommio {
            let (name, cpu) = (format!("shard-{}", self.shard.0), self.core);
            return crate::body::glommio::host(&name, cpu, &self.bell, || {
                let body = Uring::hosted(self.sockets)?;
                let mind = born(self.config);
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.paid, self.inherited);
                Ok(core)
            });
        }
        if !core_affinity::set_for_current(core_affinity::CoreId { id: self.core }) {
            tracing::warn!(shard = self.shard.0, core = self.core, "cannot be pinned");
        }
        let mind = born(self.config);
        match self.backend {
            Backend::Uring => {
                let body = Uring::new(self.sockets, self.bell)?;
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.paid, self.inherited);
                core.run()
            }
            Backend::Epoll => {
                let body = Epoll::new(self.sockets, self.bell)?;
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.paid, self.inherited);
                core.run()
            }
        }
    }
}

/// A shard of this thread, whose inputs are noted.
fn born(config: shard::Config) -> Taped<Shard> {
    let (shard, at) = (config.shard, clock::read());
    Taped::new(Shard::new(config, at), shard, at)
}
