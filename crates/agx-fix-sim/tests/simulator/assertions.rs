//! Each assertion of the driver, by its text.

use crate::scenarios::{Outcome, run};

const SIGABRT: i32 = 6;
const REPORT: &str = "agx-sim: crash signal=SIGABRT site=outside the driver";

#[test]
fn misuse_fails_its_assertion() {
    for (scenario, text) in [
        (
            "second-encoder",
            "-[AGXG16XFamilyCommandBuffer tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:]:1094: \
             failed assertion 'A command encoder is already encoding to this command buffer'",
        ),
        (
            "second-blit",
            "-[AGXG16XFamilyCommandBuffer blitCommandEncoderCommon:]:836: \
             failed assertion 'A command encoder is already encoding to this command buffer'",
        ),
        (
            "second-commit",
            "[IOGPUMetalCommandBuffer validate]:215: failed assertion 'commit an already committed command buffer'",
        ),
        (
            "late-handler",
            "-[_MTLCommandBuffer addCompletedHandler:]:867: failed assertion \
             'Completed handler provided after commit call'",
        ),
        (
            "encoder-after-commit",
            "failed assertion _status < MTLCommandBufferStatusCommitted at line 323 in \
             -[IOGPUMetalCommandBuffer setCurrentCommandEncoder:]",
        ),
        (
            "open-commit",
            "[IOGPUMetalCommandBuffer validate]: failed assertion 'commit command buffer with uncommitted encoder'",
        ),
        (
            "released-open",
            "-[_MTLCommandEncoder dealloc]:131: failed assertion 'Command encoder released without endEncoding'",
        ),
        (
            "second-4",
            "-[AGXG16XFamilyCommandBuffer_mtlnext computeCommandEncoder]: \
             failed assertion 'A command encoder is already encoding to this command buffer'",
        ),
        (
            "event-with-open-encoder",
            "[IOGPUMetalCommandBuffer validate]: failed assertion 'encodeSignalEvent:value: with uncommitted encoder'",
        ),
        (
            "open-part",
            "-[AGXG16XFamilyParallelRenderContext endEncoding]: failed assertion \
             'a render command encoder made by this encoder is still encoding'",
        ),
    ] {
        assert_eq!(run(scenario, &[]), Outcome::died(SIGABRT, &[text]), "{scenario}");
        let reported = run(scenario, &[("AGX_SIM_CRASH_REPORT", "1")]);
        assert_eq!(reported, Outcome::died(SIGABRT, &[text, REPORT]), "{scenario}");
    }
}
