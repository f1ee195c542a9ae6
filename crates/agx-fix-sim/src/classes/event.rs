//! `_MTLEvent`: something to pass to `encodeSignalEvent:value:`. Nothing ever waits for one.

use crate::foundation::define::begin;
use crate::foundation::object::{self, Object};
use crate::world::world;
use agx_fix_objc::{Class, Id};

/// An event, owned by the caller.
pub(crate) fn new() -> Id {
    // SAFETY: the world's class, laid out as `Object`.
    world().map_or(Id::NULL, |world| unsafe { object::allocate(world.classes.event) })
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    Some(begin::<Object>(c"_MTLEvent", root)?.register())
}
