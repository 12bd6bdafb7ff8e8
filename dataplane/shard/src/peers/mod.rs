//! Who is there: links, binds, connections and registered apps.

pub(crate) mod agreed;
mod awaited;
pub(crate) mod binds;
pub(crate) mod connections;
pub(crate) mod devices;
mod dial;
mod enrolment;
pub(crate) mod flows;
mod inherited;
pub(crate) mod lines;
pub(crate) mod links;
pub(crate) mod observations;
pub(crate) mod outbind;
mod probe;
pub(crate) mod registrar;
pub(crate) mod relay;
pub(crate) mod seen;
pub(crate) mod trunks;
