//! The simulator as its clients have it: the built library, loaded, and spoken to by messages.
//!
//! What is meant to crash happens in a child: this test binary again, with the name of a scenario in the environment.

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
