//! The kinds of encoder that Metal has, the factory of each, and calls that each takes. All of it goes by the names of methods,
//! since a driver need not have every kind.

use agx_fix_metal::{Argument, Object};
use agx_fix_terms::named_by_inherent;
use serde::{Deserialize, Serialize};
use std::ffi::CStr;

/// A call on an encoder. No two kinds of the table below share a selector, so that the selector tells the kind.
#[derive(Debug)]
pub(crate) struct Call {
    selector: &'static CStr,
    arguments: &'static [Argument<'static>],
    /// Whether a driver takes the arguments that is not the simulated one.
    pub(crate) is_harmless: bool,
}

impl Call {
    /// Makes the call. False if the encoder has no such method.
    pub(crate) fn send(&self, encoder: &Object) -> bool {
        encoder.tell_all(self.selector, self.arguments)
    }
}

struct About {
    name: &'static str,
    protocol: &'static str,
    factory: &'static CStr,
    /// The class of what the factory takes.
    descriptor: Option<&'static CStr>,
    /// A property of the device that says whether it can.
    asks_first: Option<&'static CStr>,
    /// Changes state.
    state: Call,
    /// Is work for the GPU, with arguments that only the simulated driver takes; `None` for one that only makes others.
    work: Option<Call>,
}

const NIL: Argument<'static> = Argument::Object(None);
const ZERO: Argument<'static> = Argument::Word(0);
/// A multiple of 16.
const LENGTH: Argument<'static> = Argument::Word(32);

const PASS: Option<&CStr> = Some(c"MTLRenderPassDescriptor");
const PASS4: Option<&CStr> = Some(c"MTL4RenderPassDescriptor");

