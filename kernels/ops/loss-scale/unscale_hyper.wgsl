// unscale_hyper — what clip_factor reads, for gradients of a loss that was multiplied by a scale
//
// Shapes    hyper, y: [2] f32 = [max_norm, gradient scale]; scaler: [4] f32, the loss scale first.
// Launch    one invocation.
// Numerics  one division; by a power of two, as scales are unless asked otherwise, it is exact.
// Gradient  none.
// Source    torch.amp.GradScaler.unscale_.

@group(0) @binding(0) var<storage, read> hyper: array<f32>;
@group(0) @binding(1) var<storage, read> scaler: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(1)
fn main() {
  y[0] = hyper[0];
  y[1] = hyper[1] / scaler[0];
}
