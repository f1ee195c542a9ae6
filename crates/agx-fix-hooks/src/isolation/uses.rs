//! The resources that calls have made resident for an encoder, retained only where more than one thread uses it.

use super::apply;
use super::deferred::Released;
use crate::table::Use;
use agx_fix_objc::{Id, memory};

/// Resources that are remembered for one encoder.
const USES: usize = 1024;

/// The resources that were made resident for an encoder. An encoder that does late work needs them too.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Resources with their usage, and heaps.
    list: Vec<(Id, Option<usize>)>,
    retains: bool,
    /// More than are remembered.
    pub(super) overflow: bool,
}

impl Uses {
    /// # Safety
    /// `words` are the arguments of that method.
    pub(super) unsafe fn add(&mut self, uses: Use, words: &[usize], retains: bool) {
        let &[first, ..] = words else { return };
        let word = |index: usize| words.get(index).copied().unwrap_or(0);
        let (count, usage) = match uses {
            Use::Resource => (None, Some(word(1))),
            Use::Resources => (Some(word(1)), Some(word(2))),
            Use::Heap => (None, None),
            Use::Heaps => (Some(word(1)), None),
        };
        self.retains |= retains;
        let Some(count) = count else { return self.add_one(object(first), usage) };
        for nth in 0..if first == 0 { 0 } else { count } {
            // SAFETY: an array of that length: these are the method's arguments, as the caller says.
            let object = unsafe { *core::ptr::with_exposed_provenance::<Id>(first).add(nth) };
            self.add_one(object, usage);
        }
    }

    fn add_one(&mut self, object: Id, usage: Option<usize>) {
        if object.is_null() || self.list.contains(&(object, usage)) {
            return;
        }
        if self.list.len() >= USES {
            self.overflow = true;
            return;
        }
        if self.retains {
            // SAFETY: alive: an argument of the present call.
            unsafe { memory::retain(object) };
        }
        self.list.push((object, usage));
    }

    /// # Safety
    /// The encoder is open, so that what it uses is alive.
    pub(super) unsafe fn retain(&mut self) {
        if !self.retains {
            self.retains = true;
            // SAFETY: as the caller says.
            self.list.iter().for_each(|&(object, _)| unsafe { memory::retain(object) });
        }
    }

    pub(super) fn clear(&mut self, released: &mut Released) {
        if self.retains {
            released.extend(self.list.iter().map(|&(object, _)| object));
        }
        self.list.clear();
        (self.retains, self.overflow) = (false, false);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The same, with references of its own.
    pub(super) fn view(&self) -> Self {
        let mut view = Self { list: self.list.clone(), retains: false, overflow: self.overflow };
        if self.retains {
            // SAFETY: retained here.
            unsafe { view.retain() };
        }
        view
    }

    /// Makes the resources resident for another encoder.
    ///
    /// # Safety
    /// `encoder` is an open compute encoder, and the resources are alive.
    pub(super) unsafe fn apply(&self, encoder: Id) {
        for &(object, usage) in &self.list {
            // SAFETY: methods of compute encoders with these signatures; whoever recorded the use has called them.
            unsafe {
                match usage {
                    Some(usage) => apply::tell(encoder, c"useResource:usage:", (object, usage)),
                    None => apply::tell(encoder, c"useHeap:", (object,)),
                }
            }
        }
    }
}

fn object(word: usize) -> Id {
    Id::from_ptr(core::ptr::with_exposed_provenance_mut(word))
}
