// attention_access — load_NAME and store_NAME for the tensors a kernel binds, four elements at a time
//
// Shapes    a row starts at element `row` (counted in Elements) and is `width` f32s wide; quad d is
//           elements 4d .. 4d+3 of it. Loads give zeros past the width; stores leave it alone.
// Launch    prepended by attention.ts; READ and WRITTEN name the bindings.
// Numerics  none. Without VEC4 (a width that is no multiple of four) each element goes alone.
// Gradient  none.
// Source    ours

//#repeat t READ
//#if VEC4
fn load_$t(row: u32, d: u32, width: u32) -> vec4f { return $t[row + d]; }
//#else
fn load_$t(row: u32, d: u32, width: u32) -> vec4f {
  let e = row + 4 * d;
  let left = width - 4 * d;
  return vec4f(
    $t[e],
    select(0.0, $t[e + 1], left > 1),
    select(0.0, $t[e + 2], left > 2),
    select(0.0, $t[e + 3], left > 3),
  );
}
//#end
//#end
//#repeat t WRITTEN
//#if VEC4
fn store_$t(row: u32, d: u32, width: u32, value: vec4f) { $t[row + d] = value; }
//#else
fn store_$t(row: u32, d: u32, width: u32, value: vec4f) {
  let e = row + 4 * d;
  let left = width - 4 * d;
  $t[e] = value.x;
  if (left > 1) { $t[e + 1] = value.y; }
  if (left > 2) { $t[e + 2] = value.z; }
  if (left > 3) { $t[e + 3] = value.w; }
}
//#end
//#end
