//! THE hook table: every method that is replaced, in one place.
//!
//! A row names the objects that have the method, its selector, its signature (without receiver and selector) and what
//! happens around the original. Installation, trampolines, statistics and tests all read it.
//!
//! The selectors of compute encoders and command buffers are Metal's public ones; `deferredEndEncoding` and
//! `destroyImpl` are the AGX driver's own (disassembly of AGXMetalG16X 329.2), and absent elsewhere, which is no error.

use crate::install::Role;
use crate::trampoline::{LEVELS, Trampolines};
use agx_fix_guard::Kind;
use agx_fix_objc::Imp;
use core::ffi::CStr;

/// What happens around the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A call on an encoder: the guard decides.
    Encoder(Kind),
    /// A command buffer's factory: under the buffer's lock; the encoder it answers is hooked, opened and retained.
    OpensEncoder,
    /// `commit`: under the buffer's lock; asks to be told of the completion, which ends the encoders' retention.
    Commit,
    /// A command buffer's `dealloc`: ends the encoders' retention first.
    FreesBuffer,
    /// A queue's factory. No lock: it waits while too many buffers are in flight.
    OpensBuffer,
    /// A device's factory.
    OpensQueue,
}

/// One hooked method.
#[derive(Debug)]
pub struct Row {
    /// The objects that have it.
    pub role: Role,
    /// Its selector.
    pub selector: &'static CStr,
    /// The type encodings of result, receiver, selector and arguments.
    pub encoding: &'static [&'static str],
    /// What happens around the original.
    pub action: Action,
    pub(crate) trampolines: [Imp; LEVELS],
}

macro_rules! rows {
    ($($name:ident: $role:ident $selector:literal ($($arg:ty),*) $(-> $result:ty)?, $action:expr;)*) => {
        /// The rows by name, in the order of [`ROWS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names say the selectors")]
        #[repr(u16)]
        pub enum Hook { $($name),* }

        /// How many rows there are.
        pub const COUNT: usize = [$(Hook::$name),*].len();

        /// All rows.
        pub static ROWS: [Row; COUNT] = [$(Row {
            role: Role::$role,
            selector: $selector,
            encoding: &<fn($($arg),*) $(-> $result)? as Trampolines<{ Hook::$name as usize }>>::ENCODING,
            action: ACTIONS[Hook::$name as usize],
            trampolines: <fn($($arg),*) $(-> $result)? as Trampolines<{ Hook::$name as usize }>>::ALL,
        }),*];

        /// The rows' actions, apart from the rows, so that a trampoline can read its own at compile time.
        pub(crate) const ACTIONS: [Action; COUNT] = [$($action),*];
    };
}

use Action::{Commit, Encoder, FreesBuffer, OpensBuffer, OpensEncoder, OpensQueue};
use Kind::{Dispatch, Encode, End, Free, Teardown};
use agx_fix_objc::Id;
use agx_fix_objc::abi::Size;
use core::ffi::c_void;

type Bytes = *const c_void;

rows! {
    NewQueue: Device c"newCommandQueue" () -> Id, OpensQueue;
    NewQueueWithMaximum: Device c"newCommandQueueWithMaxCommandBufferCount:" (usize) -> Id, OpensQueue;
    NewQueueWithDescriptor: Device c"newCommandQueueWithDescriptor:" (Id) -> Id, OpensQueue;

    CommandBuffer: Queue c"commandBuffer" () -> Id, OpensBuffer;
    CommandBufferUnretained: Queue c"commandBufferWithUnretainedReferences" () -> Id, OpensBuffer;
    CommandBufferWithDescriptor: Queue c"commandBufferWithDescriptor:" (Id) -> Id, OpensBuffer;

    ComputeEncoder: CommandBuffer c"computeCommandEncoder" () -> Id, OpensEncoder;
    ComputeEncoderWithType: CommandBuffer c"computeCommandEncoderWithDispatchType:" (usize) -> Id, OpensEncoder;
    ComputeEncoderWithDescriptor: CommandBuffer c"computeCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder;
    BufferCommit: CommandBuffer c"commit" (), Commit;
    BufferDealloc: CommandBuffer c"dealloc" (), FreesBuffer;

    SetPipeline: Encoder c"setComputePipelineState:" (Id), Encoder(Encode);
    SetBuffer: Encoder c"setBuffer:offset:atIndex:" (Id, usize, usize), Encoder(Encode);
    SetBytes: Encoder c"setBytes:length:atIndex:" (Bytes, usize, usize), Encoder(Encode);
    SetThreadgroupMemory: Encoder c"setThreadgroupMemoryLength:atIndex:" (usize, usize), Encoder(Encode);
    DispatchThreads: Encoder c"dispatchThreads:threadsPerThreadgroup:" (Size, Size), Encoder(Dispatch);
    DispatchThreadgroups: Encoder c"dispatchThreadgroups:threadsPerThreadgroup:" (Size, Size), Encoder(Dispatch);
    MemoryBarrier: Encoder c"memoryBarrierWithScope:" (usize), Encoder(Encode);
    EndEncoding: Encoder c"endEncoding" (), Encoder(End);
    DeferredEndEncoding: Encoder c"deferredEndEncoding" (), Encoder(Teardown);
    DestroyImpl: Encoder c"destroyImpl" (), Encoder(Teardown);
    EncoderDealloc: Encoder c"dealloc" (), Encoder(Free);
}

/// The report's four hooks.
pub(crate) const REPORTS: [Hook; 4] =
    [Hook::SetPipeline, Hook::DispatchThreads, Hook::DispatchThreadgroups, Hook::EndEncoding];

/// The selector of a row, for people.
pub(crate) fn selector_text(row: usize) -> String {
    ROWS.get(row).map_or_else(|| format!("call {row}"), |row| row.selector.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_row_stands_twice() {
        let all: HashSet<_> = ROWS.iter().map(|row| (row.role, row.selector)).collect();
        assert_eq!(all.len(), COUNT);
    }

    #[test]
    fn a_row_has_as_many_arguments_as_its_selector_has_colons() {
        for row in &ROWS {
            let colons = row.selector.to_bytes().iter().filter(|&&byte| byte == b':').count();
            assert_eq!(row.encoding.len(), colons + 3, "{:?}", row.selector);
        }
    }

    #[test]
    fn every_signature_can_be_compared() {
        for row in &ROWS {
            assert!(agx_fix_objc::encoding::shapes(&row.encoding.concat()).is_some(), "{:?}", row.selector);
        }
    }
}
