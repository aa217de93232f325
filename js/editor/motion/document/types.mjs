// Shapes shared by the editor's modules. Nothing runs here; import the types with JSDoc: import('./types.mjs').Doc

/** @typedef {[number, number]} XY */
/** @typedef {"crop"|"stretch"|"pad"|"area"} FitMode */
/** @typedef {"linear"|"ease-in"|"ease-out"|"ease-in-out"|number[]} Easing preset name or [x1, y1, x2, y2] */
/** @typedef {"straight"|"cubic"|"catmull-rom"} Curve */
/** @typedef {[number, number, number, number]} Handle how a Bezier curve comes in to a point and goes out of it: in x, in y, out x, out y, offsets from the point in widths and heights */
/** @typedef {{ref: unknown, size_wh?: XY}} Picture `ref`: how the host finds it again, the host's own affair */
/**
 * @typedef {object} PathLayer
 * @property {string} id
 * @property {"path"} type
 * @property {string} name
 * @property {string|null} color show it with palette.safeColor
 * @property {boolean} visible
 * @property {boolean} locked
 * @property {boolean} [pinned] to the screen: the camera does not carry it
 * @property {XY[]} points 0-1 of the cropped picture
 * @property {(Handle|null)[]|null} [handles] one per point or null for it; left out where the path has none
 * @property {number[]|null} times 0-1, one per point
 * @property {Curve} curve
 * @property {boolean} closed
 * @property {"arc"|"published"} timing
 * @property {number[]|null} speeds one per point
 * @property {number} start frame
 * @property {number} end frame, inclusive
 * @property {"hold"|"hide"} before
 * @property {"hold"|"hide"} after
 * @property {Easing} easing
 * @property {[number, number][]} hidden inclusive frame intervals
 */
/**
 * @typedef {object} AnchorsLayer
 * @property {string} id
 * @property {"anchors"} type
 * @property {string} name
 * @property {string|null} color show it with palette.safeColor
 * @property {boolean} visible
 * @property {boolean} locked
 * @property {boolean} [pinned] to the screen: the camera does not carry it
 * @property {XY[]} points
 */
/** @typedef {{size_wh: XY, runs: number[]}} Mask row-major runs [skip, take, skip, ...] over size_wh = [cols, rows] */
/** @typedef {{frame: number, offset: XY, rotate: number, scale: number}} RegionKey */
/**
 * @typedef {object} RegionLayer
 * @property {string} id
 * @property {"region"} type
 * @property {string} name
 * @property {string|null} color show it with palette.safeColor
 * @property {boolean} visible
 * @property {boolean} locked
 * @property {boolean} [pinned] to the screen: the camera does not carry it
 * @property {XY[]|null} polygon
 * @property {Mask|null} mask
 * @property {number} density (0, 1]
 * @property {XY} pivot
 * @property {RegionKey[]} keys sorted by frame
 * @property {"straight"|"smooth"} [curve] how it goes between three keys and more; left out: straight
 * @property {Easing} easing
 * @property {[number, number][]} hidden
 */
/** @typedef {{readonly frames: number, readonly count: number, readonly xy: Float64Array, readonly visible: Uint8Array}} DenseTracks 0-1, multiples of 1/16384 in -2..2; xy [frames*count*2], visible [frames*count] of 0 and 1; never changed in place */
/**
 * @typedef {object} DenseLayer
 * @property {string} id
 * @property {"dense"} type
 * @property {string} name
 * @property {string|null} color show it with palette.safeColor
 * @property {boolean} visible
 * @property {boolean} locked
 * @property {boolean} [pinned] to the screen: the camera does not carry it
 * @property {DenseTracks} tracks stored as "z1:TxN:BASE64", see dense.mjs
 */
/** @typedef {PathLayer|AnchorsLayer|RegionLayer|DenseLayer} Layer */
/** @typedef {{type: Layer["type"], [field: string]: unknown}} NewLayer a layer to be made: the fields that are not given are filled in, and all are checked */
/** @typedef {{frame: number, truck: XY, zoom: number, roll: number}} CameraKey */
/** @typedef {{keys: CameraKey[], easing: Easing}} Camera */
/**
 * @typedef {object} Doc
 * @property {number} version
 * @property {[number, number]} size_wh
 * @property {number} frames
 * @property {number} fps
 * @property {FitMode} fit
 * @property {Picture|null} picture
 * @property {Layer[]} layers bottom to top
 * @property {Camera|null} camera
 * @property {import('../../geometry/fit.mjs').Crop|null} [crop] the part of the picture that `fit` acts on; left out: all of it
 */
/**
 * What a document evaluates to. `xy[(f*count+n)*2]` is x of track n at frame f, in pixels of size_wh.
 * `layerOf[n]` is the index into doc.layers; tracks of layer i are `first[i] .. first[i+1]-1`.
 * @typedef {object} Sampled
 * @property {number} frames
 * @property {number} count
 * @property {Float32Array} xy [frames*count*2]
 * @property {Uint8Array} visible [frames*count]
 * @property {Int32Array} layerOf [count]
 * @property {Int32Array} first [layers+1]
 */
/** @typedef {{frames: number, count: number, xy: Float64Array, visible: Uint8Array}} LayerTracks scene space (no camera) */
/** @typedef {{layer: string, index: number}} PointRef a control point: layer id and index into its points */
/** @typedef {{layers: string[], points: PointRef[]}} Selection */
/** @typedef {{scale: number, x: number, y: number, width: number, height: number}} View screen = doc_px * scale + (x, y), CSS px */
/**
 * @typedef {object} Hit
 * @property {"handle"|"point"|"path"|"region"|"dense"} kind "point" covers path control points and anchors
 * @property {string} layer id
 * @property {number} [index] control point (kind point) or track in the layer (dense)
 * @property {string} [handle] "pivot"|"rotate"|"scale-nw"|"scale-ne"|"scale-se"|"scale-sw"
 * @property {number} [span] path: index of the control point before the hit; insert a new point at span + 1
 * @property {number} [s_px] path: arc length at the hit
 * @property {XY} [xy] path: nearest position in doc px (no camera)
 */
/**
 * @typedef {object} Issue
 * @property {string} id
 * @property {"error"|"warning"|"info"} severity
 * @property {string} title
 * @property {string} text
 * @property {string} fix label of the button
 * @property {boolean} fixable
 * @property {number|null} track
 * @property {number|null} frame the first concerned
 * @property {number|null} count how often
 * @property {string|null} layer id
 * @property {number|null} index track within its layer
 * @property {number[]} frames every frame concerned, where the rule lists them
 * @property {import('../checks/picture.mjs').Mend} [mend] of the rules that look at the picture
 */
export {};
