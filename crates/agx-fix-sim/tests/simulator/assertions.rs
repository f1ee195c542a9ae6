//! Each assertion of the crash classes, by its text.

use crate::scenarios::{Outcome, run};

const SIGABRT: i32 = 6;
const ABORTED: &str = "agx-sim: crash signal=SIGABRT site=outside the driver";

fn assert_fails(scenario: &str, text: &str) {
    assert_eq!(run(scenario, &[]), Outcome::died(SIGABRT, &[text]));
    assert_eq!(run(scenario, &[("AGX_SIM_CRASH_REPORT", "1")]), Outcome::died(SIGABRT, &[text, ABORTED]));
}

#[test]
fn a_second_encoder_on_a_command_buffer() {
    assert_fails(
        "second-encoder",
        "-[AGXG16XFamilyCommandBuffer tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:]:1094: \
         failed assertion 'A command encoder is already encoding to this command buffer'",
    );
}

#[test]
fn a_second_commit() {
    assert_fails(
        "second-commit",
        "[IOGPUMetalCommandBuffer validate]:215: failed assertion 'commit an already committed command buffer'",
    );
}

#[test]
fn a_handler_after_the_commit() {
    assert_fails(
        "late-handler",
        "-[_MTLCommandBuffer addCompletedHandler:]:867: failed assertion 'Completed handler provided after commit call'",
    );
}

#[test]
fn an_encoder_after_the_commit() {
    assert_fails(
        "encoder-after-commit",
        "failed assertion _status < MTLCommandBufferStatusCommitted at line 323 in \
         -[IOGPUMetalCommandBuffer setCurrentCommandEncoder:]",
    );
}

#[test]
fn a_commit_with_an_open_encoder() {
    assert_fails(
        "open-commit",
        "[IOGPUMetalCommandBuffer validate]: failed assertion 'commit command buffer with uncommitted encoder'",
    );
}

#[test]
fn an_encoder_released_without_an_end() {
    assert_fails(
        "released-open",
        "-[_MTLCommandEncoder dealloc]:131: failed assertion 'Command encoder released without endEncoding'",
    );
}
