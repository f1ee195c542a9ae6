//! The rows, as data: whatever is made of them reads them by [`rows`].
//!
//! ```text
//! roles, selector (arguments) -> result, action;
//! ```
//!
//! Selectors and signatures are those of Metal's headers. (A test compares them with the `objc2-metal` bindings.)
//! Enumerations are passed as the integers behind them. `deferredEndEncoding` and `destroyImpl` are the AGX driver's
//! own (disassembly of AGXMetalG16X 329.2).

/// Hands all rows to a macro. It finds their types and the names of [`super::roles`] where it is used.
macro_rules! rows {
    ($then:ident) => { $then! {
    // MTLDevice: the factories that lead to queues, and to Metal 4's buffers and allocators
    DEVICE, c"newCommandQueue" () -> Id, Opens(Role::Queue);
    DEVICE, c"newCommandQueueWithMaxCommandBufferCount:" (usize) -> Id, Opens(Role::Queue);
    DEVICE, c"newCommandQueueWithDescriptor:" (Id) -> Id, Opens(Role::Queue);
    DEVICE, c"newMTL4CommandQueue" () -> Id, Opens(Role::Queue4);
    DEVICE, c"newMTL4CommandQueueWithDescriptor:error:" (Id, Pointer) -> Id, Opens(Role::Queue4);
    DEVICE, c"newCommandBuffer" () -> Id, Opens(Role::Buffer4);
    DEVICE, c"newCommandAllocator" () -> Id, Opens(Role::Allocator4);
    DEVICE, c"newCommandAllocatorWithDescriptor:error:" (Id, Pointer) -> Id, Opens(Role::Allocator4);

    // MTLCommandQueue
    QUEUE | QUEUE4, c"label" () -> Id, Leave(THREAD_SAFE);
    QUEUE, c"setLabel:" (Id), Leave(THREAD_SAFE);
    QUEUE | BUFFER | ENCODER | QUEUE4 | ALLOCATOR4 | BUFFER4, c"device" () -> Id, Leave(CONSTANT);
    QUEUE, c"commandBuffer" () -> Id, Opens(Role::Buffer);
    QUEUE, c"commandBufferWithDescriptor:" (Id) -> Id, Opens(Role::Buffer);
    QUEUE, c"commandBufferWithUnretainedReferences" () -> Id, Opens(Role::Buffer);
    QUEUE, c"insertDebugCaptureBoundary" (), Leave(THREAD_SAFE);
    QUEUE | QUEUE4, c"addResidencySet:" (Id), Leave(THREAD_SAFE);
    QUEUE | QUEUE4, c"addResidencySets:count:" (Pointer, usize), Leave(THREAD_SAFE);
    QUEUE | QUEUE4, c"removeResidencySet:" (Id), Leave(THREAD_SAFE);
    QUEUE | QUEUE4, c"removeResidencySets:count:" (Pointer, usize), Leave(THREAD_SAFE);

    // MTLCommandBuffer
    BUFFER, c"commandQueue" () -> Id, Leave(CONSTANT);
    BUFFER, c"retainedReferences" () -> Bool, Leave(CONSTANT);
    BUFFER, c"errorOptions" () -> usize, Leave(CONSTANT);
    BUFFER | ENCODER | ALLOCATOR4 | BUFFER4 | ENCODER4, c"label" () -> Id, Locked(Access);
    BUFFER | ENCODER | BUFFER4 | ENCODER4, c"setLabel:" (Id), Locked(Access);
    BUFFER, c"kernelStartTime" () -> f64, Leave(POLLED);
    BUFFER, c"kernelEndTime" () -> f64, Leave(POLLED);
    BUFFER, c"logs" () -> Id, Leave(POLLED);
    BUFFER, c"GPUStartTime" () -> f64, Leave(POLLED);
    BUFFER, c"GPUEndTime" () -> f64, Leave(POLLED);
    BUFFER, c"enqueue" (), Locked(Access);
    BUFFER, c"commit" (), Commit;
    BUFFER, c"addScheduledHandler:" (Id), AddsHandler;
    BUFFER, c"presentDrawable:" (Id), Locked(Access);
    BUFFER, c"presentDrawable:atTime:" (Id, f64), Locked(Access);
    BUFFER, c"presentDrawable:afterMinimumDuration:" (Id, f64), Locked(Access);
    BUFFER, c"waitUntilScheduled" (), Leave(WAITS);
    BUFFER, c"addCompletedHandler:" (Id), AddsHandler;
    BUFFER, c"waitUntilCompleted" (), Leave(WAITS);
    BUFFER, c"status" () -> usize, Leave(POLLED);
    BUFFER, c"error" () -> Id, Leave(POLLED);
    BUFFER, c"blitCommandEncoder" () -> Id, OpensEncoder(Role::Blit);
    BUFFER, c"renderCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::Render);
    BUFFER4, c"renderCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::Render4);
    BUFFER, c"computeCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::Compute);
    BUFFER, c"blitCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::Blit);
    BUFFER, c"computeCommandEncoder" () -> Id, OpensEncoder(Role::Compute);
    BUFFER4, c"computeCommandEncoder" () -> Id, OpensEncoder(Role::Compute4);
    BUFFER, c"computeCommandEncoderWithDispatchType:" (usize) -> Id, OpensEncoder(Role::Compute);
    BUFFER, c"encodeWaitForEvent:value:" (Id, u64), Locked(Event);
    BUFFER, c"encodeSignalEvent:value:" (Id, u64), Locked(Event);
    BUFFER, c"parallelRenderCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::Parallel);
    BUFFER, c"resourceStateCommandEncoder" () -> Id, OpensEncoder(Role::ResourceState);
    BUFFER, c"resourceStateCommandEncoderWithDescriptor:" (Id) -> Id, OpensEncoder(Role::ResourceState);
    BUFFER, c"accelerationStructureCommandEncoder" () -> Id, OpensEncoder(Role::Acceleration);
    BUFFER,
        c"accelerationStructureCommandEncoderWithDescriptor:"
        (Id) -> Id, OpensEncoder(Role::Acceleration);
    BUFFER | BUFFER4, c"pushDebugGroup:" (Id), Locked(Access);
    BUFFER | BUFFER4, c"popDebugGroup" (), Locked(Access);
    BUFFER | BUFFER4, c"useResidencySet:" (Id), Locked(Access);
    BUFFER | BUFFER4, c"useResidencySets:count:" (Pointer, usize), Locked(Access);

    // MTLCommandEncoder
    ENCODER | ENCODER4, c"endEncoding" (), Locked(End);
    ENCODER, c"barrierAfterQueueStages:beforeStages:" (usize, usize), Locked(Encode);
    ENCODER | ENCODER4, c"insertDebugSignpost:" (Id), Marks;
    ENCODER | ENCODER4, c"pushDebugGroup:" (Id), Marks;
    ENCODER | ENCODER4, c"popDebugGroup" (), Marks;

    // MTLComputeCommandEncoder
    COMPUTE, c"dispatchType" () -> usize, Leave(CONSTANT);
    COMPUTE | COMPUTE4, c"setComputePipelineState:" (Id), Binds(Bind::Pipeline);
    COMPUTE, c"setBytes:length:atIndex:" (Pointer, usize, usize), Binds(Bind::Bytes);
    COMPUTE, c"setBuffer:offset:atIndex:" (Id, usize, usize), Binds(Bind::Buffer);
    COMPUTE, c"setBufferOffset:atIndex:" (usize, usize), Binds(Bind::Offset);
    COMPUTE, c"setBuffers:offsets:withRange:" (Pointer, Pointer, Range), Binds(Bind::Buffers);
    COMPUTE, c"setBuffer:offset:attributeStride:atIndex:" (Id, usize, usize, usize), Binds(Bind::BufferStride);
    COMPUTE,
        c"setBuffers:offsets:attributeStrides:withRange:"
        (Pointer, Pointer, Pointer, Range), Binds(Bind::BuffersStrides);
    COMPUTE, c"setBufferOffset:attributeStride:atIndex:" (usize, usize, usize), Binds(Bind::OffsetStride);
    COMPUTE, c"setBytes:length:attributeStride:atIndex:" (Pointer, usize, usize, usize), Binds(Bind::BytesStride);
    COMPUTE, c"setVisibleFunctionTable:atBufferIndex:" (Id, usize), Binds(Bind::VisibleTable);
    COMPUTE, c"setVisibleFunctionTables:withBufferRange:" (Pointer, Range), Binds(Bind::VisibleTables);
    COMPUTE, c"setIntersectionFunctionTable:atBufferIndex:" (Id, usize), Binds(Bind::IntersectionTable);
    COMPUTE, c"setIntersectionFunctionTables:withBufferRange:" (Pointer, Range), Binds(Bind::IntersectionTables);
    COMPUTE, c"setAccelerationStructure:atBufferIndex:" (Id, usize), Binds(Bind::Acceleration);
    COMPUTE, c"setTexture:atIndex:" (Id, usize), Binds(Bind::Texture);
    COMPUTE, c"setTextures:withRange:" (Pointer, Range), Binds(Bind::Textures);
    COMPUTE, c"setSamplerState:atIndex:" (Id, usize), Binds(Bind::Sampler);
    COMPUTE, c"setSamplerStates:withRange:" (Pointer, Range), Binds(Bind::Samplers);
    COMPUTE, c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Binds(Bind::SamplerClamps);
    COMPUTE,
        c"setSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Binds(Bind::SamplersClamps);
    COMPUTE | COMPUTE4, c"setThreadgroupMemoryLength:atIndex:" (usize, usize), Binds(Bind::ThreadgroupMemory);
    COMPUTE | COMPUTE4, c"setImageblockWidth:height:" (usize, usize), Binds(Bind::Imageblock);
    COMPUTE, c"setStageInRegion:" (Region), Binds(Bind::StageIn);
    COMPUTE, c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:" (Id, usize), Binds(Bind::StageInIndirect);
    COMPUTE | COMPUTE4, c"dispatchThreadgroups:threadsPerThreadgroup:" (Size, Size), Locked(Dispatch);
    COMPUTE,
        c"dispatchThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerThreadgroup:"
        (Id, usize, Size), Locked(Dispatch);
    COMPUTE | COMPUTE4, c"dispatchThreads:threadsPerThreadgroup:" (Size, Size), Locked(Dispatch);
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, c"updateFence:" (Id), Locked(Encode);
    COMPUTE | BLIT | RESOURCE_STATE | ACCELERATION, c"waitForFence:" (Id), Locked(Encode);
    COMPUTE | RENDER | ACCELERATION, c"useResource:usage:" (Id, usize), Uses(Use::Resource);
    COMPUTE | RENDER | ACCELERATION, c"useResources:count:usage:" (Pointer, usize, usize), Uses(Use::Resources);
    COMPUTE | RENDER | ACCELERATION, c"useHeap:" (Id), Uses(Use::Heap);
    COMPUTE | RENDER | ACCELERATION, c"useHeaps:count:" (Pointer, usize), Uses(Use::Heaps);
    COMPUTE | RENDER | COMPUTE4 | RENDER4,
        c"executeCommandsInBuffer:withRange:"
        (Id, Range), Locked(Dispatch);
    COMPUTE | RENDER,
        c"executeCommandsInBuffer:indirectBuffer:indirectBufferOffset:"
        (Id, Id, usize), Locked(Dispatch);
    COMPUTE, c"memoryBarrierWithScope:" (usize), Locked(Encode);
    COMPUTE, c"memoryBarrierWithResources:count:" (Pointer, usize), Locked(Encode);
    COMPUTE | BLIT | RENDER | ACCELERATION,
        c"sampleCountersInBuffer:atSampleIndex:withBarrier:"
        (Id, usize, Bool), Locked(Dispatch);

    // MTLBlitCommandEncoder
    BLIT, c"synchronizeResource:" (Id), Locked(Dispatch);
    BLIT, c"synchronizeTexture:slice:level:" (Id, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:sourceBytesPerRow:sourceBytesPerImage:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:options:"
        (Id, usize, usize, usize, Size, Id, usize, usize, Origin, usize), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toBuffer:destinationOffset:destinationBytesPerRow:destinationBytesPerImage:options:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"generateMipmapsForTexture:" (Id), Locked(Dispatch);
    BLIT | COMPUTE4, c"fillBuffer:range:value:" (Id, Range, u8), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromTexture:sourceSlice:sourceLevel:toTexture:destinationSlice:destinationLevel:sliceCount:levelCount:"
        (Id, usize, usize, Id, usize, usize, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"copyFromTexture:toTexture:" (Id, Id), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:"
        (Id, usize, Id, usize, usize), Locked(Dispatch);
    BLIT,
        c"getTextureAccessCounters:region:mipLevel:slice:resetCounters:countersBuffer:countersBufferOffset:"
        (Id, Region, usize, usize, Bool, Id, usize), Locked(Dispatch);
    BLIT, c"resetTextureAccessCounters:region:mipLevel:slice:" (Id, Region, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"optimizeContentsForGPUAccess:" (Id), Locked(Dispatch);
    BLIT | COMPUTE4, c"optimizeContentsForGPUAccess:slice:level:" (Id, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"optimizeContentsForCPUAccess:" (Id), Locked(Dispatch);
    BLIT | COMPUTE4, c"optimizeContentsForCPUAccess:slice:level:" (Id, usize, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"resetCommandsInBuffer:withRange:" (Id, Range), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyIndirectCommandBuffer:sourceRange:destination:destinationIndex:"
        (Id, Range, Id, usize), Locked(Dispatch);
    BLIT | COMPUTE4, c"optimizeIndirectCommandBuffer:withRange:" (Id, Range), Locked(Dispatch);
    BLIT,
        c"resolveCounters:inRange:destinationBuffer:destinationOffset:"
        (Id, Range, Id, usize), Locked(Dispatch);
    BLIT | COMPUTE4,
        c"copyFromTensor:sourceOrigin:sourceDimensions:toTensor:destinationOrigin:destinationDimensions:"
        (Id, Id, Id, Id, Id, Id), Locked(Dispatch);

    // MTLRenderCommandEncoder
    RENDER | RENDER4, c"setRenderPipelineState:" (Id), Locked(Encode);
    RENDER, c"setVertexBytes:length:atIndex:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"setVertexBuffer:offset:atIndex:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setVertexBufferOffset:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setVertexBuffers:offsets:withRange:" (Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setVertexBuffer:offset:attributeStride:atIndex:" (Id, usize, usize, usize), Locked(Encode);
    RENDER,
        c"setVertexBuffers:offsets:attributeStrides:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setVertexBufferOffset:attributeStride:atIndex:" (usize, usize, usize), Locked(Encode);
    RENDER, c"setVertexBytes:length:attributeStride:atIndex:" (Pointer, usize, usize, usize), Locked(Encode);
    RENDER, c"setVertexTexture:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setVertexTextures:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setVertexSamplerState:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setVertexSamplerStates:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setVertexSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Locked(Encode);
    RENDER,
        c"setVertexSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setVertexVisibleFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setVertexVisibleFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setVertexIntersectionFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setVertexIntersectionFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setVertexAccelerationStructure:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER | RENDER4, c"setViewport:" (Viewport), Locked(Encode);
    RENDER | RENDER4, c"setViewports:count:" (Pointer, usize), Locked(Encode);
    RENDER | RENDER4, c"setFrontFacingWinding:" (usize), Locked(Encode);
    RENDER | RENDER4, c"setVertexAmplificationCount:viewMappings:" (usize, Pointer), Locked(Encode);
    RENDER | RENDER4, c"setCullMode:" (usize), Locked(Encode);
    RENDER | RENDER4, c"setDepthClipMode:" (usize), Locked(Encode);
    RENDER | RENDER4, c"setDepthBias:slopeScale:clamp:" (f32, f32, f32), Locked(Encode);
    RENDER | RENDER4, c"setDepthTestMinBound:maxBound:" (f32, f32), Locked(Encode);
    RENDER | RENDER4, c"setScissorRect:" (ScissorRect), Locked(Encode);
    RENDER | RENDER4, c"setScissorRects:count:" (Pointer, usize), Locked(Encode);
    RENDER | RENDER4, c"setTriangleFillMode:" (usize), Locked(Encode);
    RENDER, c"setFragmentBytes:length:atIndex:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"setFragmentBuffer:offset:atIndex:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setFragmentBufferOffset:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setFragmentBuffers:offsets:withRange:" (Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentTexture:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setFragmentTextures:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentSamplerState:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setFragmentSamplerStates:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Locked(Encode);
    RENDER,
        c"setFragmentSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentVisibleFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setFragmentVisibleFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentIntersectionFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setFragmentIntersectionFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setFragmentAccelerationStructure:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER | RENDER4, c"setBlendColorRed:green:blue:alpha:" (f32, f32, f32, f32), Locked(Encode);
    RENDER | RENDER4, c"setDepthStencilState:" (Id), Locked(Encode);
    RENDER | RENDER4, c"setStencilReferenceValue:" (u32), Locked(Encode);
    RENDER | RENDER4, c"setStencilFrontReferenceValue:backReferenceValue:" (u32, u32), Locked(Encode);
    RENDER | RENDER4, c"setVisibilityResultMode:offset:" (usize, usize), Locked(Encode);
    RENDER | PARALLEL | RENDER4, c"setColorStoreAction:atIndex:" (usize, usize), Locked(Encode);
    RENDER | PARALLEL | RENDER4, c"setDepthStoreAction:" (usize), Locked(Encode);
    RENDER | PARALLEL | RENDER4, c"setStencilStoreAction:" (usize), Locked(Encode);
    RENDER | PARALLEL, c"setColorStoreActionOptions:atIndex:" (usize, usize), Locked(Encode);
    RENDER | PARALLEL, c"setDepthStoreActionOptions:" (usize), Locked(Encode);
    RENDER | PARALLEL, c"setStencilStoreActionOptions:" (usize), Locked(Encode);
    RENDER, c"setObjectBytes:length:atIndex:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"setObjectBuffer:offset:atIndex:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setObjectBufferOffset:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setObjectBuffers:offsets:withRange:" (Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setObjectTexture:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setObjectTextures:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setObjectSamplerState:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setObjectSamplerStates:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setObjectSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Locked(Encode);
    RENDER,
        c"setObjectSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER | RENDER4, c"setObjectThreadgroupMemoryLength:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setMeshBytes:length:atIndex:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"setMeshBuffer:offset:atIndex:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setMeshBufferOffset:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setMeshBuffers:offsets:withRange:" (Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setMeshTexture:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setMeshTextures:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setMeshSamplerState:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setMeshSamplerStates:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setMeshSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Locked(Encode);
    RENDER,
        c"setMeshSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER | RENDER4,
        c"drawMeshThreadgroups:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), Locked(Dispatch);
    RENDER | RENDER4,
        c"drawMeshThreads:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Size, Size, Size), Locked(Dispatch);
    RENDER,
        c"drawMeshThreadgroupsWithIndirectBuffer:indirectBufferOffset:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (Id, usize, Size, Size), Locked(Dispatch);
    RENDER | RENDER4,
        c"drawPrimitives:vertexStart:vertexCount:instanceCount:"
        (usize, usize, usize, usize), Locked(Dispatch);
    RENDER | RENDER4, c"drawPrimitives:vertexStart:vertexCount:" (usize, usize, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:"
        (usize, usize, usize, Id, usize, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:"
        (usize, usize, usize, Id, usize), Locked(Dispatch);
    RENDER | RENDER4,
        c"drawPrimitives:vertexStart:vertexCount:instanceCount:baseInstance:"
        (usize, usize, usize, usize, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferOffset:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, Id, usize, usize, isize, usize), Locked(Dispatch);
    RENDER, c"drawPrimitives:indirectBuffer:indirectBufferOffset:" (usize, Id, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPrimitives:indexType:indexBuffer:indexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, usize, Id, usize, Id, usize), Locked(Dispatch);
    RENDER, c"textureBarrier" (), Locked(Encode);
    RENDER, c"updateFence:afterStages:" (Id, usize), Locked(Encode);
    RENDER, c"waitForFence:beforeStages:" (Id, usize), Locked(Encode);
    RENDER, c"setTessellationFactorBuffer:offset:instanceStride:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setTessellationFactorScale:" (f32), Locked(Encode);
    RENDER,
        c"drawPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, usize, usize), Locked(Dispatch);
    RENDER,
        c"drawPatches:patchIndexBuffer:patchIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPatches:patchStart:patchCount:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:instanceCount:baseInstance:"
        (usize, usize, usize, Id, usize, Id, usize, usize, usize), Locked(Dispatch);
    RENDER,
        c"drawIndexedPatches:patchIndexBuffer:patchIndexBufferOffset:controlPointIndexBuffer:controlPointIndexBufferOffset:indirectBuffer:indirectBufferOffset:"
        (usize, Id, usize, Id, usize, Id, usize), Locked(Dispatch);
    RENDER | RENDER4, c"tileWidth" () -> usize, Leave(CONSTANT);
    RENDER | RENDER4, c"tileHeight" () -> usize, Leave(CONSTANT);
    RENDER, c"setTileBytes:length:atIndex:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"setTileBuffer:offset:atIndex:" (Id, usize, usize), Locked(Encode);
    RENDER, c"setTileBufferOffset:atIndex:" (usize, usize), Locked(Encode);
    RENDER, c"setTileBuffers:offsets:withRange:" (Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setTileTexture:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setTileTextures:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setTileSamplerState:atIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setTileSamplerStates:withRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setTileSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (Id, f32, f32, usize), Locked(Encode);
    RENDER,
        c"setTileSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
        (Pointer, Pointer, Pointer, Range), Locked(Encode);
    RENDER, c"setTileVisibleFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setTileVisibleFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setTileIntersectionFunctionTable:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER, c"setTileIntersectionFunctionTables:withBufferRange:" (Pointer, Range), Locked(Encode);
    RENDER, c"setTileAccelerationStructure:atBufferIndex:" (Id, usize), Locked(Encode);
    RENDER | RENDER4, c"dispatchThreadsPerTile:" (Size), Locked(Dispatch);
    RENDER | RENDER4, c"setThreadgroupMemoryLength:offset:atIndex:" (usize, usize, usize), Locked(Encode);
    RENDER, c"useResource:usage:stages:" (Id, usize, usize), Locked(Encode);
    RENDER, c"useResources:count:usage:stages:" (Pointer, usize, usize, usize), Locked(Encode);
    RENDER, c"useHeap:stages:" (Id, usize), Locked(Encode);
    RENDER, c"useHeaps:count:stages:" (Pointer, usize, usize), Locked(Encode);
    RENDER, c"memoryBarrierWithScope:afterStages:beforeStages:" (usize, usize, usize), Locked(Encode);
    RENDER,
        c"memoryBarrierWithResources:count:afterStages:beforeStages:"
        (Pointer, usize, usize, usize), Locked(Encode);
    RENDER | RENDER4, c"setColorAttachmentMap:" (Id), Locked(Encode);

    // MTLParallelRenderCommandEncoder
    PARALLEL, c"renderCommandEncoder" () -> Id, OpensSubEncoder;

    // MTLResourceStateCommandEncoder
    RESOURCE_STATE,
        c"updateTextureMappings:mode:regions:mipLevels:slices:numRegions:"
        (Id, usize, Pointer, Pointer, Pointer, usize), Locked(Dispatch);
    RESOURCE_STATE,
        c"updateTextureMapping:mode:region:mipLevel:slice:"
        (Id, usize, Region, usize, usize), Locked(Dispatch);
    RESOURCE_STATE,
        c"updateTextureMapping:mode:indirectBuffer:indirectBufferOffset:"
        (Id, usize, Id, usize), Locked(Dispatch);
    RESOURCE_STATE,
        c"moveTextureMappingsFromTexture:sourceSlice:sourceLevel:sourceOrigin:sourceSize:toTexture:destinationSlice:destinationLevel:destinationOrigin:"
        (Id, usize, usize, Origin, Size, Id, usize, usize, Origin), Locked(Dispatch);

    // MTLAccelerationStructureCommandEncoder
    ACCELERATION,
        c"buildAccelerationStructure:descriptor:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, usize), Locked(Dispatch);
    ACCELERATION,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:"
        (Id, Id, Id, Id, usize), Locked(Dispatch);
    ACCELERATION,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:scratchBufferOffset:options:"
        (Id, Id, Id, Id, usize, usize), Locked(Dispatch);
    ACCELERATION | COMPUTE4, c"copyAccelerationStructure:toAccelerationStructure:" (Id, Id), Locked(Dispatch);
    ACCELERATION,
        c"writeCompactedAccelerationStructureSize:toBuffer:offset:"
        (Id, Id, usize), Locked(Dispatch);
    ACCELERATION,
        c"writeCompactedAccelerationStructureSize:toBuffer:offset:sizeDataType:"
        (Id, Id, usize, usize), Locked(Dispatch);
    ACCELERATION | COMPUTE4,
        c"copyAndCompactAccelerationStructure:toAccelerationStructure:"
        (Id, Id), Locked(Dispatch);

    // MTL4CommandQueue
    QUEUE4, c"commit:count:" (Pointer, usize), CommitsList;
    QUEUE4, c"commit:count:options:" (Pointer, usize, Id), CommitsList;
    QUEUE4, c"signalEvent:value:" (Id, u64), Leave(THREAD_SAFE);
    QUEUE4, c"waitForEvent:value:" (Id, u64), Leave(THREAD_SAFE);
    QUEUE4, c"signalDrawable:" (Id), Leave(THREAD_SAFE);
    QUEUE4, c"waitForDrawable:" (Id), Leave(THREAD_SAFE);
    QUEUE4, c"updateTextureMappings:heap:operations:count:" (Id, Id, Pointer, usize), Leave(THREAD_SAFE);
    QUEUE4,
        c"copyTextureMappingsFromTexture:toTexture:operations:count:"
        (Id, Id, Pointer, usize), Leave(THREAD_SAFE);
    QUEUE4, c"updateBufferMappings:heap:operations:count:" (Id, Id, Pointer, usize), Leave(THREAD_SAFE);
    QUEUE4,
        c"copyBufferMappingsFromBuffer:toBuffer:operations:count:"
        (Id, Id, Pointer, usize), Leave(THREAD_SAFE);

    // MTL4CommandAllocator
    ALLOCATOR4, c"allocatedSize" () -> u64, Locked(Access);
    ALLOCATOR4, c"reset" (), Locked(Access);

    // MTL4CommandBuffer
    BUFFER4, c"beginCommandBufferWithAllocator:" (Id), Begins;
    BUFFER4, c"beginCommandBufferWithAllocator:options:" (Id, Id), Begins;
    BUFFER4, c"endCommandBuffer" (), Locked(CallKind::Commit);
    BUFFER4, c"renderCommandEncoderWithDescriptor:options:" (Id, usize) -> Id, OpensEncoder(Role::Render4);
    BUFFER4, c"machineLearningCommandEncoder" () -> Id, OpensEncoder(Role::MachineLearning4);
    BUFFER4, c"writeTimestampIntoHeap:atIndex:" (Id, usize), Locked(Access);
    BUFFER4,
        c"resolveCounterHeap:withRange:intoBuffer:waitFence:updateFence:"
        (Id, Range, BufferRange4, Id, Id), Locked(Access);

    // MTL4CommandEncoder
    ENCODER4, c"commandBuffer" () -> Id, Leave(CONSTANT);
    ENCODER4,
        c"barrierAfterQueueStages:beforeStages:visibilityOptions:"
        (usize, usize, usize), Locked(Encode);
    ENCODER4,
        c"barrierAfterStages:beforeQueueStages:visibilityOptions:"
        (usize, usize, usize), Locked(Encode);
    ENCODER4,
        c"barrierAfterEncoderStages:beforeEncoderStages:visibilityOptions:"
        (usize, usize, usize), Locked(Encode);
    ENCODER4, c"updateFence:afterEncoderStages:" (Id, usize), Locked(Encode);
    ENCODER4, c"waitForFence:beforeEncoderStages:" (Id, usize), Locked(Encode);

    // MTL4ComputeCommandEncoder
    COMPUTE4, c"stages" () -> usize, Leave(CONSTANT);
    COMPUTE4, c"dispatchThreadgroupsWithIndirectBuffer:threadsPerThreadgroup:" (u64, Size), Locked(Dispatch);
    COMPUTE4, c"dispatchThreadsWithIndirectBuffer:" (u64), Locked(Dispatch);
    COMPUTE4 | RENDER4, c"executeCommandsInBuffer:indirectBuffer:" (Id, u64), Locked(Dispatch);
    COMPUTE4 | MACHINE_LEARNING4, c"setArgumentTable:" (Id), Binds(Bind::ArgumentTable);
    COMPUTE4,
        c"buildAccelerationStructure:descriptor:scratchBuffer:"
        (Id, Id, BufferRange4), Locked(Dispatch);
    COMPUTE4,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:"
        (Id, Id, Id, BufferRange4), Locked(Dispatch);
    COMPUTE4,
        c"refitAccelerationStructure:descriptor:destination:scratchBuffer:options:"
        (Id, Id, Id, BufferRange4, usize), Locked(Dispatch);
    COMPUTE4, c"writeCompactedAccelerationStructureSize:toBuffer:" (Id, BufferRange4), Locked(Dispatch);
    COMPUTE4, c"writeTimestampWithGranularity:intoHeap:atIndex:" (isize, Id, usize), Locked(Dispatch);

    // MTL4RenderCommandEncoder
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:"
        (usize, usize, usize, u64, usize), Locked(Dispatch);
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:"
        (usize, usize, usize, u64, usize, usize), Locked(Dispatch);
    RENDER4,
        c"drawIndexedPrimitives:indexCount:indexType:indexBuffer:indexBufferLength:instanceCount:baseVertex:baseInstance:"
        (usize, usize, usize, u64, usize, usize, isize, usize), Locked(Dispatch);
    RENDER4, c"drawPrimitives:indirectBuffer:" (usize, u64), Locked(Dispatch);
    RENDER4,
        c"drawIndexedPrimitives:indexType:indexBuffer:indexBufferLength:indirectBuffer:"
        (usize, usize, u64, usize, u64), Locked(Dispatch);
    RENDER4,
        c"drawMeshThreadgroupsWithIndirectBuffer:threadsPerObjectThreadgroup:threadsPerMeshThreadgroup:"
        (u64, Size, Size), Locked(Dispatch);
    RENDER4, c"setArgumentTable:atStages:" (Id, usize), Locked(Encode);
    RENDER4,
        c"writeTimestampWithGranularity:afterStage:intoHeap:atIndex:"
        (isize, usize, Id, usize), Locked(Dispatch);

    // MTL4MachineLearningCommandEncoder
    MACHINE_LEARNING4, c"setPipelineState:" (Id), Locked(Encode);
    MACHINE_LEARNING4, c"dispatchNetworkWithIntermediatesHeap:" (Id), Locked(Dispatch);

    // Teardown. The first two are the AGX driver's own (AGXMetalG16X 329.2); other drivers do not have them
    ENCODER | ENCODER4, c"deferredEndEncoding" (), Locked(Teardown);
    ENCODER | ENCODER4, c"destroyImpl" (), Locked(Teardown);
    ENCODER | ENCODER4, c"release" (), Releases;
    ENCODER | ENCODER4 | ALLOCATOR4, c"dealloc" (), Locked(Free);
    BUFFER | BUFFER4, c"dealloc" (), FreesBuffer;
    } };
}
pub(crate) use rows;
