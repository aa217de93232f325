// JSON as tools and people really write it: strict first, then Python's spelling of the same values, then several values in a row; and coordinate strings that come joined.
// The rules are those of wan_move_core/motion/formats/text.py.

import { parseBounded } from '../document/document.mjs';

const MOST_TEXT = 64 * 1024 * 1024;
const MOST_LINES = 20_000;
// Unfinished strings reach to the end, so that the scan stays linear; the parser then refuses them.
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"?|'([^'\\]*(?:\\[^][^'\\]*)*)'?|-?\b(True|False|None|NaN|nan|Infinity|inf)\b/g;
const QUOTED_OR_BRACKET = /"[^"\\]*(?:\\[^][^"\\]*)*"?|[[\]{}]/g;
/** What may stand between joined texts. */
const DELIMITERS = /^[ \t\r\n,;|]*$/;
/** @type {Readonly<Record<string, string>>} */
const WORDS = { True: 'true', False: 'false' };

/** The text of a file: UTF-16 where its mark says so (spreadsheets' "Unicode text"), else UTF-8. @param {Uint8Array} bytes */
export function textOf(bytes) {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(mark).decode(bytes);
}

/** Throws RangeError, that of the strict reading, for what is no JSON either way. @param {string} text @returns {{data: unknown, notes: string[]}} */
export function parseTolerant(text) {
  try {
    return { data: parseBounded(text, MOST_TEXT), notes: [] };
  } catch (strict) {
    if (text.length > MOST_TEXT) throw strict;
    const translated = text.replace(TOKEN, (all, single, word) => {
      if (single !== undefined) return `"${single.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
      return word === undefined ? all : (WORDS[word] ?? 'null');
    });
    if (translated !== text) {
      try {
        return { data: parseBounded(translated, 2 * MOST_TEXT), notes: ['Not strict JSON: Single quotes or Python\'s words; read all the same.'] };
      } catch {
        // Perhaps one value a line.
      }
    }
    const lines = byLine(translated);
    const parts = lines ?? inARow(translated);
    if (!parts) throw strict;
    const data = parts.every(Array.isArray) ? parts.flatMap(tracksOf) : parts;
    return { data, notes: [`${parts.length} JSON values, ${lines ? 'one a line' : 'one behind the other'}, read as one list.`] };
  }
}

/** Every line's value (JSONL, or strings pasted below each other, also with commas between); null for others. @param {string} text @returns {unknown[]|null} */
function byLine(text) {
  const lines = text.split(/\r\n|[\n\r]/).map((line) => line.trim().replace(/,$/, '')).filter(Boolean);
  if (lines.length < 2 || lines.length > MOST_LINES || !lines.every((line) => '[{"'.includes(line[0]))) return null;
  try {
    return lines.map((line) => parseBounded(line, MOST_TEXT));
  } catch {
    return null;
  }
}

/** The lists or objects that follow each other, delimited or not; null for others. @param {string} text @returns {unknown[]|null} */
function inARow(text) {
  /** @type {string[]} */
  const pieces = [];
  let [depth, start, end] = [0, 0, 0];
  for (const { 0: token, index } of text.matchAll(QUOTED_OR_BRACKET)) {
    if (token === '[' || token === '{') {
      if (!depth) {
        start = index;
        if (!DELIMITERS.test(text.slice(end, start))) return null;
      }
      depth += 1;
    } else if (token === ']' || token === '}') {
      depth -= 1;
      if (depth < 0 || pieces.length >= MOST_LINES) return null;
      if (!depth) {
        end = index + 1;
        pieces.push(text.slice(start, end));
      }
    }
  }
  if (depth || pieces.length < 2 || !DELIMITERS.test(text.slice(end))) return null;
  try {
    return pieces.map((piece) => parseBounded(piece, MOST_TEXT));
  } catch {
    return null;
  }
}

/** The tracks of all texts in `parts` as one list; null where `parts` is no list of texts. Throws RangeError naming the text that is no JSON. @param {unknown} parts @param {number} [depth] @returns {unknown[]|null} */
export function joined(parts, depth = 0) {
  if (!Array.isArray(parts) || depth > 3 || !parts.some((part) => typeof part === 'string')) return null;
  if (parts.length > MOST_LINES) throw new RangeError(`${parts.length} texts of coordinates: give fewer tracks`);
  return parts.flatMap((part, i) => {
    let value = part;
    if (typeof part === 'string') {
      if (!part.trim()) return [];
      try {
        value = parseTolerant(part).data;
      } catch (error) {
        throw new RangeError(`text ${i + 1} of the list holds no points: ${/** @type {Error} */ (error).message}`);
      }
    }
    if (typeof value === 'string') value = [value];
    return tracksOf(joined(value, depth + 1) ?? value);
  });
}

/** The tracks of one coordinate string: a flat list of points is one. @param {unknown} value @returns {unknown[]} */
function tracksOf(value) {
  if (!Array.isArray(value)) throw new RangeError(`a ${value === null ? 'null' : typeof value} among coordinate strings, which holds no points: give lists of {x, y}`);
  const first = value.find((item) => item !== null);
  const flat = (first !== null && typeof first === 'object' && !Array.isArray(first)) || (Array.isArray(first) && typeof first[0] === 'number');
  return flat ? [value] : value;
}
