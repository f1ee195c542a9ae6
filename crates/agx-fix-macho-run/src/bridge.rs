//! The exports, which are those of Linux's `libagx_fix.so`, and the start in each process. The Mac's library is loaded while
//! this one is, as dyld would load it.

use crate::loader::{self, Loaded};
use crate::{calls, shims, stop};
use agx_fix_macho::Binary;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The Mac's library. It is named when this one is built (`AGX_MACHO_RUN_LIBRARY`), because tests clear the environment.
const LIBRARY: Option<&str> = option_env!("AGX_MACHO_RUN_LIBRARY");

/// Each export jumps to the address that [`start`] stored for it, without a frame and with all arguments as they are.
macro_rules! exports {
    ($($name:ident)*) => {
        #[allow(non_camel_case_types, reason = "the names of the functions")]
        enum Export { $($name),* }

        const NAMES: &[&str] = &[$(stringify!($name)),*];
        static TARGETS: [AtomicUsize; NAMES.len()] = [const { AtomicUsize::new(0) }; NAMES.len()];

        $(
            /// Leads into the Mac's library.
            ///
            /// # Safety
            /// That of the function of this name there.
            #[allow(non_snake_case, reason = "Metal's own names")]
            #[unsafe(no_mangle)]
            #[unsafe(naked)]
            pub unsafe extern "C" fn $name() {
                crate::machine::lead!(TARGETS, Export::$name as usize)
            }
        )*
    };
}

exports! {
    MTLCreateSystemDefaultDevice MTLCopyAllDevices MTLCopyAllDevicesWithObserver
    agx_fix_coverage_json agx_fix_findings_json agx_fix_get_acquisitions agx_fix_get_contentions
    agx_fix_get_late_calls agx_fix_get_late_dispatches agx_fix_get_long_waits agx_fix_get_mutex_creations
    agx_fix_install agx_fix_is_enabled agx_fix_reset_stats agx_fix_stats_json agx_fix_version
}

#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    let Some(path) = LIBRARY else {
        stop(
            "it was built without AGX_MACHO_RUN_LIBRARY, so there is nothing to load; use `cargo xtask macho-run`",
        );
    };
    if let Err(cause) = load(path) {
        stop(&format!("{path} cannot be loaded: {cause}"));
    }
}

fn load(path: &str) -> Result<(), String> {
    let file = std::fs::read(path).map_err(|cause| cause.to_string())?;
    let binary = Binary::parse(&file).map_err(|cause| cause.to_string())?;
    let image = loader::image(&binary)?;
    let imports = image.fixups().map_err(|cause| cause.to_string())?.imports.len();
    let counters = calls::counters(imports, std::env::var_os(calls::FILE).as_deref())?;
    let loaded = Loaded::new(image, counters)?;
    shims::announce(path, &loaded);
    lead(&loaded)
}

/// Finds the target of each export in the image. A function that interposes one of Metal is found by its tuple, as dyld does.
fn lead(image: &Loaded) -> Result<(), String> {
    for (name, target) in NAMES.iter().zip(&TARGETS) {
        let symbol = format!("_{name}");
        let address = image.interposes.get(&symbol).or_else(|| image.exports.get(&symbol));
        let address = address.ok_or_else(|| format!("it neither exports nor interposes {name}"))?;
        target.store(*address, Ordering::Release);
    }
    let led = |symbol: &&String| NAMES.contains(&symbol.trim_start_matches('_'));
    match image.exports.keys().chain(image.interposes.keys()).find(|symbol| !led(symbol)) {
        Some(symbol) => Err(format!("nothing here leads to {symbol}: add it to the exports of bridge.rs")),
        None => Ok(()),
    }
}
