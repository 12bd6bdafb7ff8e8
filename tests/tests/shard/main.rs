//! Shards on the simulated clock, a room for each of their subjects. One program, because each
//! program is linked with everything: thirty of them took minutes and gigabytes.

mod apps_faults;
mod asides;
mod attic;
mod auth;
mod board;
mod bodies;
mod carriers;
mod clocks;
mod connections;
mod credit;
mod devices;
mod enrol;
mod environments;
mod faults;
mod flows;
mod handsets;
mod later;
mod modes;
mod multi;
mod notifications;
mod orphans;
mod outbind;
mod pass;
mod registrar;
mod routes;
mod segments;
mod sip;
mod smpp;
mod storms;
mod taps;
mod texts;
mod trunk;
mod trunk_in;
mod upgrade;
mod waking;
