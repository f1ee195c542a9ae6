//! How the driver fails: by hardware fault at a place, or by a failed assertion.
//!
//! - [`access`]: loads and stores that fault as the driver's own would, whatever the build.
//! - [`site`]: the names of the places, and which of them a thread is at.
//! - [`report`]: lines on stderr, assertions.
//! - [`signals`]: one line about a fatal signal.

pub(crate) mod access;
pub(crate) mod report;
pub(crate) mod signals;
pub(crate) mod site;
