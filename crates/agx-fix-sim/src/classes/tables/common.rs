//! `MTLCommandEncoder` and `MTL4CommandEncoder`: what every encoder has.

use super::row::{Encoding, Row, table};
use crate::classes::kind::{ENCODER, ENCODER4};
use agx_fix_objc::Id;

table! { COMMON: Encoding;
    ENCODER, c"barrierAfterQueueStages:beforeStages:" (usize, usize), sets;
    ENCODER | ENCODER4, c"insertDebugSignpost:" (Id), sets;
    ENCODER | ENCODER4, c"pushDebugGroup:" (Id), sets;
    ENCODER | ENCODER4, c"popDebugGroup" (), sets;
    ENCODER4, c"barrierAfterQueueStages:beforeStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, c"barrierAfterStages:beforeQueueStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, c"barrierAfterEncoderStages:beforeEncoderStages:visibilityOptions:" (usize, usize, usize), sets;
    ENCODER4, c"updateFence:afterEncoderStages:" (Id, usize), sets;
    ENCODER4, c"waitForFence:beforeEncoderStages:" (Id, usize), sets;
}
