//! The notices: lines in a file that tell whoever started the process that the library is loaded.
//!
//! They are written while the process runs: at its first Metal device and for each hooked class. A file that cannot be written
//! is no error, as its reader may have ended.

use crate::exit::append_line;
use agx_fix_hooks as hooks;
use agx_fix_interface::Document as _;
use agx_fix_interface::notice::Notice;
use agx_fix_interface::options::Options;
use agx_fix_terms::Preset;
use std::path::PathBuf;
use std::sync::OnceLock;

struct Subscription {
    file: PathBuf,
    preset: Preset,
}

static SUBSCRIPTION: OnceLock<Subscription> = OnceLock::new();

/// Arranges for notices, if the options ask for them, and gives the first. The application may change its folder: the path
/// becomes absolute now.
pub(crate) fn prepare(options: &Options) {
    let Some(file) = &options.notice else { return };
    let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
    if SUBSCRIPTION.set(Subscription { file, preset: options.preset }).is_ok() {
        // Nothing is hooked before the options are known, and no lock may be taken to find that out.
        write(0);
        hooks::tell_of_classes(|| write(hooks::class_count()));
    }
}

fn write(classes: usize) {
    let Some(subscription) = SUBSCRIPTION.get() else { return };
    let notice = Notice {
        schema: Notice::SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        preset: subscription.preset.name().into(),
        enabled: classes > 0,
        classes: u32::try_from(classes).unwrap_or(u32::MAX),
    };
    let _ = append_line(&subscription.file, notice.to_json());
}
