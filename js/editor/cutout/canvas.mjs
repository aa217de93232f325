// A picture made small and in L*a*b*, where distance is what an eye sees.

/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels RGBA of the whole picture, any size */
/** @typedef {{cols: number, rows: number, lab: Float32Array}} Grid lab [cols*rows*3]: CIE L*a*b*, each about 0-100 */

/** Long side of the copy that things are looked for on. */
const GRID_SIDE = 288;

/** sRGB 0-255 to linear light. */
const LINEAR = Float32Array.from({ length: 256 }, (_, v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
const cubeRoot = (/** @type {number} */ t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);

/** The picture in L*a*b* (D65), each cell the mean of what it covers. @param {Pixels} pixels @param {number} [side] @returns {Grid} */
export function gridOf({ data, width, height }, side = GRID_SIDE) {
  const scale = Math.min(1, side / Math.max(width, height));
  const [cols, rows] = [Math.max(8, Math.round(width * scale)), Math.max(8, Math.round(height * scale))];
  const lab = new Float32Array(cols * rows * 3);
  const [sx, sy] = [width / cols, height / rows];
  for (let r = 0; r < rows; r++) {
    const y0 = Math.min(height - 1, Math.floor(r * sy));
    const y1 = Math.min(height, Math.max(y0 + 1, Math.floor((r + 1) * sy)));
    for (let c = 0; c < cols; c++) {
      const x0 = Math.min(width - 1, Math.floor(c * sx));
      const x1 = Math.min(width, Math.max(x0 + 1, Math.floor((c + 1) * sx)));
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let y = y0; y < y1; y++) {
        for (let at = 4 * (y * width + x0), end = 4 * (y * width + x1); at < end; at += 4) {
          red += LINEAR[data[at]];
          green += LINEAR[data[at + 1]];
          blue += LINEAR[data[at + 2]];
        }
      }
      const share = 1 / ((x1 - x0) * (y1 - y0));
      const x = cubeRoot(((0.4124 * red + 0.3576 * green + 0.1805 * blue) * share) / 0.9505);
      const y = cubeRoot((0.2126 * red + 0.7152 * green + 0.0722 * blue) * share);
      const z = cubeRoot(((0.0193 * red + 0.1192 * green + 0.9505 * blue) * share) / 1.089);
      const at = 3 * (r * cols + c);
      lab[at] = 116 * y - 16;
      lab[at + 1] = 500 * (x - y);
      lab[at + 2] = 200 * (y - z);
    }
  }
  return { cols, rows, lab };
}
