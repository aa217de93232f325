// What the editor finds at clicks. Arguments: a file of raw RGBA, its width and height, and clicks as JSON, 0-1 of the picture; to standard output, for each click, a line
// {cols, rows, level, ms, levels: [runs, ...]}; runs count cells of 0 and 1 by turns, row by row; ms are those of the processor.

import { readFileSync } from 'node:fs';
import { thingFinderSteps } from '../../../js/editor/cutout/thing.mjs';

const finished = (steps) => {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
};
const spent = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
const runsOf = ({ data }) => {
  const runs = [0];
  data.forEach((v, i) => (v !== (i ? data[i - 1] : 0) ? runs.push(1) : runs[runs.length - 1]++));
  return runs;
};

const [file, width, height, clicks] = process.argv.slice(2);
const finder = finished(thingFinderSteps({ data: new Uint8ClampedArray(readFileSync(file)), width: +width, height: +height }));
for (const click of JSON.parse(clicks)) {
  const began = spent();
  const found = finished(finder.at({ inside: [click], outside: [] }));
  const shown = found?.bitmap(found.level);
  const ms = spent() - began;
  const levels = found ? Array.from({ length: found.count }, (_, level) => runsOf(found.bitmap(level))) : [];
  process.stdout.write(`${JSON.stringify({ cols: shown?.cols ?? 1, rows: shown?.rows ?? 1, level: found?.level ?? 0, ms, levels })}\n`);
}
