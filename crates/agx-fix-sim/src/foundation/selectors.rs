//! The selectors that the simulator sends to its own objects: by message, so that whoever replaced a method sees it.

use agx_fix_objc::Sel;
use agx_fix_objc::runtime::selector;
use std::sync::OnceLock;

macro_rules! selectors {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Looked up once.
        #[derive(Debug)]
        pub(crate) struct Selectors { $($(#[$doc])* pub(crate) $name: Sel),* }

        fn look_up() -> Selectors {
            Selectors { $($name: selector($text)),* }
        }
    };
}

selectors! {
    /// `alloc`
    alloc = c"alloc";
    /// `init`
    init = c"init";
    /// `dealloc`
    dealloc = c"dealloc";
    /// `computeCommandEncoderWithConfig:`
    encoder_with_config = c"computeCommandEncoderWithConfig:";
    /// `tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:`
    try_coalescing = c"tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:";
    /// `commitEncoder`
    commit_encoder = c"commitEncoder";
    /// `initWithCommandBuffer:config:`
    init_encoder = c"initWithCommandBuffer:config:";
    /// `reInitWithCommandBuffer:`
    reinit_encoder = c"reInitWithCommandBuffer:";
    /// `deferredEndEncoding`
    deferred_end_encoding = c"deferredEndEncoding";
    /// `endComputePass`
    end_compute_pass = c"endComputePass";
    /// `destroyImpl`
    destroy_impl = c"destroyImpl";
}

/// The selectors.
pub(crate) fn selectors() -> &'static Selectors {
    static ALL: OnceLock<Selectors> = OnceLock::new();
    ALL.get_or_init(look_up)
}
