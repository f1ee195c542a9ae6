//! The guard: which call on which encoder may go to the driver now.
//!
//! It knows keys (addresses), kinds of call, states and threads; no Objective-C and no Metal. Whatever sits above it
//! asks [`Guard::enter`] before the driver's original runs and holds the [`Permit`] while it runs.
//!
//! # Why a table of slots
//!
//! The lock of an encoder cannot live in the encoder (its memory is the driver's) and must outlive it (a thread may
//! still wait for the lock when the encoder is freed). So locks live in [`slot`]s that are never freed, and a
//! lock-free [`table`] leads from an encoder's address to its slot. A slot serves one encoder after another; its
//! generation tells them apart.
//!
//! ```text
//!   encoder slot:   free -> open -> ended -> free        (generation + 1 when a life is over)
//! ```
//!
//! # Invariants
//!
//! Code and tests cite these by number.
//!
//! - **I1 Exclusion.** No two threads are inside originals of the same encoder at once.
//! - **I2 Teardown is a call.** Ending and freeing an encoder happen under the same lock as encoding.
//! - **I3 No late call reaches the driver.** A call on an ended encoder is counted with both threads and both calls,
//!   and answered with [`Entry::Refused`], or with [`Entry::Late`] where its work can be done elsewhere.
//! - **I4 Alive while reachable.** An encoder is retained from its opening until its command buffer completes or goes.
//! - **I5 Re-entrant.** Inside an original, the same thread may call the same encoder again.
//! - **I6 No deadlock of ours.** Nothing is held across calls that wait for the GPU; long waits are reported.
//! - **I7 Cheap.** The uncontended path allocates nothing, makes no system call and touches nothing that other
//!   encoders write.
//! - **I8 Exact statistics.** Counts are exact once the threads that made the calls have been joined.
//! - **I9 Fail open.** Where the guard cannot help (table full), the call still reaches the driver, and is counted.
//! - **I10 Slots are immortal.** No lock is ever freed, so a waiter cannot touch freed memory.
//!
//! # Order of locks
//!
//! command buffer's slot, then encoder's slot, then that of an encoder that it has made, then one `chain` (leaf), then
//! nothing. A bucket's `inserting` lock is a
//! leaf as well, and so is the lock of `waits`.

#![forbid(unsafe_code)]

mod buffer;
mod enter;
mod fast_path;
mod finding;
mod guard;
mod ids;
mod judge;
mod late;
mod lifecycle;
mod lock;
#[cfg(any(loom, shuttle))]
pub mod model;
mod observer;
mod permit;
mod platform;
mod protection;
mod rescue;
mod retained;
mod slot;
mod statistics;
mod sync;
mod table;
mod wait_times;
mod waits;

pub use fast_path::{Fast, FastPermit};
pub use finding::Finding;
pub use guard::{Config, Guard};
pub use ids::{Key, Thread, Who};
pub use late::{BufferOfLate, LateCall};
pub use lifecycle::Maker;
pub use lock::{Held, Lock};
pub use observer::{LongWait, Observer};
pub use permit::{Entry, Permit};
pub use platform::Platform;
#[doc(hidden)]
pub use protection::Protection;
#[cfg(not(any(loom, shuttle)))]
#[doc(hidden)]
pub use protection::protects;
pub use statistics::Statistics;
pub use table::Storage;
pub use wait_times::WaitTimes;
