// comfy/ holds all that knows ComfyUI: its graph, its history, the node's own view. Its files may import the editor; the editor never imports them.

// The prompt that the host writes into what it saves. PNG, WebP and MP4 keep it in different boxes but always as plain JSON text, so it is
// found as text: no container is parsed. Files are strangers': each byte is looked at a fixed number of times, whatever they hold.

/** A prompt in the API format: nodes by their id. Read from files, so nothing is sure beyond the shape. @typedef {Record<string, {class_type?: unknown, inputs?: Record<string, unknown>}|undefined>} Prompt */
/** What is asked of the bytes, so that a test can count. @typedef {Pick<Uint8Array, "length"|"indexOf"|"subarray"> & {readonly [index: number]: number}} Bytes */

const MAX_JSON = 6 * 1024 * 1024;
/** Texts of one file that are parsed: each is one pass, and a file that a host wrote has two. */
const MOST_TEXTS = 64;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
// Without its quotes: VideoHelperSuite writes the prompt as a string inside of an object, where each quote has a backslash before it.
const MARK = [..."class_type"].map((c) => c.charCodeAt(0));

/**
 * The API-format prompt inside of a file's bytes, or null.
 * @param {Bytes} bytes a whole file, or its beginning or end
 * @returns {Prompt|null}
 */
export function embeddedPrompt(bytes) {
  let from = 0;
  let parsed = 0;
  for (let at = indexOf(bytes, MARK, 0); at >= 0 && parsed < MOST_TEXTS; at = indexOf(bytes, MARK, Math.max(at + 1, from))) {
    const text = objectAround(bytes, at, textStart(bytes, at, from));
    from = text.end;
    if (!text.found) continue;
    parsed++;
    const prompt = parse(bytes.subarray(text.start, text.end));
    if (prompt) return prompt;
  }
  return null;
}

/** A prompt is an object of nodes that have a class; or a string or object under "prompt". @param {Uint8Array} bytes @returns {Prompt|null} */
function parse(bytes) {
  const value = jsonObject(new TextDecoder().decode(bytes));
  if (!value || isPrompt(value)) return /** @type {Prompt|null} */ (value);
  const { prompt } = value;
  const inner = typeof prompt === "string" ? jsonObject(prompt) : prompt;
  return isPrompt(inner) ? /** @type {Prompt} */ (inner) : null;
}

/** @param {unknown} value */
function isPrompt(value) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  return Object.values(value).some((node) => typeof node?.class_type === "string");
}

/** @param {string} text @returns {Record<string, unknown>|null} */
function jsonObject(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** @param {Bytes} bytes @param {readonly number[]} mark @param {number} from */
function indexOf(bytes, mark, from) {
  outer: for (let i = bytes.indexOf(mark[0], from); i >= 0; i = bytes.indexOf(mark[0], i + 1)) {
    for (let k = 1; k < mark.length; k++) if (bytes[i + k] !== mark[k]) continue outer;
    return i;
  }
  return -1;
}

/**
 * The outermost object around `at` within its run of text: text ends at a control character that JSON never holds raw.
 * @param {Bytes} bytes @param {number} at @param {number} first where the run begins, or what is left of it
 * @returns {{found: boolean, start: number, end: number}} end: up to there all was looked at
 */
function objectAround(bytes, at, first) {
  let open = 0;
  // A length that a container wrote before the text may look like a brace that nobody closes: one is passed over.
  for (let start = braceIn(bytes, first, at); start >= 0 && open < 2; ) {
    const end = closing(bytes, start) + 1;
    if (end > at) return { found: true, start, end };
    if (!end) open++;
    start = braceIn(bytes, end || start + 1, at);
  }
  return { found: false, start: first, end: open ? textEnd(bytes, at) : at + 1 };
}

/** @param {Bytes} bytes @param {number} from @param {number} to */
function braceIn(bytes, from, to) {
  for (let i = from; i < to; i++) if (bytes[i] === OPEN) return i;
  return -1;
}

/** Where the run of text around `at` begins, not before `from`. @param {Bytes} bytes @param {number} at @param {number} from */
function textStart(bytes, at, from) {
  let first = at;
  const least = Math.max(from, at - MAX_JSON);
  while (first > least && isText(bytes[first - 1])) first--;
  return first;
}

const isText = (/** @type {number} */ byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the run of text around `at` ends. @param {Bytes} bytes @param {number} at */
function textEnd(bytes, at) {
  let end = at;
  while (end < bytes.length && isText(bytes[end])) end++;
  return end;
}

/** Where the brace at `start` is closed; -1 nowhere in its run of text. @param {Bytes} bytes @param {number} start */
function closing(bytes, start) {
  let depth = 0;
  let quoted = false;
  const most = Math.min(bytes.length, start + MAX_JSON);
  for (let i = start; i < most; i++) {
    const byte = bytes[i];
    if (!isText(byte)) return -1;
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return i;
  }
  return -1;
}
