//! A simulated Metal with an AGX-like driver: real Objective-C classes, for a system that has neither.
//!
//! A program that is linked against this library, or loads it for the whole process, finds Metal's two device
//! factories and, behind them, devices, queues, command buffers and encoders: kernels compute real numbers on real
//! buffers, blit encoders copy; what other encoders take is counted. What is wrong with the driver is modelled after its crash reports: no lock around `_impl`, a
//! context that returns to its pool before its encoder forgets it, encoders that are born again at the same address.
//! Faults follow from that; nothing here looks for two threads.
//!
//! ```text
//! exports      MTLCreateSystemDefaultDevice, MTLCopyAllDevices, figures for tests
//!   world      the classes, registered once, and the devices
//!     families     the drivers: AGX, one for Intel, a later chip's subclass, the validation layer's wrappers
//!     classes      Metal's objects, and the tables of their methods
//!     foundation   NSObject, NSString, NSArray, NSAutoreleasePool, NSException, blocks
//!       driver     contexts, their pool, command storage, the phases of a dispatch
//!       gpu        address space, kernels, queues' workers
//!         fault    hardware faults at a named place, assertions, the crash report
//!         options  AGX_SIM_*
//! ```

mod classes;
mod driver;
mod exports;
mod families;
mod fault;
mod foundation;
mod gpu;
mod options;
mod world;

pub use exports::{
    MTLCopyAllDevices, MTLCreateSystemDefaultDevice, agx_sim_contexts_allocated, agx_sim_counted_work,
    agx_sim_encoder_calls, agx_sim_gpu_faults, agx_sim_live_objects,
};

pub(crate) use agx_fix_objc::{Id, Sel};
