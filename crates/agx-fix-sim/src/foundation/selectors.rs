//! The selectors that the simulator sends to its own objects. It sends messages so that a replaced method sees them.

use agx_fix_objc::Sel;
use agx_fix_objc::runtime::selector;
use std::sync::OnceLock;

macro_rules! selectors {
    ($($name:ident = $text:literal;)*) => {
        /// Looked up once.
        #[derive(Debug)]
        pub(crate) struct Selectors { $(pub(crate) $name: Sel),* }

        /// The selectors.
        pub(crate) fn selectors() -> &'static Selectors {
            static ALL: OnceLock<Selectors> = OnceLock::new();
            ALL.get_or_init(|| Selectors { $($name: selector($text)),* })
        }
    };
}

selectors! {
    alloc = c"alloc";
    init = c"init";
    dealloc = c"dealloc";
    encoder_with_config = c"computeCommandEncoderWithConfig:";
    try_coalescing = c"tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:";
    commit_encoder = c"commitEncoder";
    init_encoder = c"initWithCommandBuffer:config:";
    reinit_encoder = c"reInitWithCommandBuffer:";
    deferred_end_encoding = c"deferredEndEncoding";
    end_compute_pass = c"endComputePass";
    destroy_impl = c"destroyImpl";
}
