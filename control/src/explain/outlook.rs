//! How connections stand, as the boards of the nodes tell it.

use routing::board::{LinkRole, LinkState};
use routing::{ArchivedEnvironment, Outlook, Standing, home};

use crate::watch::NodeView;

/// The boards of all nodes, asked about one environment.
pub(super) struct Boards<'a> {
    pub(super) environment: &'a ArchivedEnvironment,
    pub(super) views: &'a [NodeView],
}

impl Boards<'_> {
    /// How a connection stands, in words, and on which shard.
    pub(super) fn words(&self, id: u32) -> String {
        if self.environment.connection(id).is_some_and(|connection| !connection.enabled) {
            return "disabled".to_owned();
        }
        for view in self.views.iter().filter(|view| view.is_up()) {
            for page in &view.pages {
                let row = page.links.iter().find(|row| {
                    row.role == LinkRole::Connection
                        && row.environment == self.environment.id
                        && row.subject == id
                });
                if let Some(row) = row {
                    let state = match row.state {
                        LinkState::BoundTx
                        | LinkState::BoundRx
                        | LinkState::BoundTrx
                        | LinkState::Up => "up",
                        LinkState::Open => "binding",
                        LinkState::Down => "down",
                    };
                    return format!("{state}, shard {}", page.shard);
                }
            }
        }
        let shards = self.views.iter().find(|view| view.is_up()).map_or(0, NodeView::shards);
        match u8::try_from(shards) {
            Ok(0) | Err(_) => "not up".to_owned(),
            Ok(shards) => format!("not up, shard {}", home(id, shards)),
        }
    }

    /// The row of the shard that keeps a connection.
    fn row(&self, id: u32) -> Option<&routing::board::OutlookRow> {
        let pages = self.views.iter().filter(|view| view.is_up()).flat_map(|view| &view.pages);
        let mut rows = pages.flat_map(|page| &page.outlooks);
        rows.find(|row| row.connection == id)
    }
}

impl Outlook for Boards<'_> {
    /// One that no board knows is drafted only, and will be ready.
    fn standing(&self, connection: u32) -> Standing {
        self.row(connection).map_or(Standing::Ready, |row| row.standing)
    }

    fn quality(&self, connection: u32) -> u32 {
        self.row(connection).map_or(0, |row| row.quality)
    }

    fn has_room(&self, _: u32, _: usize, _: u32) -> bool {
        true
    }
}
