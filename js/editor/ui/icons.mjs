// Icons as inline SVG, built by DOM calls on a 20 x 20 grid with 1.6 px strokes, so that they take the text's colour.

const SVG = "http://www.w3.org/2000/svg";

/** Each entry: path data; a leading "!" fills instead of stroking. @type {Readonly<Record<string, readonly string[]>>} */
const SHAPES = {
  thing: ["M10 2.6v2.6", "M10 14.8v2.6", "M2.6 10h2.6", "M14.8 10h2.6", "M10 14.4a4.4 4.4 0 1 0 0-8.8 4.4 4.4 0 0 0 0 8.8z", "!M10 11.4a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8z"],
  thingLess: ["M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M4 4l2.6 2.6", "M16 4l-2.6 2.6", "M4 16l2.6-2.6", "M16 16l-2.6-2.6"],
  thingMore: ["M10 15.4a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8z", "!M10 11.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z", "M2.6 5.2V2.6h2.6", "M14.8 2.6h2.6v2.6", "M17.4 14.8v2.6h-2.6", "M5.2 17.4H2.6v-2.6"],
  brush: ["M16.8 3.2 9 11", "M9 11c-1.6-.4-3.4.4-3.8 2.2-.3 1.3-1 2.2-2.2 2.8 3 1.2 6.6.6 7.4-2 .3-1.100-.4-2.4-1.400-3z"],
  select: ["M5 3.2 15.6 9.6 10.6 10.8 8.2 15.6z"],
  drag: ["M2.8 15.2c3.2-.4 2.4-7.6 5.6-7.6 2.6 0 1.6 4.6 4 4.6 1.9 0 2.4-2.4 2.6-5", "M12.4 8.2 15.2 5.2 17.4 8.6"],
  pen: ["M3.4 16.6l1-4.4 8.6-8.6 3.4 3.4-8.6 8.6z", "M11.2 5.4l3.4 3.4"],
  region: ["M6.4 3.6c4-1.6 9.6.4 10.2 4.8.6 4.2-3 7.4-7.2 7.6-3.6.2-6.6-2-6.2-5.4.3-3 .6-5.8 3.2-7z", "!M7 8h1.6v1.6H7z", "!M11.4 8H13v1.6h-1.6z", "!M7 11.8h1.6v1.6H7z", "!M11.4 11.8H13v1.6h-1.6z"],
  anchor: ["M10 7v10", "M3.8 11.4c.4 3.4 3 5.6 6.2 5.6s5.8-2.2 6.2-5.6", "M7 9.6h6", "M10 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"],
  camera: ["M2.8 6.8h3l1.4-2h5.6l1.4 2h3v9H2.8z", "M10 13.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z"],
  crop: ["M5.4 2.6v12h12", "M2.6 5.4h12v12"],
  play: ["!M6 3.6 16.4 10 6 16.4z"],
  pause: ["!M5.4 4h3.2v12H5.4z", "!M11.4 4h3.2v12h-3.2z"],
  loop: ["M4 9.6a4.6 4.6 0 0 1 4.6-4.2h6.2", "M12.4 2.8 15 5.4l-2.6 2.6", "M16 10.4a4.6 4.6 0 0 1-4.6 4.2H5.2", "M7.6 17.2 5 14.6 7.6 12"],
  first: ["!M15.6 4.4v11.2L7.4 10z", "M5 4.4v11.2"],
  stepBack: ["M12.6 4.6 7 10l5.6 5.4"],
  stepForward: ["M7.4 4.6 13 10l-5.6 5.4"],
  undo: ["M7.4 4 3.8 7.6l3.6 3.6", "M4 7.6h7.6a4.4 4.4 0 0 1 0 8.8H8"],
  redo: ["M12.6 4l3.6 3.6-3.6 3.6", "M16 7.6H8.4a4.4 4.4 0 0 0 0 8.8H12"],
  eye: ["M2.4 10C4 6.8 6.8 5 10 5s6 1.8 7.6 5c-1.6 3.2-4.4 5-7.6 5s-6-1.8-7.6-5z", "M10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"],
  eyeOff: ["M3 3l14 14", "M8 5.2A8 8 0 0 1 10 5c3.2 0 6 1.8 7.6 5a10 10 0 0 1-2 2.7", "M5 6.6A10 10 0 0 0 2.4 10c1.6 3.2 4.4 5 7.6 5 1.2 0 2.4-.3 3.4-.7"],
  lock: ["M4.8 9h10.4v7.4H4.8z", "M7 9V6.6a3 3 0 0 1 6 0V9"],
  unlock: ["M4.8 9h10.4v7.4H4.8z", "M7 9V6.6a3 3 0 0 1 5.6-1.4"],
  trash: ["M3.8 5.8h12.4", "M8 5.6V3.6h4v2", "M5.2 5.8l.8 10.8h8l.8-10.8"],
  duplicate: ["M7 7h9.4v9.4H7z", "M13 7V3.6H3.6V13H7"],
  mirror: ["M10 2.8v14.4", "M7.6 6 2.8 14h4.8z", "M12.4 6l4.8 8h-4.8z"],
  grid: ["M3.4 3.4h13.2v13.2H3.4z", "M7.8 3.4v13.2", "M12.2 3.4v13.2", "M3.4 7.8h13.2", "M3.4 12.2h13.2"],
  magnet: ["M4.4 3.4v6.8a5.6 5.6 0 0 0 11.2 0V3.4h-3.8v6.8a1.8 1.8 0 0 1-3.6 0V3.4z", "M4.4 6.8h3.8", "M11.8 6.8h3.8"],
  lines: ["M2.8 14.6c3.4 0 4.2-9 8-9 3 0 3 4.4 6.4 4.4", "!M2.8 12.9a1.7 1.7 0 1 1 0 3.4z"],
  draft: ["M3 4.4h14v11.2H3z", "M3 13l4-4.2 3.4 3 2.6-2.4 4 3.6", "M12.6 7.6h.2"],
  cells: ["M3.2 3.2h5.4v5.4H3.2z", "M11.4 3.2h5.4v5.4h-5.4z", "!M3.2 11.4h5.4v5.4H3.2z", "M11.4 11.4h5.4v5.4h-5.4z"],
  fit: ["M3.4 7.4v-4h4", "M12.6 3.4h4v4", "M16.6 12.6v4h-4", "M7.4 16.6h-4v-4"],
  help: ["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M7.8 8.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6", "M10 14.2h.01"],
  close: ["M4.6 4.6l10.8 10.8", "M15.4 4.6 4.6 15.4"],
  check: ["M4 10.6l4 4 8-9"],
  warning: ["M10 3.4 17.4 16.4H2.6z", "M10 8.2v3.6", "M10 14.2h.01"],
  error: ["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M10 6.4v4.4", "M10 13.6h.01"],
  info: ["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M10 9.4v4.2", "M10 6.4h.01"],
  import: ["M10 3.4v8.4", "M6.4 8.4 10 12l3.6-3.6", "M3.4 13v3.6h13.2V13"],
  export: ["M10 12V3.6", "M6.4 7.2 10 3.6l3.6 3.6", "M3.4 13v3.6h13.2V13"],
  picture: ["M3 4.4h14v11.2H3z", "M3 13.4l4.2-4.4 5.4 5.6", "M11 12l2-2 4 4", "M13.2 7.2h.01"],
  plus: ["M10 4v12", "M4 10h12"],
  minus: ["M4 10h12"],
  drag6: ["!M6.6 4.4h1.8v1.8H6.6z", "!M11.6 4.4h1.8v1.8h-1.8z", "!M6.6 9.1h1.8v1.8H6.6z", "!M11.6 9.1h1.8v1.8h-1.8z", "!M6.6 13.8h1.8v1.8H6.6z", "!M11.6 13.8h1.8v1.8h-1.8z"],
  chevron: ["M5.4 8 10 12.6 14.6 8"],
  group: ["M2.8 6.2V4.4h4.6l1.6 1.8h8.2v9.4H2.8z", "M2.8 8.8h14.4"],
  ungroup: ["M3 3h6v6H3z", "M11 11h6v6h-6z", "M13.4 3.4l3.2 3.2", "M16.6 3.4l-3.2 3.2"],
  star: ["M10 3.2l2 4.4 4.8.5-3.600 3.200 1 4.700L10 13.600 5.800 16l1-4.700L3.200 8.100 8 7.600z"],
  film: ["M3 4h14v12H3z", "M6.4 4v12", "M13.6 4v12", "M3 8h3.4", "M3 12h3.4", "M13.6 8H17", "M13.6 12H17"],
  key: ["M10 4.4 15.6 10 10 15.6 4.4 10z"],
  clock: ["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M10 6v4.2l2.8 1.8"],
  panel: ["M3 4h14v12H3z", "M12 4v12"],
};

/** An `<svg>` of the named icon, `size` CSS px on a side; hidden from assistive technology (its button is labelled). @param {string} name */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "wme-icon");
  for (const data of SHAPES[name] ?? SHAPES.info) {
    const filled = data.startsWith("!");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", filled ? data.slice(1) : data);
    path.setAttribute("fill", filled ? "currentColor" : "none");
    if (!filled) path.setAttribute("stroke", "currentColor");
    svg.append(path);
  }
  return svg;
}
