//! A simulated Metal with an AGX-like driver, for systems that have neither: real Objective-C classes on a real
//! runtime.
//!
//! A program that links this library, or loads it for the whole process, finds Metal's two device factories. They
//! lead to devices, queues, command buffers and encoders. Compute kernels compute real numbers on real buffers, and
//! blit encoders copy them. The calls of other encoders are only counted.
//!
//! The faults of the driver follow its crash reports. No lock protects `_impl`. A context returns to its pool before
//! its encoder forgets it. An ended encoder is used again at the same address. Races between threads fault by
//! themselves; nothing here looks for them.
//!
//! Each floor uses only those below it:
//!
//! ```text
//! exports      MTLCreateSystemDefaultDevice, MTLCopyAllDevices, figures for tests
//!   world      registers the classes and makes the devices, once
//!     families     the drivers: AGX, one for Intel, a later chip's subclass, the validation layer's wrappers
//!     classes      Metal's objects, and the tables of their methods
//!     foundation   NSObject, NSString, NSArray, NSAutoreleasePool, NSException
//!       driver, gpu  contexts and command storage; address space, kernels, queues' workers
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
