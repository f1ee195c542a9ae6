//! What a guarded call costs, beside other ways to keep threads apart.
//!
//! One function, `window::measure`, measures everything: threads that begin together call until the time is up. `calls`
//! makes one short measurement of each contender in turn, round by round, so that whatever else happens on the machine
//! happens to all of them. (Criterion and divan measure one contender to its end before the next one: on a machine
//! whose speed drifts, the later one gets the blame.) With [`Length::Calls`] the same code makes a fixed number of calls, for
//! a simulator of the processor to count instructions.
//!
//! - `locks`: locks alone, around the driver's method as `stand_in` has it; `lives`: creation and end of an encoder in tables
//!   alone; `lookup`: calls on many live encoders; `guarded`: the guard that these measure;
//! - `hooks`: Objective-C calls, in a process with the injected library or without it; `turns`: binding and dispatching by
//!   one thread, or by two in turn;
//! - `memory`: memory that is still in use after many encoders have come and gone.

mod guarded;
pub(crate) mod hooks;
pub(crate) mod lives;
pub(crate) mod locks;
pub(crate) mod lookup;
pub(crate) mod memory;
mod stand_in;
pub(crate) mod turns;
mod window;

#[cfg(test)]
pub(crate) use window::Share;
pub(crate) use window::{Length, Window, find};
