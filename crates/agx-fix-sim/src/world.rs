//! All classes, registered once, and the one device.

use crate::classes::{
    buffer, command_buffer, command_queue, compute_encoder, compute_pipeline, device, function, library,
};
use crate::fault::{report, signals};
use crate::foundation::{array, autorelease, exception, object, string};
use crate::options::options;
use agx_fix_objc::{Class, Id, platform, runtime};
use std::sync::OnceLock;

/// The classes that the simulator makes objects of.
#[derive(Debug)]
#[allow(missing_docs, reason = "a field a class")]
pub(crate) struct Classes {
    pub(crate) string: Class,
    pub(crate) array: Class,
    pub(crate) exception: Class,
    pub(crate) device: Class,
    pub(crate) library: Class,
    pub(crate) function: Class,
    pub(crate) pipeline: Class,
    pub(crate) buffer: Class,
    pub(crate) queue: Class,
    pub(crate) command_buffer: Class,
    pub(crate) encoder: Class,
}

/// The simulated Metal of this process.
#[derive(Debug)]
pub(crate) struct World {
    /// The classes.
    pub(crate) classes: Classes,
    /// The device; the world owns a reference for good.
    pub(crate) device: Id,
}

static WORLD: OnceLock<Option<World>> = OnceLock::new();

/// The world, once there is one.
pub(crate) fn world() -> Option<&'static World> {
    WORLD.get()?.as_ref()
}

/// The world, made by the first caller. Why there is none is said once.
pub(crate) fn start() -> Option<&'static World> {
    WORLD.get_or_init(create).as_ref()
}

fn create() -> Option<World> {
    if let Err(missing) = runtime::load() {
        report::say(&missing.to_string());
        return None;
    }
    // The runtime keeps pointers to this library's code for good.
    platform::pin_library(start as *const () as usize);
    if options().crash_report {
        signals::install();
    }
    let world = register().and_then(|classes| {
        // SAFETY: the class was registered for this.
        let device = unsafe { object::allocate(classes.device) };
        (!device.is_null()).then_some(World { classes, device })
    });
    if world.is_none() {
        report::say(
            "no device: a class of Metal or Foundation exists in this process already, and the simulator cannot \
             share it; run the program without the other library",
        );
    }
    world
}

fn register() -> Option<Classes> {
    let root = object::register()?;
    autorelease::register(root)?;
    Some(Classes {
        string: string::register(root)?,
        array: array::register(root)?,
        exception: exception::register(root)?,
        device: device::register(root)?,
        library: library::register(root)?,
        function: function::register(root)?,
        pipeline: compute_pipeline::register(root)?,
        buffer: buffer::register(root)?,
        queue: command_queue::register(root)?,
        command_buffer: command_buffer::register(root)?,
        encoder: compute_encoder::register(root)?,
    })
}
