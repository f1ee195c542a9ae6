//! The simulator as its clients see it: the tests load the built library and send messages.
//!
//! A scenario that is meant to crash runs in a child: this test binary again, with the scenario's name in the
//! environment.

mod assertions;
mod blit;
mod client;
mod crashes;
mod drivers;
mod encoders;
mod objects;
mod scenarios;
mod work;
mod zero_call;
