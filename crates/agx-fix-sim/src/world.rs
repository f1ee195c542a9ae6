//! The simulated Metal of this process: the classes, registered once, and the devices.

use crate::classes::{buffer, event, library};
use crate::families;
use crate::fault::{report, signals};
use crate::foundation::{array, exception, object, pool, string};
use crate::options::options;
use agx_fix_objc::{Class, Id, runtime};
use agx_fix_platform as platform;
use std::sync::OnceLock;

/// A device for each driver that the options name. The first caller makes them, and they live as long as the process.
/// If there can be none, stderr says once why.
pub(crate) fn devices() -> &'static [Id] {
    static DEVICES: OnceLock<Vec<Id>> = OnceLock::new();
    DEVICES.get_or_init(|| create().unwrap_or_default())
}

fn create() -> Option<Vec<Id>> {
    if let Err(missing) = runtime::load() {
        report::say(&missing.to_string());
        return None;
    }
    // The runtime keeps pointers to this library's code for good.
    platform::pin_library(devices as *const () as usize);
    if options().crash_report {
        signals::install();
    }
    let devices = register();
    if devices.is_none() {
        report::say(
            "no device: a class of Metal or Foundation exists in this process already, and the simulator cannot \
             share it; run the program without the other library",
        );
    }
    devices
}

fn register() -> Option<Vec<Id>> {
    const SHARED: [fn(Class) -> Option<()>; 7] = [
        pool::register,
        string::register,
        array::register,
        exception::register,
        library::register,
        event::register,
        buffer::register,
    ];
    let root = object::register()?;
    SHARED.iter().try_for_each(|register| register(root))?;
    families::devices(root, &options().drivers.0)
}
