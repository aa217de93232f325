// NumPy's array files, as far as tracks need them: plain numbers, nothing that could run code.

/** @typedef {{shape: number[], dtype: "f4"|"f8"|"bool", data: Float32Array|Float64Array|Uint8Array}} Npy */
/** @typedef {Npy & {whole: boolean}} NpyRead `whole`: the file holds booleans or integers */

const MAGIC = '\x93NUMPY';
const MOST_HEADER = 65536;

/**
 * f2 (widened), f4, f8, integers (widened) and bool, of either byte order and order of axes; the data come in C order. Throws RangeError with a sentence.
 * @param {ArrayBuffer|Uint8Array} content @param {{max_elements?: number}} [options] @returns {NpyRead} */
export function readNpy(content, { max_elements = 32_000_000 } = {}) {
  const bytes = content instanceof Uint8Array ? content : new Uint8Array(content);
  const { descr, fortran, shape, start } = headerOf(bytes);
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > max_elements) throw new RangeError(`this .npy file has ${count} numbers, at most ${max_elements} are read`);
  const little = !descr.startsWith('>');
  const kind = KINDS[descr.replace(/^[<>|=]/, '')];
  if (!kind) throw new RangeError(`this .npy file holds ${descr.includes('O') ? 'Python objects, which are never read' : `"${descr.slice(0, 20)}"`}: save it as float32`);
  const size = count * kind.bytes;
  if (bytes.length - start < size) throw new RangeError(`this .npy file is cut off: ${bytes.length - start} of ${size} bytes`);
  const body = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  const data = kind.dtype === 'bool' ? new Uint8Array(count) : kind.dtype === 'f4' ? new Float32Array(count) : new Float64Array(count);
  const place = fortran ? fortranOrder(shape) : null;
  for (let i = 0; i < count; i++) data[place ? place[i] : i] = kind.read(body, i * kind.bytes, little);
  return { shape, dtype: kind.dtype, whole: !/^f/.test(descr.replace(/^[<>|=]/, '')), data };
}

/** Where the numbers of a file that counts its first axis fastest belong, in order. @param {number[]} shape @returns {Uint32Array} */
function fortranOrder(shape) {
  const count = shape.reduce((a, b) => a * b, 1);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return Uint32Array.from({ length: count }, (_, i) => {
    let left = i;
    return shape.reduce((at, side, axis) => {
      const here = left % side;
      left = Math.floor(left / side);
      return at + here * strides[axis];
    }, 0);
  });
}

/** @param {Uint8Array} bytes @returns {{descr: string, fortran: boolean, shape: number[], start: number}} `start`: where the numbers begin */
function headerOf(bytes) {
  if (!isNpy(bytes)) throw new RangeError('this is no .npy file');
  if (bytes.length < 12) throw new RangeError('this .npy file ends in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  if (bytes[6] < 1 || bytes[6] > 3 || length > MOST_HEADER || start > bytes.length) throw new RangeError('this .npy file ends in its header, or its header is not one');
  return { ...parseHeader(new TextDecoder('latin1').decode(bytes.subarray(start - length, start))), start };
}

/** The shape that a file's header states, null where there is none to read. @param {Uint8Array} bytes @returns {number[]|null} */
export function npyShape(bytes) {
  try {
    return headerOf(bytes).shape;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
export function isNpy(bytes) {
  return bytes.length >= 6 && String.fromCharCode(...bytes.subarray(0, 6)) === MAGIC;
}

/** @type {Record<string, {dtype: "f4"|"f8"|"bool", bytes: number, read: (view: DataView, at: number, little: boolean) => number}>} */
const KINDS = {
  f2: { dtype: 'f4', bytes: 2, read: (v, at, le) => half(v.getUint16(at, le)) },
  f4: { dtype: 'f4', bytes: 4, read: (v, at, le) => v.getFloat32(at, le) },
  f8: { dtype: 'f8', bytes: 8, read: (v, at, le) => v.getFloat64(at, le) },
  i1: { dtype: 'f8', bytes: 1, read: (v, at, le) => v.getInt8(at) },
  u1: { dtype: 'f8', bytes: 1, read: (v, at, le) => v.getUint8(at) },
  i2: { dtype: 'f8', bytes: 2, read: (v, at, le) => v.getInt16(at, le) },
  u2: { dtype: 'f8', bytes: 2, read: (v, at, le) => v.getUint16(at, le) },
  i4: { dtype: 'f8', bytes: 4, read: (v, at, le) => v.getInt32(at, le) },
  u4: { dtype: 'f8', bytes: 4, read: (v, at, le) => v.getUint32(at, le) },
  i8: { dtype: 'f8', bytes: 8, read: (v, at, le) => Number(v.getBigInt64(at, le)) },
  u8: { dtype: 'f8', bytes: 8, read: (v, at, le) => Number(v.getBigUint64(at, le)) },
  b1: { dtype: 'bool', bytes: 1, read: (v, at) => (v.getUint8(at) ? 1 : 0) },
};

/** @param {number} bits */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14);
}

/** @param {string} text a Python dict of three known keys; read, never evaluated */
function parseHeader(text) {
  const descr = /'descr'\s*:\s*'([^']{1,20})'/.exec(text)?.[1] ?? (/'descr'\s*:\s*\[/.test(text) ? 'record' : null);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (!descr || !fortran || shape === undefined) throw new RangeError('this .npy file has no readable header');
  const sides = shape.split(',').map((s) => s.replace('L', '').trim()).filter(Boolean).map(Number);
  if (sides.length > 6 || !sides.every(Number.isSafeInteger)) throw new RangeError('this .npy file has an unreadable shape');
  return { descr, fortran: fortran === 'True', shape: sides };
}

/** @param {Npy} array @returns {Uint8Array} version 1.0 */
export function writeNpy({ shape, dtype, data }) {
  const descr = { f4: '<f4', f8: '<f8', bool: '|b1' }[dtype];
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const width = { f4: 4, f8: 8, bool: 1 }[dtype];
  const bytes = new Uint8Array(10 + length + data.length * width);
  const view = new DataView(bytes.buffer);
  const text = `${MAGIC}\x01\x00`;
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  view.setUint16(8, length, true);
  const header = `${dict.padEnd(length - 1)}\n`;
  for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i);
  const start = 10 + length;
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'f4') view.setFloat32(start + 4 * i, data[i], true);
    else if (dtype === 'f8') view.setFloat64(start + 8 * i, data[i], true);
    else bytes[start + i] = data[i] ? 1 : 0;
  }
  return bytes;
}
