// zlib data through the platform's own streams (their "deflate" is zlib's framing), so both directions are asynchronous and belong at the edges.

/** What a slice can grow to is all that waits in memory: 1,032 times this. */
const SLICE = 4096;

/** @param {Uint8Array<ArrayBuffer>} data @returns {Promise<Uint8Array<ArrayBuffer>>} zlib format */
export async function deflate(data) {
  return new Uint8Array(await new Response(slices(data).pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
}

/**
 * Stops reading as soon as there is more than `size`, so that a small text cannot fill the memory.
 * @param {Uint8Array<ArrayBuffer>} data zlib format @param {number} size exact length of the result in bytes: more or less is an error
 * @returns {Promise<Uint8Array<ArrayBuffer>>} Rejects with RangeError, a sentence. */
export async function inflate(data, size) {
  if (data.length < 6 || (data[0] & 15) !== 8 || ((data[0] << 8) | data[1]) % 31 !== 0 || data[1] & 32) throw new RangeError('the compressed data is not zlib');
  const reader = slices(data).pipeThrough(new DecompressionStream('deflate')).getReader();
  const out = new Uint8Array(size);
  let at = 0;
  for (;;) {
    // The stream checks the checksum, the end and what follows it, and tells them apart in no common way.
    const { done, value } = await reader.read().catch(() => {
      throw new RangeError('the compressed data is damaged or ends too early');
    });
    if (done) break;
    if (at + value.length > size) {
      await reader.cancel().catch(() => {});
      throw new RangeError(`the compressed data holds more than the ${size} bytes it says`);
    }
    out.set(value, at);
    at += value.length;
  }
  if (at !== size) throw new RangeError(`the compressed data holds ${at} bytes, ${size} were expected`);
  return out;
}

/** Handed out on demand: one large piece would be unpacked whole before the first of it is read. @param {Uint8Array<ArrayBuffer>} data @returns {ReadableStream<Uint8Array<ArrayBuffer>>} */
function slices(data) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < data.length) controller.enqueue(data.subarray(at, at + SLICE));
      else controller.close();
      at += SLICE;
    },
  });
}
