//! The part of Foundation that Metal's objects and their clients need.
//!
//! - [`define`]: classes from tables of Rust functions.
//! - [`method`]: methods by signature alone, for tables.
//! - [`selectors`]: the selectors that the simulator sends.
//! - [`autorelease`]: each thread's stack of autoreleased objects.
//! - [`object`]: `NSObject`, reference counts, the classes that all drivers share.
//! - [`pool`], [`string`], [`mod@array`], [`exception`]: `NSAutoreleasePool`, `NSString`, `NSArray`, `NSException`.

pub(crate) mod array;
pub(crate) mod autorelease;
pub(crate) mod define;
pub(crate) mod exception;
pub(crate) mod method;
pub(crate) mod object;
pub(crate) mod pool;
pub(crate) mod selectors;
pub(crate) mod string;
