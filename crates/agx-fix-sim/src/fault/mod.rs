//! How the driver fails: by a hardware fault at a named place, or by a failed assertion.

pub(crate) mod access;
pub(crate) mod report;
pub(crate) mod signals;
pub(crate) mod site;
