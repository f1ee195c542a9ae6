//! `NSAutoreleasePool`: a stack of objects a thread, cut into pools by marks.

use crate::foundation::define::{begin, layout, methods};
use crate::foundation::object::{self, Object};
use agx_fix_objc::{Class, Id, Sel};
use agx_fix_platform::thread_id;
use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

struct Stack {
    objects: Vec<Id>,
    /// For each open pool: how many objects lay on the stack when it was opened.
    marks: Vec<usize>,
}

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack { objects: Vec::new(), marks: Vec::new() }) };
}

/// The stack, unless the thread is being torn down: then there is nowhere to put an object, and it leaks.
fn with_stack<R>(body: impl FnOnce(&mut Stack) -> R) -> Option<R> {
    STACK.try_with(|stack| stack.try_borrow_mut().ok().map(|mut stack| body(&mut stack))).ok().flatten()
}

/// Leaves a reference to the thread's innermost pool. Without a pool the reference leaks, as on Apple's.
///
/// # Safety
/// `object` is nil or alive, and the caller owns a reference.
pub(crate) unsafe fn autorelease(object: Id) -> Id {
    if !object.is_null() {
        with_stack(|stack| {
            if !stack.marks.is_empty() {
                stack.objects.push(object);
            }
        });
    }
    object
}

/// Opens a pool; answers how many were open before.
fn push() -> usize {
    with_stack(|stack| {
        stack.marks.push(stack.objects.len());
        stack.marks.len() - 1
    })
    .unwrap_or(usize::MAX)
}

/// Closes the pool that was opened at `depth`, and all inside it.
fn pop(depth: usize) {
    let Some(Some(start)) = with_stack(|stack| stack.marks.get(depth).copied()) else { return };
    // One by one and not under the borrow: a `dealloc` may leave more objects to this pool.
    let next = || with_stack(|stack| (stack.objects.len() > start).then(|| stack.objects.pop()).flatten());
    while let Some(Some(object)) = next() {
        // By message, as Apple's `objc_release` does where a class has its own `release`.
        // SAFETY: whoever put it there gave up a reference.
        unsafe { agx_fix_objc::memory::release(object) };
    }
    with_stack(|stack| stack.marks.truncate(depth));
}

/// Runs `body` in a pool of its own.
pub(crate) fn with_pool<R>(body: impl FnOnce() -> R) -> R {
    struct Open(usize);
    impl Drop for Open {
        fn drop(&mut self) {
            pop(self.0);
        }
    }
    let _open = Open(push());
    body()
}

#[repr(C)]
struct Pool {
    object: Object,
    depth: AtomicUsize,
    thread: AtomicU32,
}

unsafe extern "C-unwind" fn init(this: Id, _: Sel) -> Id {
    // SAFETY: a pool that nobody else has seen yet; nil stays nil.
    if let Some(pool) = unsafe { this.as_ptr().cast::<Pool>().as_ref() } {
        pool.depth.store(push(), Relaxed);
        pool.thread.store(thread_id(), Relaxed);
    }
    this
}

unsafe extern "C-unwind" fn drain(this: Id, _: Sel) {
    // SAFETY: the sender gives up its reference.
    unsafe { object::release(this) };
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: a pool with its last reference gone.
    unsafe {
        let pool = layout::<Pool>(this);
        // A pool belongs to the thread that opened it. Elsewhere its mark means nothing.
        if pool.thread.load(Relaxed) == thread_id() {
            pop(pool.depth.load(Relaxed));
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<Pool>(c"NSAutoreleasePool", root)?;
        - c"init" = init() -> Id;
        - c"drain" = drain();
        - c"dealloc" = dealloc();
    };
    Some(builder.register())
}
