//! What a call binds, read from its arguments.
//!
//! The limits are those of Metal's feature set tables: 31 buffers, 128 textures, 16 samplers of a compute function. What is
//! bound beyond them goes to the driver unrecorded.

use crate::table::Bind;
use agx_fix_objc::Id;
use agx_fix_objc::abi::{Range, Region};
use core::ffi::c_void;

/// Buffers, and lengths of threadgroup memory.
pub(super) const BUFFERS: usize = 31;
/// Textures.
pub(super) const TEXTURES: usize = 128;
/// Samplers.
pub(super) const SAMPLERS: usize = 16;

/// What stands at an index of the buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    #[default]
    Buffer,
    /// Bytes that Metal copies. They are kept beside.
    Bytes,
    VisibleTable,
    IntersectionTable,
    Acceleration,
}

/// What stands at an index of the buffers, with how it is bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) content: Content,
    pub(super) object: Id,
    pub(super) offset: usize,
    pub(super) stride: Option<usize>,
}

/// A sampler, with the bits of its clamps if it has some of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sampler {
    pub(super) object: Id,
    pub(super) clamps: Option<[u32; 2]>,
}

/// The region of a stage-in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum StageIn {
    Region(Region),
    Indirect(Id, usize),
}

/// One thing bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Binding<'a> {
    Pipeline(Id),
    ArgumentTable(Id),
    Argument(usize, Argument),
    /// The index, the bytes, the stride.
    Bytes(usize, &'a [u8], Option<usize>),
    /// The index; a new offset and perhaps stride for the buffer that is bound there.
    Offset(usize, usize, Option<usize>),
    Texture(usize, Id),
    Sampler(usize, Sampler),
    ThreadgroupMemory(usize, usize),
    Imageblock([usize; 2]),
    StageIn(StageIn),
}

/// Metal's documentation allows inline arguments of 4 KB. More than this is the driver's to complain of, and not copied.
const MOST_BYTES: usize = 1 << 20;

fn object(word: usize) -> Id {
    Id::from_ptr(core::ptr::with_exposed_provenance_mut::<c_void>(word))
}

/// # Safety
/// The word is the address of that many values, or the count is 0.
unsafe fn list<'a, T>(word: usize, count: usize) -> &'a [T] {
    if word == 0 || count == 0 {
        return &[];
    }
    // SAFETY: that many values, as the caller says.
    unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(word), count) }
}

/// # Safety
/// The word is the address of a value.
unsafe fn value<T: Copy>(word: usize) -> T {
    // SAFETY: the address of a value, as the caller says.
    unsafe { *core::ptr::with_exposed_provenance::<T>(word) }
}

