//! A client of the driver: threads that take turns, so that a test says who calls what and when.

use crate::driver::{device, thing};
use agx_fix_objc::abi::{Origin, Range, Region, Size};
use agx_fix_objc::message::Arguments;
use agx_fix_objc::{Id, runtime, send};
use std::ffi::{CStr, c_void};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// Objects to bind: numbers 1 to this.
pub(crate) const THINGS: usize = 12;

/// The object with that number.
pub(crate) fn numbered(number: usize) -> Id {
    static ALL: OnceLock<Vec<Id>> = OnceLock::new();
    ALL.get_or_init(|| (0..=THINGS).map(thing).collect())[number]
}

/// A way to bind something. There is one for each method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    /// Which method, 0 to [`METHODS`].
    pub(crate) method: usize,
    /// A small index.
    pub(crate) index: usize,
    /// An object's number.
    pub(crate) thing: usize,
    /// A small number.
    pub(crate) value: usize,
}

/// How many methods there are.
pub(crate) const METHODS: usize = 24;

fn tell<A: Arguments>(encoder: Id, selector: &CStr, arguments: A) {
    // SAFETY: the driver's encoders have these methods.
    unsafe { send::<A, ()>(encoder, runtime::selector(selector), arguments) };
}

fn list<T>(list: &[T]) -> *const c_void {
    list.as_ptr().cast()
}

impl Bind {
    /// Makes the call.
    pub(crate) fn call(self, encoder: Id) {
        let Self { method, index, thing, value } = self;
        let (it, other) = (numbered(thing), numbered(thing % THINGS + 1));
        let range = Range { location: index, length: 2 };
        let (its, values, other_values) = ([it, other], [value, value + 1], [value + 2, value + 3]);
        let (least, most) = ([value as f32, 0.5], [value as f32 + 1.0, 2.5]);
        let bytes = [value as u8; 5];
        match method {
            0 => tell(encoder, c"setComputePipelineState:", (it,)),
            1 => tell(encoder, c"setBytes:length:atIndex:", (list(&bytes), 5usize, index)),
            2 => {
                let arguments = (list(&bytes), 5usize, value, index);
                tell(encoder, c"setBytes:length:attributeStride:atIndex:", arguments);
            }
            3 => tell(encoder, c"setBuffer:offset:atIndex:", (it, value, index)),
            4 => tell(encoder, c"setBuffer:offset:attributeStride:atIndex:", (it, value, value + 1, index)),
            5 => tell(encoder, c"setBufferOffset:atIndex:", (value, index)),
            6 => tell(encoder, c"setBufferOffset:attributeStride:atIndex:", (value, value + 7, index)),
            7 => tell(encoder, c"setBuffers:offsets:withRange:", (list(&its), list(&values), range)),
            8 => tell(
                encoder,
                c"setBuffers:offsets:attributeStrides:withRange:",
                (list(&its), list(&values), list(&other_values), range),
            ),
            9 => tell(encoder, c"setVisibleFunctionTable:atBufferIndex:", (it, index)),
            10 => tell(encoder, c"setVisibleFunctionTables:withBufferRange:", (list(&its), range)),
            11 => tell(encoder, c"setIntersectionFunctionTable:atBufferIndex:", (it, index)),
            12 => tell(encoder, c"setIntersectionFunctionTables:withBufferRange:", (list(&its), range)),
            13 => tell(encoder, c"setAccelerationStructure:atBufferIndex:", (it, index)),
            14 => tell(encoder, c"setTexture:atIndex:", (it, index)),
            15 => tell(encoder, c"setTextures:withRange:", (list(&its), range)),
            16 => tell(encoder, c"setSamplerState:atIndex:", (it, index)),
            17 => tell(encoder, c"setSamplerStates:withRange:", (list(&its), range)),
            18 => tell(
                encoder,
                c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:",
                (it, least[0], most[0], index),
            ),
            19 => tell(
                encoder,
                c"setSamplerStates:lodMinClamps:lodMaxClamps:withRange:",
                (list(&its), list(&least), list(&most), range),
            ),
            20 => tell(encoder, c"setThreadgroupMemoryLength:atIndex:", (value, index)),
            21 => tell(encoder, c"setImageblockWidth:height:", (value, value + 1)),
            22 => tell(encoder, c"setStageInRegion:", (region(value),)),
            _ => {
                tell(encoder, c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:", (it, value));
            }
        }
    }
}

fn region(value: usize) -> Region {
    Region { origin: Origin { x: value, y: 1, z: 2 }, size: Size { width: 3, height: value, depth: 1 } }
}

/// The work with that number.
pub(crate) fn dispatch(encoder: Id, number: usize) {
    tell(encoder, c"dispatchThreads:threadsPerThreadgroup:", (Size::linear(number), Size::linear(1)));
}

/// Makes a resource resident for an encoder.
pub(crate) fn use_resource(encoder: Id, resource: Id) {
    tell(encoder, c"useResource:usage:", (resource, 1usize));
}

/// A queue of a new device, hooked on the way.
pub(crate) fn queue() -> Id {
    let device = device();
    // SAFETY: a device.
    unsafe { agx_fix_hooks::device_seen(device) };
    ask(device, c"newCommandQueue")
}

/// What a factory answers.
pub(crate) fn ask(object: Id, factory: &CStr) -> Id {
    // SAFETY: the driver's objects have these factories.
    unsafe { send(object, runtime::selector(factory), ()) }
}

/// A message without arguments.
pub(crate) fn say(object: Id, selector: &CStr) {
    tell(object, selector, ());
}

/// What a thread is told to do.
type Task = Box<dyn FnOnce() + Send>;

/// A thread that does what it is told, one thing after the other.
pub(crate) struct Worker {
    tasks: Option<Sender<(Task, Sender<()>)>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn new() -> Self {
        let (tasks, inbox) = channel::<(Task, Sender<()>)>();
        let thread = std::thread::spawn(move || {
            for (task, done) in inbox {
                task();
                let _ = done.send(());
            }
        });
        Self { tasks: Some(tasks), thread: Some(thread) }
    }

    /// Has the thread do something, and waits until it has.
    pub(crate) fn does(&self, task: impl FnOnce() + Send) {
        let task: Box<dyn FnOnce() + Send + '_> = Box::new(task);
        // SAFETY: the task is over before its borrows end, as this function waits for it; if the thread dies, the task
        // has been dropped.
        let task: Task = unsafe { std::mem::transmute(task) };
        let (done, over) = channel();
        self.tasks.as_ref().expect("at work").send((task, done)).expect("a live thread");
        over.recv().expect("a task that comes to its end");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.tasks.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
