//! Wrong declarations that are planted in the library (features of `agx-fix-hooks`). Each replaces a type by one with the same
//! type encoding that is passed in another way, so that the comparison before the swap cannot see it.
//!
//! Each calling convention hides some mistakes, so both are tested. What each can find:
//!
//! | planted | x86_64 | AArch64 | why |
//! |---|---|---|---|
//! | `MTLSize` as a pointer | yes | no | a struct of 24 bytes is copied to the stack, or passed by its address |
//! | `MTLSize` as three doubles | no | yes | on the stack anyhow, or in float registers |
//! | `NSRange` as one integer of 16 bytes | no | yes | in the same two registers, or in an even pair |
//! | `float` as `u32` | yes | yes | another kind of register |
//! | `NSInteger` as `i32`, on the stack | yes | yes | the upper half is lost |
//! | `uint64_t` forgotten, as argument and as result | yes | yes | what was in the register |
//!
//! Neither can find: `float` as `double` (the same register, moved whole), `BOOL` as `u32` (a whole
//! register, or a whole slot of the stack), `MTLViewport` as six integers (never in registers). `MTLSize` as three
//! arguments would be a row of another arity, which the comparison of encodings sees.

/// A mistake.
#[derive(Debug)]
pub struct Mistake {
    /// The feature of `agx-fix` that plants it.
    pub feature: &'static str,
    /// Whether a run on x86_64 finds it.
    pub on_x86_64: bool,
    /// Whether a run on AArch64 finds it.
    pub on_aarch64: bool,
    /// A row that it must be found in, by selector, and in which part of the call.
    pub found_in: &'static [(&'static str, &'static str)],
}

const BLEND: &str = "setBlendColorRed:green:blue:alpha:";
const DRAW: &str = "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:";

/// All of them.
pub const MISTAKES: [Mistake; 6] = [
    mistake(
        "plant-size-as-pointer",
        true,
        false,
        &[("dispatchThreads:threadsPerThreadgroup:", "argument 0")],
    ),
    mistake(
        "plant-size-as-doubles",
        false,
        true,
        &[("dispatchThreadgroups:threadsPerThreadgroup:", "crash")],
    ),
    mistake("plant-range-as-integer", false, true, &[("setTextures:withRange:", "argument 1")]),
    mistake("plant-float-as-integer", true, true, &[(BLEND, "argument 0")]),
    mistake("plant-long-as-int", true, true, &[(DRAW, "argument 6")]),
    mistake(
        "plant-u64-forgotten",
        true,
        true,
        &[("encodeSignalEvent:value:", "argument 1"), ("allocatedSize", "the answer")],
    ),
];

const fn mistake(
    feature: &'static str,
    on_x86_64: bool,
    on_aarch64: bool,
    found_in: &'static [(&'static str, &'static str)],
) -> Mistake {
    Mistake { feature, on_x86_64, on_aarch64, found_in }
}

impl Mistake {
    /// Whether a run on that machine finds it.
    pub fn shows_on(&self, triple: &str) -> bool {
        if triple.starts_with("aarch64") { self.on_aarch64 } else { self.on_x86_64 }
    }
}
