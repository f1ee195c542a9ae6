//! All classes, registered once, and the devices.

use crate::classes::{buffer, compute_pipeline, event, function, library, shared_event};
use crate::families;
use crate::fault::{report, signals};
use crate::foundation::{array, autorelease, exception, object, string};
use crate::options::options;
use agx_fix_objc::{Class, Id, runtime};
use agx_fix_platform as platform;
use std::sync::OnceLock;

/// The classes that the drivers share.
#[derive(Debug)]
#[allow(missing_docs, reason = "a field a class")]
pub(crate) struct Classes {
    pub(crate) string: Class,
    pub(crate) array: Class,
    pub(crate) exception: Class,
    pub(crate) library: Class,
    pub(crate) event: Class,
    pub(crate) shared_event: Class,
    pub(crate) function: Class,
    pub(crate) pipeline: Class,
    pub(crate) buffer: Class,
}

/// The simulated Metal of this process.
#[derive(Debug)]
pub(crate) struct World {
    /// The classes.
    pub(crate) classes: Classes,
    /// A device for each driver that was asked for; the world owns a reference to each for good.
    pub(crate) devices: Vec<Id>,
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
    let world = register();
    if world.is_none() {
        report::say(
            "no device: a class of Metal or Foundation exists in this process already, and the simulator cannot \
             share it; run the program without the other library",
        );
    }
    world
}

fn register() -> Option<World> {
    let root = object::register()?;
    autorelease::register(root)?;
    let classes = Classes {
        string: string::register(root)?,
        array: array::register(root)?,
        exception: exception::register(root)?,
        library: library::register(root)?,
        event: event::register(root)?,
        shared_event: shared_event::register(root)?,
        function: function::register(root)?,
        pipeline: compute_pipeline::register(root)?,
        buffer: buffer::register(root)?,
    };
    Some(World { classes, devices: families::devices(root, options().drivers.iter())? })
}
