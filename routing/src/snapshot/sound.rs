//! The last question to a snapshot before it is obeyed: do its tables hold together?
//!
//! rkyv's validation proves that every octet may be read as what it is said to be. That an
//! index leads into its array is our own promise; with it no lookup can ever fail.

use super::rows::RowFile;
use crate::plan::ArchivedPlan;
use crate::table::VALUE_MAX;
use crate::{ArchivedEnvironment, ArchivedTariff};

/// Can every lookup in every table be answered?
pub(super) fn is_sound(plan: &ArchivedPlan, tables: &[RowFile]) -> bool {
    plan.environments.iter().all(|one| environment(one, tables))
}

fn environment(environment: &ArchivedEnvironment, tables: &[RowFile]) -> bool {
    environment.numbers.is_sound(VALUE_MAX as usize)
        && environment.policies.is_sound(tables)
        && environment.lists.iter().all(|list| list.is_sound())
        && environment.tariffs.iter().all(ArchivedTariff::is_sound)
}
