// comfy/ holds all that knows ComfyUI: its graph, its history, the node's own view. Its files may import the editor; the editor never imports them.

// The prompt that the host writes into what it saves. PNG, WebP and MP4 keep it in different boxes but always as plain JSON text, so it is
// found as text: no container is parsed.

/** A prompt in the API format: nodes by their id. Read from files, so nothing is sure beyond the shape. @typedef {Record<string, {class_type?: unknown, inputs?: Record<string, unknown>}|undefined>} Prompt */

const MAX_JSON = 6 * 1024 * 1024;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MARK = [...'"class_type"'].map((c) => c.charCodeAt(0));

/**
 * The API-format prompt inside of a file's bytes, or null.
 * @param {Uint8Array} bytes a whole file, or its beginning or end
 * @returns {Prompt|null}
 */
export function embeddedPrompt(bytes) {
  let at = indexOf(bytes, MARK, 0);
  while (at >= 0) {
    const start = outermost(bytes, at);
    const end = start < 0 ? -1 : closing(bytes, start);
    if (end > at) {
      const found = parse(bytes.subarray(start, end + 1));
      if (found) return found;
    }
    at = indexOf(bytes, MARK, Math.max(at, end) + 1);
  }
  return null;
}

/** A prompt is an object of nodes that have a class. @param {Uint8Array} bytes @returns {Prompt|null} */
function parse(bytes) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(new TextDecoder().decode(bytes));
    if (!value || typeof value !== "object" || Array.isArray(value)) return null;
    const prompt = /** @type {Prompt} */ (value);
    return Object.values(prompt).some((node) => typeof node?.class_type === "string") ? prompt : null;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes @param {readonly number[]} mark @param {number} from */
function indexOf(bytes, mark, from) {
  outer: for (let i = bytes.indexOf(mark[0], from); i >= 0; i = bytes.indexOf(mark[0], i + 1)) {
    for (let k = 1; k < mark.length; k++) if (bytes[i + k] !== mark[k]) continue outer;
    return i;
  }
  return -1;
}

/** The first brace of the run of text around `at`: text ends at a control character that JSON never holds raw. @param {Uint8Array} bytes @param {number} at */
function outermost(bytes, at) {
  let first = at;
  const least = Math.max(0, at - MAX_JSON);
  while (first > least && isText(bytes[first - 1])) first--;
  const brace = bytes.indexOf(OPEN, first);
  return brace >= 0 && brace < at ? brace : -1;
}

const isText = (/** @type {number} */ byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the brace at `start` is closed; -1 nowhere. @param {Uint8Array} bytes @param {number} start */
function closing(bytes, start) {
  let depth = 0;
  let quoted = false;
  const most = Math.min(bytes.length, start + MAX_JSON);
  for (let i = start; i < most; i++) {
    const byte = bytes[i];
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return i;
  }
  return -1;
}
