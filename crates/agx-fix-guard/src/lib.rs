//! The guard decides which call on which encoder may go to the driver now.
//!
//! It knows keys (addresses), kinds of call, states and threads; no Objective-C and no Metal. The front end above it asks
//! [`Guard::enter_fast`], then [`Guard::enter`], before the driver's original runs, and holds the permit while it runs. The front
//! end implements [`Platform`] (threads, sleeping, fences) and [`Observer`] (what the guard tells) for one type.
//!
//! # Why a table of slots
//!
//! The lock of an encoder cannot lie in the encoder, whose memory belongs to the driver, and it must outlive the encoder, as a
//! thread may still wait for the lock when the encoder is freed. So locks lie in [`slot`]s that are never freed, and a lock-free
//! [`table`] leads from an encoder's address to its slot. A slot serves one encoder after another; its generation tells them
//! apart.
//!
//! ```text
//!   encoder slot:   free -> open -> ended -> free        (generation + 1 at the end of a life)
//! ```
//!
//! # Invariants
//!
//! Code and tests cite these by number.
//!
//! - **I1 Exclusion.** No two threads are inside originals of the same encoder at once.
//! - **I2 Teardown is a call.** Ending and freeing an encoder happen under the same lock as encoding.
//! - **I3 No late call reaches the driver.** A call on an ended encoder is counted with both threads and both calls, and is
//!   answered with [`Entry::Refused`], or with [`Entry::Late`] if its work can be done elsewhere.
//! - **I4 Alive while reachable.** An encoder is retained from its opening until its command buffer completes or is freed.
//! - **I5 Re-entrant.** Inside an original, the same thread may call the same encoder again.
//! - **I6 No deadlock.** The guard holds no lock across calls that wait for the GPU, and it reports long waits.
//! - **I7 Cheap.** The uncontended path allocates nothing, makes no system call and touches nothing that other encoders write.
//! - **I8 Exact statistics.** Counts are exact once the threads that made the calls have been joined.
//! - **I9 Fail open.** If the guard cannot help (the table is full), the call still reaches the driver, and is counted.
//! - **I10 Slots are immortal.** No lock is ever freed, so a waiting thread cannot touch freed memory.
//!
//! Only a token unlocks ([`Held`] and the permits, which contain one): no caller can unlock for another thread. A forked child is
//! the exception, as the threads that held its locks do not exist ([`Guard::after_fork`]).
//!
//! # Order of locks
//!
//! The command buffer's slot, then the encoder's slot, then the slot of an encoder that it has made, then one `chain`. Nothing is
//! locked under a `chain`, under a bucket's `inserting` lock (but the table's `growing`), or under the lock of `waits`.
//!
//! # Floors
//!
//! No two files use each other. From the top:
//!
//! ```text
//!   enter, fast_path                       the two paths of a call
//!   judge, rescue, lifecycle, statistics   decisions, late calls, openings, sums
//!   permit                                 the right to be inside an original
//!   guard                                  the parts, the configuration, forks
//!   table, retained, waits                 address -> slot; lists of retained encoders; who waits for whom
//!   slot, buffer, observer                 one object's state; what the guard tells
//!   lock, finding, late, wait_times        the lock; counts of findings, late calls, waits
//!   ids, platform, protection, sync        plain values, the system, what models replace
//! ```

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
