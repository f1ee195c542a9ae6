//! The places where the driver can crash, and the place where a thread is.
//!
//! A thread's place is a pthread-specific value, which a signal handler may read. A Rust thread-local of a library
//! that was loaded late may allocate when it is first used.

use core::sync::atomic::{AtomicUsize, Ordering};

/// A place where the driver touches memory.
#[derive(Debug)]
pub(crate) struct Site(&'static str);

impl Site {
    /// A place of that name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name, for the crash report.
    pub(crate) const fn name(&self) -> &'static str {
        self.0
    }
}

/// Reads the context's resource list.
pub(crate) static SET_PIPELINE: Site = Site::new("setComputePipelineState: +32");
/// Reads the context's first word.
pub(crate) static SET_BUFFER: Site = Site::new("setBuffer:offset:atIndex: +56");
/// Reads the context's flags.
pub(crate) static DISPATCH_THREADS: Site = Site::new("dispatchThreads:threadsPerThreadgroup: +292");
/// Reads the context's count of dispatches.
pub(crate) static PREPARE_FOR_ENQUEUE: Site = Site::new("prepareForEnqueue +1268");
/// Writes the context's spill buffer size.
pub(crate) static ALLOCATE_SPILL: Site = Site::new("allocateUSCSpillBuffer +192");
// The crash reports name no offsets for these.
/// Reads the context's first word.
pub(crate) static SET_BYTES: Site = Site::new("setBytes:length:atIndex:");
/// Reads the context's first word.
pub(crate) static SET_THREADGROUP_MEMORY: Site = Site::new("setThreadgroupMemoryLength:atIndex:");
/// Reads the context's flags.
pub(crate) static MEMORY_BARRIER: Site = Site::new("memoryBarrierWithScope:");
/// Reads the context's flags.
pub(crate) static DISPATCH_THREADGROUPS: Site = Site::new("dispatchThreadgroups:threadsPerThreadgroup:");
// These read the context's count of calls, as the methods of the tables do.
pub(crate) static SET_IMAGEBLOCK: Site = Site::new("setImageblockWidth:height:");
pub(crate) static BLIT_COPY: Site = Site::new("copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:");
pub(crate) static BLIT_FILL: Site = Site::new("fillBuffer:range:value:");
pub(crate) static SUB_ENCODER: Site = Site::new("renderCommandEncoder");
/// Reads a field of the bound pipeline, which may be none.
pub(crate) static BOUND_PIPELINE: Site = Site::new("prepareForEnqueue without a pipeline");

/// The key plus one; 0 while reports are off, and then no marks are set.
static KEY: AtomicUsize = AtomicUsize::new(0);

/// The key, if marks are set.
#[inline]
fn key() -> Option<libc::pthread_key_t> {
    KEY.load(Ordering::Acquire).checked_sub(1).map(|key| key as libc::pthread_key_t)
}

/// Starts to set marks. False if the system has no key left.
pub(crate) fn set_marks() -> bool {
    let mut key: libc::pthread_key_t = 0;
    // SAFETY: the key is written to a live variable; values need no destructor.
    let made = unsafe { libc::pthread_key_create(&raw mut key, None) } == 0;
    if made {
        KEY.store(key as usize + 1, Ordering::Release);
    }
    made
}

/// The calling thread is about to touch memory at `site`.
#[inline]
pub(crate) fn enter(site: &'static Site) {
    mark(core::ptr::from_ref(site));
}

/// The calling thread survived the access.
#[inline]
pub(crate) fn leave() {
    mark(core::ptr::null());
}

#[inline]
fn mark(site: *const Site) {
    if let Some(key) = key() {
        // SAFETY: the key was created and is never deleted.
        unsafe { libc::pthread_setspecific(key, site.cast()) };
    }
}

/// Where the calling thread is. Safe to call in a signal handler.
pub(crate) fn current() -> Option<&'static Site> {
    // SAFETY: the key was created; its values are null or references to statics.
    unsafe { libc::pthread_getspecific(key()?).cast::<Site>().as_ref() }
}
