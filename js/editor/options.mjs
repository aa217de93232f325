// What a host says to the editor when it opens it, and what it gets back. Types only: nothing runs here, and only types are imported.

/** @typedef {{url?: string, opaqueUrl?: string, file?: Blob, size_wh?: [number, number], ref?: unknown, name?: string}} PictureSource an address or a file to show, and the reference that the document keeps; `opaqueUrl`: its colours where it is see-through, for a host that looks at nothing else */
/** @typedef {{id: string, title?: string, prompt?: string, seed?: number|string, time?: number, url?: string, kind?: "video"|"image", documentText?: string, score?: number}} Take `score`: 0 to 1, how closely it follows */
/** @typedef {{list: () => Promise<Take[]>, open?: (take: Take) => Promise<string|null>}} TakesProvider `open` gives the drawing's document when the take holds none */
/** @typedef {"dark"|"light"|"auto"} Theme */
/** @typedef {(action: "import"|"export"|"clip", body: Uint8Array<ArrayBuffer>, signal: AbortSignal) => Promise<Response>} AskServer post a body to the editor's own server (wan_move_core/editor/importing.py) */
/**
 * @typedef {object} EditorOptions
 * @property {HTMLElement} [container] default document.body
 * @property {string} [documentText] empty: a new drawing
 * @property {string|null} [documentError] shown with the text instead of editing, when the host could not read the document itself
 * @property {PictureSource|null} [picture]
 * @property {[number, number]} [size_wh] the clip's size; a document of another size is remapped
 * @property {number} [frames]
 * @property {number} [fps]
 * @property {import('./motion/document/types.mjs').FitMode} [fit]
 * @property {boolean} [fixedClip] size and length are the host's: a document that is imported is remapped to them
 * @property {(clip: Required<Pick<Clip, "size_wh"|"frames"|"fps"|"fit">>) => void} [onClip] size, length, rate or fit were changed here: the host takes them over
 * @property {() => {size: boolean, length: boolean}} [lockedClip] what of the clip the host computes, so that it cannot be set here
 * @property {boolean} [sizeFromPicture] a picture that is dropped on an empty drawing decides the size
 * @property {import('./motion/checks/rule.mjs').Rule[]} [checks] rules of the checker (default: the built-in copy)
 * @property {Record<string, string>} [strings] words that replace the table's
 * @property {string} [locale] language tag of the words, such as "zh-CN" (default English)
 * @property {string} [title]
 * @property {Theme} [theme]
 * @property {Record<string, string>} [tokens] CSS custom properties
 * @property {string} [pictureHint] said where no picture can be shown yet
 * @property {(text: string) => void} [onChange] after each gesture
 * @property {(text: string) => unknown} [onClose] may return a promise; a rejection or `false` keeps the editor open
 * @property {() => void} [onClosed] the editor closed with everything saved; not told when it is destroyed
 * @property {(text: string) => void} [onAutosave] what was drawn, a moment after the hand rests
 * @property {import('./files/remote.mjs').Draft|null} [draft] an unsaved drawing that the host has kept: restored, or offered where it was not drawn over `documentText`
 * @property {(file: File) => Promise<PictureSource>} [loadPicture] keep a dropped picture with the host
 * @property {AskServer} [askServer] Python behind the page, which reads and writes files of every format; without it the editor reads what it can
 * @property {import('./files/favourites.mjs').Kept} [motions] where a person's own motions are kept; default the browser's storage
 * @property {readonly import('./masks/masks.mjs').MaskSource[]} [masks] of things in the picture, that the host knows of
 * @property {TakesProvider} [takes]
 * @property {string|null} [storageKey] where a reload finds what was drawn
 * @property {boolean} [full] fill the container without a margin
 * @property {boolean} [forceFlatDraft] draw the draft without WebGL
 * @property {(timing: {paint: number, rebuild: number}) => void} [onPaint]
 */
/**
 * What of the open editor scripts may read and drive.
 * @typedef {object} Editor
 * @property {import('./state/state.mjs').EditorState} state
 * @property {import('./stage/stage.mjs').Stage} stage
 * @property {AbortSignal} signal aborted once the editor is closed
 * @property {(id: import('./state/state.mjs').ToolId) => void} setTool
 */
/** @typedef {{size_wh?: [number, number], frames?: number, fps?: number, fit?: import('./motion/document/types.mjs').FitMode}} Clip */
/**
 * @typedef {object} EditorHandle
 * @property {HTMLElement} element
 * @property {Editor} editor
 * @property {() => Promise<boolean>} close save and close; false when the host could not save and the editor stays
 * @property {() => void} destroy close without saving
 * @property {() => void} forget what was drawn is kept elsewhere: the browser need not offer it again
 * @property {(picture: PictureSource|null) => Promise<void>} setPicture rejects where it cannot be shown
 * @property {(masks: readonly import('./masks/masks.mjs').MaskSource[]) => Promise<void>} setMasks
 * @property {(clip: Clip) => void} setSize the host's size and length; never a step to undo
 * @property {() => Promise<string>} getDocumentText as it is now
 * @property {() => Promise<void>} told resolves once `onChange` had every change up to now
 */
export {};
