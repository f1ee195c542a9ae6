//! A set of bindings: those of one thread, or those that the driver holds. It knows no encoder and no lock.

use super::binding::{Argument, BUFFERS, Binding, Content, SAMPLERS, Sampler, StageIn, TEXTURES};
use super::deferred::Released;
use agx_fix_guard::Who;
use agx_fix_objc::{Id, memory};

/// Values at some of `N` indices.
#[derive(Debug, Default)]
pub(super) struct Sparse<T, const N: usize> {
    set: u128,
    /// As long as `N` once something was set.
    values: Vec<T>,
}

impl<T: Copy + Default, const N: usize> Sparse<T, N> {
    pub(super) fn get(&self, index: usize) -> Option<T> {
        if index < N && self.set & 1 << index != 0 { self.values.get(index).copied() } else { None }
    }

    /// Sets a value and answers the one before. An index out of range is ignored.
    fn put(&mut self, index: usize, value: T) -> Option<T> {
        if index >= N {
            return None;
        }
        if self.values.is_empty() {
            self.values.resize(N, T::default());
        }
        let before = self.get(index);
        self.values[index] = value;
        self.set |= 1 << index;
        before
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, T)> {
        let mut left = self.set;
        core::iter::from_fn(move || {
            let index = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            self.values.get(index).map(|&value| (index, value))
        })
    }

    fn clear(&mut self) {
        self.set = 0;
    }
}

/// The bindings of one thread, or those that the driver holds.
#[derive(Debug, Default)]
pub(super) struct BindingSet {
    /// Whose, by the thread's serial number; 0 for the driver's.
    pub(super) thread: u64,
    /// When it last changed, counted over the sets of an encoder, and by which call.
    pub(super) last: Option<(u64, Who)>,
    /// Whether it holds references to its objects.
    retains: bool,
    pub(super) pipeline: Option<Id>,
    pub(super) argument_table: Option<Id>,
    pub(super) arguments: Sparse<Argument, BUFFERS>,
    /// The bytes of those arguments that are bytes.
    bytes: Vec<Vec<u8>>,
    pub(super) textures: Sparse<Id, TEXTURES>,
    pub(super) samplers: Sparse<Sampler, SAMPLERS>,
    pub(super) threadgroup_memory: Sparse<usize, BUFFERS>,
    pub(super) imageblock: Option<[usize; 2]>,
    pub(super) stage_in: Option<StageIn>,
}

impl BindingSet {
    /// Begins anew for that thread.
    pub(super) fn begin(&mut self, thread: u64, retains: bool, released: &mut Released) {
        self.clear(released);
        self.thread = thread;
        self.last = None;
        self.retains = retains;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self, released: &mut Released) {
        if self.retains {
            released.extend(self.objects());
        }
        self.pipeline = None;
        self.argument_table = None;
        self.arguments.clear();
        self.textures.clear();
        self.samplers.clear();
        self.threadgroup_memory.clear();
        self.imageblock = None;
        self.stage_in = None;
    }

    /// Every object that it names, once for each place that it is bound at. None of them is nil.
    fn objects(&self) -> impl Iterator<Item = Id> {
        let stage_in = match self.stage_in {
            Some(StageIn::Indirect(buffer, _)) => Some(buffer),
            _ => None,
        };
        let arguments = self.arguments.iter().map(|(_, argument)| argument.object);
        let textures = self.textures.iter().map(|(_, texture)| texture);
        let samplers = self.samplers.iter().map(|(_, sampler)| sampler.object);
        [self.pipeline, self.argument_table, stage_in]
            .into_iter()
            .flatten()
            .chain(arguments)
            .chain(textures)
            .chain(samplers)
            .filter(|object| !object.is_null())
    }

    /// Holds references from now on.
    ///
    /// # Safety
    /// The objects are alive.
    pub(super) unsafe fn retain(&mut self) {
        if !self.retains {
            self.retains = true;
            // SAFETY: as the caller says.
            self.objects().for_each(|object| unsafe { memory::retain(object) });
        }
    }

    /// The bytes at an index; meaningful where the argument is bytes.
    fn bytes_at(&self, index: usize) -> &[u8] {
        self.bytes.get(index).map_or(&[], Vec::as_slice)
    }

    fn swap(&self, new: Id, old: Option<Id>, released: &mut Released) {
        if self.retains {
            if !new.is_null() {
                // SAFETY: what is being bound is alive.
                unsafe { memory::retain(new) };
            }
            released.extend(old.filter(|object| !object.is_null()));
        }
    }

