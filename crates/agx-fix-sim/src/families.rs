//! The drivers: which classes each has, and how they are named.
//!
//! - `agx`: the driver of the crash reports.
//! - `intel`: class names of Apple's driver for Intel GPUs; own classes, and no methods for the steps of a teardown. What
//!   happens in its methods is the same, for want of crash reports.
//! - `subclass`: `agx`, with compute encoders of [`crate::classes::encoder::subclass`].
//! - `debug`: `agx`, behind the wrappers of [`crate::classes::debug`].

use crate::classes::kind::{KINDS, Kind, Names};
use crate::classes::{command_allocator, command_buffer, command_queue, debug, device, encoder};
use crate::options::Driver;
use agx_fix_objc::{Class, Id};
use core::ffi::CStr;

/// Names that no crash report shows are made up: `...ParallelRenderContext`, `...AccelerationStructureContext`, and all
/// with the suffix `_mtlnext`, of which the suffix alone was seen.
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

/// The classes of Metal 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metal4 {
    pub(crate) queue: Class,
    pub(crate) command_buffer: Class,
    pub(crate) allocator: Class,
}

/// The classes of one driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Family {
    /// Their names.
    pub(crate) names: &'static Names,
    device: Class,
    pub(crate) queue: Class,
    pub(crate) command_buffer: Class,
    encoders: [Option<Class>; KINDS],
    pub(crate) metal4: Option<Metal4>,
    /// Whether compute encoders are of the subclass that is registered late.
    subclassed: bool,
}

impl Family {
    /// The class of encoders of that kind, if the driver has them.
    pub(crate) fn encoder_class(&self, kind: Kind) -> Option<Class> {
        let class = self.encoders[kind as usize]?;
        if self.subclassed && kind == Kind::Compute { encoder::subclass::class(class) } else { Some(class) }
    }

    fn register(root: Class, names: &'static Names) -> Option<Self> {
        let mut encoders = [None; KINDS];
        for kind in Kind::ALL {
            if let Some(name) = names.encoders[kind as usize] {
                encoders[kind as usize] = Some(encoder::register(root, names, kind, name)?);
            }
        }
        let metal4 = match names.metal4 {
            None => None,
            Some([queue, buffer, allocator]) => Some(Metal4 {
                queue: command_queue::register_metal4(root, queue)?,
                command_buffer: command_buffer::register_metal4(root, buffer)?,
                allocator: command_allocator::register(root, allocator)?,
            }),
        };
        Some(Self {
            names,
            device: device::register(root, names)?,
            queue: command_queue::register(root, names.queue)?,
            command_buffer: command_buffer::register(root, names)?,
            encoders,
            metal4,
            subclassed: false,
        })
    }
}

/// A device for each of the drivers, in their order. `None` if a class exists already.
pub(crate) fn devices(root: Class, drivers: impl Iterator<Item = Driver>) -> Option<Vec<Id>> {
    let mut agx = None;
    let mut agx = || match agx {
        Some(family) => Some(family),
        None => {
            agx = Family::register(root, &AGX);
            agx
        }
    };
    let device = |family: Family| device::new(Box::leak(Box::new(family)), family.device);
    drivers
        .map(|driver| {
            let made = match driver {
                Driver::Agx => device(agx()?),
                Driver::Subclass => device(Family { subclassed: true, ..agx()? }),
                Driver::Intel => device(Family::register(root, &INTEL)?),
                Driver::Debug => debug::new_device(root, device(agx()?))?,
            };
            (!made.is_null()).then_some(made)
        })
        .collect()
}
