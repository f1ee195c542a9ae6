//! The part of Foundation that Metal's objects and their clients need.

pub(crate) mod array;
pub(crate) mod autorelease;
pub(crate) mod define;
pub(crate) mod exception;
pub(crate) mod method;
pub(crate) mod object;
pub(crate) mod pool;
pub(crate) mod selectors;
pub(crate) mod string;