/// Shows `see` what a call binds, one after the other.
///
/// # Safety
/// `words` are the arguments of a method of that shape, as Metal demands them.
#[inline]
pub(super) unsafe fn each(bind: Bind, words: &[usize], mut see: impl FnMut(Binding<'_>)) {
    let word = |index: usize| words.get(index).copied().unwrap_or(0);
    let at = |content, index, word| {
        Binding::Argument(index, Argument { content, object: object(word), ..Argument::default() })
    };
    // SAFETY: where Metal's method takes an address, list or range, the word is that of one, as the caller says.
    unsafe {
        match bind {
            Bind::Pipeline => see(Binding::Pipeline(object(word(0)))),
            Bind::ArgumentTable => see(Binding::ArgumentTable(object(word(0)))),
            Bind::Bytes | Bind::BytesStride if word(1) > MOST_BYTES => {}
            Bind::Bytes => see(Binding::Bytes(word(2), list(word(0), word(1)), None)),
            Bind::BytesStride => see(Binding::Bytes(word(3), list(word(0), word(1)), Some(word(2)))),
            Bind::Buffer => see(buffer(word(2), word(0), word(1), None)),
            Bind::BufferStride => see(buffer(word(3), word(0), word(1), Some(word(2)))),
            Bind::Offset => see(Binding::Offset(word(1), word(0), None)),
            Bind::OffsetStride => see(Binding::Offset(word(2), word(0), Some(word(1)))),
            Bind::Buffers => {
                each_of(word(2), |nth, index| {
                    see(buffer(index, nth_of(word(0), nth), nth_of(word(1), nth), None))
                });
            }
            Bind::BuffersStrides => each_of(word(3), |nth, index| {
                let stride = Some(nth_of(word(2), nth));
                see(buffer(index, nth_of(word(0), nth), nth_of(word(1), nth), stride));
            }),
            Bind::VisibleTable => see(at(Content::VisibleTable, word(1), word(0))),
            Bind::IntersectionTable => see(at(Content::IntersectionTable, word(1), word(0))),
            Bind::Acceleration => see(at(Content::Acceleration, word(1), word(0))),
            Bind::VisibleTables => {
                each_of(word(1), |nth, index| see(at(Content::VisibleTable, index, nth_of(word(0), nth))));
            }
            Bind::IntersectionTables => {
                each_of(word(1), |nth, index| {
                    see(at(Content::IntersectionTable, index, nth_of(word(0), nth)))
                });
            }
            Bind::Texture => see(Binding::Texture(word(1), object(word(0)))),
            Bind::Textures => {
                each_of(word(1), |nth, index| see(Binding::Texture(index, object(nth_of(word(0), nth)))));
            }
            Bind::Sampler => see(sampler(word(1), word(0), None)),
            Bind::SamplerClamps => see(sampler(word(3), word(0), Some([word(1) as u32, word(2) as u32]))),
            Bind::Samplers => each_of(word(1), |nth, index| see(sampler(index, nth_of(word(0), nth), None))),
            Bind::SamplersClamps => each_of(word(3), |nth, index| {
                let clamps = Some([nth_of(word(1), nth), nth_of(word(2), nth)]);
                see(sampler(index, nth_of(word(0), nth), clamps));
            }),
            Bind::ThreadgroupMemory => see(Binding::ThreadgroupMemory(word(1), word(0))),
            Bind::Imageblock => see(Binding::Imageblock([word(0), word(1)])),
            Bind::StageIn => see(Binding::StageIn(StageIn::Region(value(word(0))))),
            Bind::StageInIndirect => see(Binding::StageIn(StageIn::Indirect(object(word(0)), word(1)))),
        }
    }
}

fn buffer(index: usize, word: usize, offset: usize, stride: Option<usize>) -> Binding<'static> {
    Binding::Argument(index, Argument { content: Content::Buffer, object: object(word), offset, stride })
}

fn sampler(index: usize, word: usize, clamps: Option<[u32; 2]>) -> Binding<'static> {
    Binding::Sampler(index, Sampler { object: object(word), clamps })
}

/// The numbers from 0 of a range (its address), with the indices that they stand for. A range beyond all limits is the
/// driver's to complain of.
///
/// # Safety
/// The word is the address of a range.
unsafe fn each_of(range: usize, mut see: impl FnMut(usize, usize)) {
    // SAFETY: the address of a range, as the caller says.
    let range: Range = unsafe { value(range) };
    if range.length <= TEXTURES {
        (0..range.length).for_each(|nth| see(nth, range.location.saturating_add(nth)));
    }
}

/// The nth value of a list.
///
/// # Safety
/// The word is the address of more than `nth` values, or 0.
unsafe fn nth_of<T: Copy + Default>(list: usize, nth: usize) -> T {
    if list == 0 {
        return T::default();
    }
    // SAFETY: more than `nth` values, as the caller says.
    unsafe { *core::ptr::with_exposed_provenance::<T>(list).add(nth) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bind: Bind, words: &[usize]) -> usize {
        let mut seen = 0;
        // SAFETY: lengths that are looked at are those of the values.
        unsafe { each(bind, words, |_| seen += 1) };
        seen
    }

    #[test]
    fn absurd_lengths_are_not_looked_at() {
        let bytes = [7u8; 4];
        let address = bytes.as_ptr().expose_provenance();
        assert_eq!(seen(Bind::Bytes, &[address, 4, 0]), 1);
        assert_eq!(seen(Bind::Bytes, &[address, usize::MAX, 0]), 0);
        assert_eq!(seen(Bind::BytesStride, &[address, 4, 1, 0]), 1);
        assert_eq!(seen(Bind::BytesStride, &[address, isize::MAX as usize + 1, 1, 0]), 0);
    }
}
