// The workload's kernels: one thread an element of Y. Bytes at index 3: rows, inputs, outputs.

#include <metal_stdlib>

struct Shape {
    uint rows;
    uint inputs;
    uint outputs;
};

static float row_times_column(device const float *x, device const float *w, constant Shape &shape, uint2 at) {
    float sum = 0.0f;
    for (uint k = 0; k < shape.inputs; k++) {
        sum += x[at.y * shape.inputs + k] * w[k * shape.outputs + at.x];
    }
    return sum;
}

// Y = X * W
kernel void linear(device const float *x [[buffer(0)]], device const float *w [[buffer(1)]],
                   device float *y [[buffer(2)]], constant Shape &shape [[buffer(3)]],
                   uint2 at [[thread_position_in_grid]]) {
    y[at.y * shape.outputs + at.x] = row_times_column(x, w, shape, at);
}

// Y = max(0, X * W)
kernel void linear_relu(device const float *x [[buffer(0)]], device const float *w [[buffer(1)]],
                        device float *y [[buffer(2)]], constant Shape &shape [[buffer(3)]],
                        uint2 at [[thread_position_in_grid]]) {
    y[at.y * shape.outputs + at.x] = metal::max(0.0f, row_times_column(x, w, shape, at));
}
