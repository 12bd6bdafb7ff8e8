//! Who is there: links, binds, connections and registered apps.

pub(crate) mod binds;
pub(crate) mod connections;
pub(crate) mod links;
pub(crate) mod registrar;