    /// Takes one binding over.
    ///
    /// # Safety
    /// The objects that it names are alive.
    pub(super) unsafe fn put(&mut self, binding: Binding<'_>, released: &mut Released) {
        match binding {
            Binding::Pipeline(object) => {
                let before = self.pipeline.replace(object);
                self.swap(object, before, released);
            }
            Binding::ArgumentTable(object) => {
                let before = self.argument_table.replace(object);
                self.swap(object, before, released);
            }
            Binding::Argument(index, argument) => self.put_argument(index, argument, released),
            Binding::Bytes(index, bytes, stride) => {
                self.put_argument(
                    index,
                    Argument { content: Content::Bytes, stride, ..Argument::default() },
                    released,
                );
                self.put_bytes(index, bytes);
            }
            Binding::Offset(index, offset, stride) => {
                if let Some(argument) = self.arguments.get(index) {
                    let stride = stride.or(argument.stride);
                    self.arguments.put(index, Argument { offset, stride, ..argument });
                }
            }
            Binding::Texture(index, object) => {
                if index < TEXTURES {
                    let before = self.textures.put(index, object);
                    self.swap(object, before, released);
                }
            }
            Binding::Sampler(index, sampler) => {
                if index < SAMPLERS {
                    let before = self.samplers.put(index, sampler);
                    self.swap(sampler.object, before.map(|before| before.object), released);
                }
            }
            Binding::ThreadgroupMemory(index, length) => {
                self.threadgroup_memory.put(index, length);
            }
            Binding::Imageblock(size) => self.imageblock = Some(size),
            Binding::StageIn(stage_in) => {
                let object = |stage_in: StageIn| match stage_in {
                    StageIn::Indirect(buffer, _) => buffer,
                    StageIn::Region(_) => Id::NULL,
                };
                let before = self.stage_in.replace(stage_in);
                self.swap(object(stage_in), before.map(object), released);
            }
        }
    }

    fn put_argument(&mut self, index: usize, argument: Argument, released: &mut Released) {
        if index < BUFFERS {
            let before = self.arguments.put(index, argument);
            self.swap(argument.object, before.map(|before| before.object), released);
        }
    }

    fn put_bytes(&mut self, index: usize, bytes: &[u8]) {
        if index >= BUFFERS {
            return;
        }
        if self.bytes.is_empty() {
            self.bytes.resize_with(BUFFERS, Vec::new);
        }
        let place = &mut self.bytes[index];
        place.clear();
        place.extend_from_slice(bytes);
    }

    /// Everything that is bound, in an order that can be bound again.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Binding<'_>> {
        let arguments = self.arguments.iter().map(|(index, argument)| match argument.content {
            Content::Bytes => Binding::Bytes(index, self.bytes_at(index), argument.stride),
            _ => Binding::Argument(index, argument),
        });
        let textures = self.textures.iter().map(|(index, texture)| Binding::Texture(index, texture));
        let samplers = self.samplers.iter().map(|(index, sampler)| Binding::Sampler(index, sampler));
        let memory =
            self.threadgroup_memory.iter().map(|(index, length)| Binding::ThreadgroupMemory(index, length));
        let single = [
            self.pipeline.map(Binding::Pipeline),
            self.argument_table.map(Binding::ArgumentTable),
            self.imageblock.map(Binding::Imageblock),
            self.stage_in.map(Binding::StageIn),
        ];
        single.into_iter().flatten().chain(arguments).chain(textures).chain(samplers).chain(memory)
    }

    /// Whether that is bound here as it stands.
    pub(super) fn has(&self, binding: Binding<'_>) -> bool {
        match binding {
            Binding::Pipeline(object) => self.pipeline == Some(object),
            Binding::ArgumentTable(object) => self.argument_table == Some(object),
            Binding::Argument(index, argument) => self.arguments.get(index) == Some(argument),
            Binding::Bytes(index, bytes, stride) => {
                let here = self.arguments.get(index);
                here.is_some_and(|here| here.content == Content::Bytes && here.stride == stride)
                    && self.bytes_at(index) == bytes
            }
            Binding::Offset(..) => false,
            Binding::Texture(index, texture) => self.textures.get(index) == Some(texture),
            Binding::Sampler(index, sampler) => self.samplers.get(index) == Some(sampler),
            Binding::ThreadgroupMemory(index, length) => self.threadgroup_memory.get(index) == Some(length),
            Binding::Imageblock(size) => self.imageblock == Some(size),
            Binding::StageIn(stage_in) => self.stage_in == Some(stage_in),
        }
    }

    /// Takes all bindings of another set over.
    ///
    /// # Safety
    /// Its objects are alive.
    pub(super) unsafe fn put_all(&mut self, other: &Self, released: &mut Released) {
        for binding in other.bindings() {
            // SAFETY: as the caller says.
            unsafe { self.put(binding, released) };
        }
    }
}
