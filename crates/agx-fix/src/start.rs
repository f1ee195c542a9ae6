//! What happens at the first Metal device, or on `agx_fix_install`: the options are read once, and the hooks are prepared.

use crate::output;
use agx_fix_hooks as hooks;
use agx_fix_interface::options::Options;
use agx_fix_objc::Id;
use agx_fix_platform as platform;
use std::io::Write as _;
use std::sync::OnceLock;

/// The options, read once. `None` where nothing is to be hooked.
fn options() -> Option<&'static Options> {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    let options = OPTIONS.get_or_init(|| {
        // A process that runs with more rights than its user does not take orders from the user's environment.
        if platform::is_privileged() {
            return Options { disable: true, ..Options::default() };
        }
        let (options, complaints) = Options::read(|name| std::env::var_os(name));
        for complaint in complaints {
            let _ = std::io::stderr().write_all(format!("agx-fix: {complaint}\n").as_bytes());
        }
        output::prepare_notices(&options);
        options
    });
    (!options.disable).then_some(options)
}

/// Prepares the process for hooks, once. False where nothing is to be hooked.
fn prepare() -> bool {
    static READY: OnceLock<()> = OnceLock::new();
    let Some(options) = options() else { return false };
    READY.get_or_init(|| {
        hooks::configure(options);
        // Replaced methods lead into this library from now on.
        platform::pin_library(prepare as *const () as usize);
        hooks::survive_forks();
        output::prepare_exit(options);
    });
    true
}

/// Metal made a device, which the application is about to get.
pub(crate) fn device_seen(device: Id) {
    if prepare() {
        // SAFETY: Metal's factory just answered it.
        unsafe { hooks::device_seen(device) };
    }
}

/// Hooks what the system's default device is made of. False if there is no Metal, or the options forbid it.
pub(crate) fn install() -> bool {
    prepare() && hooks::install_from_probe()
}
