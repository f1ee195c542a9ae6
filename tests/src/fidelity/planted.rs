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

/// All of them.
pub const MISTAKES: [Mistake; 6] = [
    Mistake {
        feature: "plant-size-as-pointer",
        on_x86_64: true,
        on_aarch64: false,
        found_in: &[("dispatchThreads:threadsPerThreadgroup:", "argument 0")],
    },
    Mistake {
        feature: "plant-size-as-doubles",
        on_x86_64: false,
        on_aarch64: true,
        found_in: &[("dispatchThreadgroups:threadsPerThreadgroup:", "crash")],
    },
    Mistake {
        feature: "plant-range-as-integer",
        on_x86_64: false,
        on_aarch64: true,
        found_in: &[("setTextures:withRange:", "argument 1")],
    },
    Mistake {
        feature: "plant-float-as-integer",
        on_x86_64: true,
        on_aarch64: true,
        found_in: &[("setBlendColorRed:green:blue:alpha:", "argument 0")],
    },
    Mistake {
        feature: "plant-long-as-int",
        on_x86_64: true,
        on_aarch64: true,
        found_in: &[(
            "drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:",
            "argument 6",
        )],
    },
    Mistake {
        feature: "plant-u64-forgotten",
        on_x86_64: true,
        on_aarch64: true,
        found_in: &[("encodeSignalEvent:value:", "argument 1"), ("allocatedSize", "the answer")],
    },
];

impl Mistake {
    /// Whether a run on that machine finds it.
    pub fn shows_on(&self, triple: &str) -> bool {
        if triple.starts_with("aarch64") { self.on_aarch64 } else { self.on_x86_64 }
    }
}
