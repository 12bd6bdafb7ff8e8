//! The REGISTER storm: as many contacts as a city after a power cut, each with its password, all
//! at once or by the clock (promises.md E8).

mod contact;
mod report;
mod run;

pub(crate) use run::run;
