// The draft's slow work, away from the page: what is cut out, what lies behind it, how far a lone point pulls. This module is the worker, too. Where a browser
// gives none the same steps are done in the page, a few ms at a time; the results are the same, bit for bit.

import { bendWeights } from './bend.mjs';
import { behindSteps } from './fill.mjs';
import { rimOverSurroundings } from './matte.mjs';
import { covers, cutSteps, placeBehind, readWindow } from './zones.mjs';

/** @typedef {import('./zones.mjs').Pixels} Pixels */
/** @typedef {import('./zones.mjs').Cut} Cut */
/** @typedef {import('../motion/document/types.mjs').XY} XY */
/** @typedef {import('../motion/document/types.mjs').RegionLayer} RegionLayer */
/**
 * @typedef {{key: string, size_wh: [number, number]} & (
 *   {what: "cut", own: XY[], others: XY[], region: RegionLayer|null, byColor: boolean, plain?: boolean}
 *   | {what: "place"|"fill", cut: Cut, taken: Cut[]}
 *   | {what: "bend", point: XY, travel_px: number, held: XY[], cols: number, rows: number}
 * )} Job
 */
/**
 * What each kind of job gives.
 * @typedef {object} Results
 * @property {Cut|null} cut
 * @property {ReturnType<typeof placeBehind>} place
 * @property {import('./fill.mjs').Behind} fill
 * @property {Float32Array} bend
 */
/**
 * @typedef {object} Crew
 * @property {(pixels: Pixels) => void} setPixels what was asked of others is dropped
 * @property {(jobs: Job[]) => void} want these and no others, the first one first
 * @property {() => boolean} goOn give the work its time; whether something was delivered since the last call
 * @property {() => void} end
 */

/** A rim so many times sharper than what lies around sets a thing apart. */
const STANDS_OUT = 2;
/** Script time of one round in the page. */
const ROUND_MS = 8;
/** The worker listens so often. */
const LISTEN_MS = 30;
/** A worker without work is let go of. */
const IDLE_MS = 8000;

/** Whether a cut's rim stands out: a half of a face is nothing to offer as a thing. @param {Pixels} pixels @param {import('../motion/document/types.mjs').Doc} doc @param {Cut} cut */
export function isPlain(pixels, doc, { box, cols, rows, alpha }) {
  return rimOverSurroundings(readWindow(pixels, doc, box, cols, rows), alpha, new Float32Array(alpha.length), Infinity) >= STANDS_OUT;
}

/** @param {Pixels} pixels @param {Job} job @returns {Generator<void, Results[keyof Results]>} */
export function* jobSteps(pixels, job) {
  // Of a document nothing but its size is asked here.
  const doc = /** @type {import('../motion/document/types.mjs').Doc} */ ({ size_wh: job.size_wh });
  if (job.what === 'cut') {
    const cut = yield* cutSteps(pixels, doc, job.own, job.others, job.region, job.byColor);
    return cut && job.plain && !isPlain(pixels, doc, cut) ? null : cut;
  }
  if (job.what === 'bend') return bendWeights(readWindow(pixels, doc, [0, 0, ...job.size_wh], job.cols, job.rows), job.size_wh, job.point, job.travel_px, job.held);
  const taken = (/** @type {number} */ x, /** @type {number} */ y) => job.taken.some((one) => covers(one, x, y));
  return job.what === 'place' ? placeBehind(pixels, doc, job.cut, taken) : yield* behindSteps(pixels, doc, job.cut, taken);
}

/** @param {(job: Job, result: Results[keyof Results]) => void} deliver @param {{alone?: boolean}} [options] alone: in the page, as where there are no workers @returns {Crew} */
export function createCrew(deliver, { alone = typeof Worker !== 'function' } = {}) {
  /** @type {Pixels|null} */
  let pixels = null;
  /** @type {Job[]} */
  let wanted = [];
  /** Work in the page, by key. @type {Map<string, Generator<void, Results[keyof Results]>>} */
  let begun = new Map();
  /** @type {Worker|null} */
  let worker = null;
  /** @type {{id: number, job: Job}|null} */
  let out = null;
  let serial = 0;
  let news = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let idle;
  /** @type {Error|null} */
  let fault = null;

  /** @param {Job} job @param {Results[keyof Results]} result */
  function arrived(job, result) {
    wanted = wanted.filter((one) => one.key !== job.key);
    news = true;
    deliver(job, result);
  }

  function start() {
    try {
      worker = new Worker(new URL('./crew.mjs', import.meta.url), { type: 'module', name: 'wan-move draft' });
    } catch {
      alone = true;
      return;
    }
    worker.addEventListener('message', ({ data }) => {
      const asked = out;
      if (!asked || asked.id !== data.id) return;
      const { job } = asked;
      out = null;
      if (data.error) fault = new Error(data.error);
      else arrived(job, data.result);
      next();
    });
    worker.addEventListener('error', () => {
      // Forbidden, or not to be loaded: the page does it.
      alone = true;
      stop();
    });
    worker.postMessage({ pixels });
  }

  function stop() {
    clearTimeout(idle);
    worker?.terminate();
    worker = null;
    out = null;
  }

  function next() {
    if (alone || !pixels) return;
    clearTimeout(idle);
    const [first] = wanted;
    if (out && wanted.some((one) => one.key === out?.job.key)) return;
    if (!first) {
      if (out) worker?.postMessage({ drop: out.id });
      out = null;
      if (worker) idle = setTimeout(stop, IDLE_MS);
      return;
    }
    if (!worker) start();
    out = { id: ++serial, job: first };
    worker?.postMessage(out);
  }

  return {
    setPixels(given) {
      pixels = given;
      wanted = [];
      begun = new Map();
      out = null;
      worker?.postMessage({ pixels });
    },
    want(jobs) {
      wanted = jobs;
      for (const key of begun.keys()) if (!jobs.some((one) => one.key === key)) begun.delete(key);
      next();
    },
    goOn() {
      if (fault) {
        const error = fault;
        fault = null;
        throw error;
      }
      const until = performance.now() + ROUND_MS;
      while (alone && pixels && wanted.length) {
        const [job] = wanted;
        const steps = begun.get(job.key) ?? jobSteps(pixels, job);
        begun.set(job.key, steps);
        const { done, value } = steps.next();
        if (done) {
          begun.delete(job.key);
          arrived(job, value);
        }
        if (performance.now() >= until) break;
      }
      const told = news;
      news = false;
      return told;
    },
    end: stop,
  };
}

/** One job at a time; a new one, or new pixels, take the place of the one before. */
function serve() {
  /** @type {Pixels|null} */
  let given = null;
  let current = 0;
  self.addEventListener('message', ({ data }) => {
    if (data.pixels) given = data.pixels;
    if (data.pixels || data.drop === current) current = 0;
    if (data.job && given) work(data.id, jobSteps(given, data.job));
  });

  /** @param {number} id @param {Generator<void, Results[keyof Results]>} steps */
  async function work(id, steps) {
    current = id;
    let heard = performance.now();
    try {
      for (;;) {
        const { done, value } = steps.next();
        if (done) {
          self.postMessage({ id, result: value });
          return;
        }
        if (performance.now() - heard < LISTEN_MS) continue;
        await new Promise((listen) => setTimeout(listen));
        heard = performance.now();
        if (current !== id) return;
      }
    } catch (error) {
      self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

// Neither a page nor a test.
if (typeof document === 'undefined' && typeof self === 'object' && 'importScripts' in self) serve();