/// A state that encoders have from the start.
const fn harmless(selector: &'static CStr, arguments: &'static [Argument<'static>]) -> Call {
    Call { selector, arguments, is_harmless: true }
}

const fn simulated(selector: &'static CStr, arguments: &'static [Argument<'static>]) -> Call {
    Call { selector, arguments, is_harmless: false }
}

const fn about(
    name: &'static str,
    protocol: &'static str,
    factory: &'static CStr,
    state: Call,
    work: Call,
) -> About {
    About { name, protocol, factory, descriptor: None, asks_first: None, state, work: Some(work) }
}

/// Declares the kinds and their rows.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $about:expr,)*) => {
        /// A kind of encoder. A 4 stands for Metal 4.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[allow(missing_docs, reason = "the names are Metal's")]
        pub enum EncoderKind { $($(#[$doc])* $kind,)* }

        impl EncoderKind {
            /// All. The usual ones come first, those of Metal 4 last.
            pub const ALL: [Self; [$(stringify!($kind)),*].len()] = [$(Self::$kind),*];

            const fn about(self) -> About {
                match self { $(Self::$kind => $about,)* }
            }
        }
    };
}

kinds! {
    Compute = about(
        "compute",
        "MTLComputeCommandEncoder",
        c"computeCommandEncoder",
        harmless(c"setThreadgroupMemoryLength:atIndex:", &[LENGTH, ZERO]),
        simulated(c"executeCommandsInBuffer:indirectBuffer:indirectBufferOffset:", &[NIL, NIL, ZERO]),
    ),
    Blit = about(
        "blit",
        "MTLBlitCommandEncoder",
        c"blitCommandEncoder",
        simulated(c"updateFence:", &[NIL]),
        simulated(c"synchronizeResource:", &[NIL]),
    ),
    Render = About {
        descriptor: PASS,
        ..about(
            "render",
            "MTLRenderCommandEncoder",
            c"renderCommandEncoderWithDescriptor:",
            harmless(c"setCullMode:", &[ZERO]),
            simulated(c"drawPrimitives:vertexStart:vertexCount:", &[ZERO; 3]),
        )
    },
    /// Of parallel rendering; it makes the next kind.
    Parallel = About {
        name: "parallel",
        protocol: "MTLParallelRenderCommandEncoder",
        factory: c"parallelRenderCommandEncoderWithDescriptor:",
        descriptor: PASS,
        asks_first: None,
        state: simulated(c"setDepthStoreAction:", &[ZERO]),
        work: None,
    },
    /// A render encoder that a parallel render encoder has made.
    SubEncoder = about(
        "sub-encoder",
        "MTLRenderCommandEncoder",
        c"renderCommandEncoder",
        harmless(c"setTriangleFillMode:", &[ZERO]),
        simulated(c"drawPrimitives:vertexStart:vertexCount:instanceCount:", &[ZERO; 4]),
    ),
    ResourceState = about(
        "resource-state",
        "MTLResourceStateCommandEncoder",
        c"resourceStateCommandEncoder",
        simulated(c"waitForFence:", &[NIL]),
        simulated(
            c"updateTextureMapping:mode:indirectBuffer:indirectBufferOffset:",
            &[NIL, ZERO, NIL, ZERO],
        ),
    ),
    Acceleration = About {
        asks_first: Some(c"supportsRaytracing"),
        ..about(
            "acceleration",
            "MTLAccelerationStructureCommandEncoder",
            c"accelerationStructureCommandEncoder",
            simulated(c"useHeap:", &[NIL]),
            simulated(c"copyAccelerationStructure:toAccelerationStructure:", &[NIL, NIL]),
        )
    },
    Compute4 = about(
        "compute4",
        "MTL4ComputeCommandEncoder",
        c"computeCommandEncoder",
        harmless(c"setArgumentTable:", &[NIL]),
        simulated(c"dispatchThreadsWithIndirectBuffer:", &[ZERO]),
    ),
    Render4 = About {
        descriptor: PASS4,
        ..about(
            "render4",
            "MTL4RenderCommandEncoder",
            c"renderCommandEncoderWithDescriptor:",
            harmless(c"setFrontFacingWinding:", &[ZERO]),
            simulated(c"drawPrimitives:indirectBuffer:", &[ZERO, ZERO]),
        )
    },
    MachineLearning4 = about(
        "machine-learning4",
        "MTL4MachineLearningCommandEncoder",
        c"machineLearningCommandEncoder",
        simulated(c"setPipelineState:", &[NIL]),
        simulated(c"dispatchNetworkWithIntermediatesHeap:", &[NIL]),
    ),
}

impl EncoderKind {
    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        self.about().name
    }

    /// Metal's protocol.
    pub const fn protocol(self) -> &'static str {
        self.about().protocol
    }

    /// Whether it is made by a command buffer of Metal 4.
    pub const fn is_metal4(self) -> bool {
        matches!(self, Self::Compute4 | Self::Render4 | Self::MachineLearning4)
    }

    /// Whether the device denies that it can.
    pub fn is_denied_by(self, device: &Object) -> bool {
        self.about().asks_first.is_some_and(|property| device.says(property) == Some(false))
    }

    /// A new encoder of a command buffer, or of a parallel render encoder; `None` if `maker` has no such factory, or refuses.
    pub fn open(self, maker: &Object) -> Option<Object> {
        let About { factory, descriptor, .. } = self.about();
        match descriptor {
            None => maker.ask(factory),
            Some(class) => maker.ask_with(factory, render_pass(class).as_ref()),
        }
    }

    /// A call that changes state.
    pub(crate) const fn state(self) -> Call {
        self.about().state
    }

    /// A call that is work for the GPU.
    pub(crate) const fn work(self) -> Option<Call> {
        self.about().work
    }

    /// The selectors by which the kind's calls are told from those of others. `Compute` has those of the workload as well.
    pub(crate) fn selectors(self) -> impl Iterator<Item = &'static str> {
        const LAYER: [&str; 4] = [
            "setComputePipelineState:",
            "setBuffer:offset:atIndex:",
            "setBytes:length:atIndex:",
            "dispatchThreads:threadsPerThreadgroup:",
        ];
        let layer = if self == Self::Compute { &LAYER[..] } else { &[] };
        let makes = (self == Self::Parallel).then_some(Self::SubEncoder.about().factory);
        let calls = [Some(self.state().selector), self.work().map(|work| work.selector), makes];
        calls.into_iter().flatten().filter_map(|selector| selector.to_str().ok()).chain(layer.iter().copied())
    }
}

/// A pass that draws nowhere: Metal then wants its size. `None` for a driver without the class (the simulated one), whose
/// factory takes nil.
fn render_pass(class: &CStr) -> Option<Object> {
    let pass = Object::new(class)?;
    for setter in [c"setRenderTargetWidth:", c"setRenderTargetHeight:", c"setDefaultRasterSampleCount:"] {
        pass.set(setter, 1);
    }
    Some(pass)
}

named_by_inherent!(EncoderKind);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_selector_tells_the_kind() {
        let all: Vec<&str> = EncoderKind::ALL.into_iter().flat_map(EncoderKind::selectors).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
