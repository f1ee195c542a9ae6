//! Each thread's stack of autoreleased objects. Marks divide it into pools.

use agx_fix_objc::Id;
use core::cell::RefCell;

struct Stack {
    objects: Vec<Id>,
    /// For each open pool: how many objects lay on the stack when it was opened.
    marks: Vec<usize>,
}

thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack { objects: Vec::new(), marks: Vec::new() }) };
}

/// `body` on the thread's stack. `None` while the thread ends: an object then leaks.
fn with_stack<R>(body: impl FnOnce(&mut Stack) -> R) -> Option<R> {
    STACK.try_with(|stack| stack.try_borrow_mut().ok().map(|mut stack| body(&mut stack))).ok().flatten()
}

/// Hands a reference to the thread's innermost pool. Without a pool the reference leaks, as with Apple's runtime.
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
pub(super) fn push() -> usize {
    with_stack(|stack| {
        stack.marks.push(stack.objects.len());
        stack.marks.len() - 1
    })
    .unwrap_or(usize::MAX)
}

/// Closes the pool that was opened at `depth`, and all inside it.
pub(super) fn pop(depth: usize) {
    let Some(Some(start)) = with_stack(|stack| stack.marks.get(depth).copied()) else { return };
    // One by one and not under the borrow: a `dealloc` may leave more objects to this pool.
    let next = || with_stack(|stack| (stack.objects.len() > start).then(|| stack.objects.pop()).flatten());
    while let Some(Some(object)) = next() {
        // By message, as Apple's `objc_release` does where a class has its own `release`.
        // SAFETY: `autorelease` took over a reference.
        unsafe { agx_fix_objc::memory::release(object) };
    }
    with_stack(|stack| stack.marks.truncate(depth));
}

/// Runs `body` in a new pool.
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
