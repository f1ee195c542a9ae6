//! The drivers: the names of their classes, and the registration of these classes.
//!
//! - `agx`: the driver of the crash reports.
//! - `intel`: the class names of Apple's driver for Intel GPUs, without methods for the steps of a teardown. Its methods
//!   do what AGX's do, because there are no crash reports of that driver.
//! - `subclass`: `agx`, with compute encoders of [`crate::classes::encoder::subclass`].
//! - `debug`: `agx`, behind the wrappers of [`crate::classes::debug`].

use crate::classes::family::{Family, Metal4, Names, new_device};
use crate::classes::kind::{ALLOCATOR4, BUFFER, BUFFER4, KINDS, Kind, QUEUE, QUEUE4, Roles};
use crate::classes::tables::{add_forwards, add_rows};
use crate::classes::{command_buffer, command_queue, debug, device, encoder};
use crate::options::Driver;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id};
use core::cell::OnceCell;
use core::ffi::CStr;

/// No crash report shows `...ParallelRenderContext`, `...AccelerationStructureContext` and the names with the suffix
/// `_mtlnext`: they are invented. Of the names with the suffix, only the suffix was seen.
static AGX: Names = Names {
    product: c"Simulated AGX G16X",
    device: c"AGXG16XDevice",
    queue: c"AGXG16XFamilyCommandQueue",
    command_buffer: c"AGXG16XFamilyCommandBuffer",
    encoders: [
        Some(c"AGXG16XFamilyComputeContext"),
        Some(c"AGXG16XFamilyBlitContext"),
        Some(c"AGXG16XFamilyRenderContext"),
        Some(c"AGXG16XFamilyParallelRenderContext"),
        Some(c"AGXG16XFamilyResourceStateContext"),
        Some(c"AGXG16XFamilyAccelerationStructureContext"),
        Some(c"AGXG16XFamilyComputeContext_mtlnext"),
        Some(c"AGXG16XFamilyRenderContext_mtlnext"),
        Some(c"AGXG16XFamilyMachineLearningContext_mtlnext"),
    ],
    metal4: Some([
        c"AGXG16XFamilyCommandQueue_mtlnext",
        c"AGXG16XFamilyCommandBuffer_mtlnext",
        c"AGXG16XFamilyCommandAllocator_mtlnext",
    ]),
    messages: true,
};

static INTEL: Names = Names {
    product: c"Simulated Intel",
    device: c"MTLIGAccelDevice",
    queue: c"MTLIGAccelCommandQueue",
    command_buffer: c"MTLIGAccelCommandBuffer",
    encoders: {
        let mut encoders: [Option<&CStr>; KINDS] = [None; KINDS];
        encoders[Kind::Compute as usize] = Some(c"MTLIGAccelComputeCommandEncoder");
        encoders[Kind::Blit as usize] = Some(c"MTLIGAccelBlitCommandEncoder");
        encoders
    },
    metal4: None,
    messages: false,
};

/// Registers a class once it has the methods of its role.
fn finish(builder: ClassBuilder, role: Roles) -> Class {
    add_rows(builder, role).register()
}

/// Registers the classes of a driver. `None` if one exists already.
fn register(root: Class, names: &'static Names) -> Option<Family> {
    let mut encoders = [None; KINDS];
    for kind in Kind::ALL {
        if let Some(name) = names.encoders[kind as usize] {
            let class = finish(encoder::class(root, names, kind, name)?, kind.role());
            if !encoder::has_impl_in_place(class) {
                return None;
            }
            encoders[kind as usize] = Some(class);
        }
    }
    let metal4 = match names.metal4 {
        None => None,
        Some([queue, buffer, allocator]) => Some(Metal4 {
            queue: finish(command_queue::class_metal4(root, queue)?, QUEUE4),
            command_buffer: finish(command_buffer::class_metal4(root, buffer)?, BUFFER4),
            allocator: finish(command_buffer::allocator_class(root, allocator)?, ALLOCATOR4),
        }),
    };
    Some(Family {
        names,
        device: device::class(root, names)?.register(),
        queue: finish(command_queue::class(root, names.queue)?, QUEUE),
        command_buffer: finish(command_buffer::class(root, names)?, BUFFER),
        encoders,
        metal4,
        subclassed: false,
    })
}

/// A device for each of the drivers, in their order. `None` if a class exists already.
pub(crate) fn devices(root: Class, drivers: &[Driver]) -> Option<Vec<Id>> {
    let agx = OnceCell::new();
    let agx = || *agx.get_or_init(|| register(root, &AGX));
    let device = |family: Family| new_device(Box::leak(Box::new(family)));
    drivers
        .iter()
        .map(|driver| {
            let made = match driver {
                Driver::Agx => device(agx()?),
                Driver::Subclass => device(Family { subclassed: true, ..agx()? }),
                Driver::Intel => device(register(root, &INTEL)?),
                Driver::Debug => debug::new_device(root, device(agx()?), add_forwards)?,
            };
            (!made.is_null()).then_some(made)
        })
        .collect()
}
