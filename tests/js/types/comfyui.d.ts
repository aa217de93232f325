// What the pack touches of ComfyUI's frontend (1.34 to 1.58), and nothing more: every member that a frontend may lack is optional.
// Types only, for `tsc -p jsconfig.json`; no page loads this.

interface ComfyLink {
  origin_id: number | string;
  origin_slot: number;
}

interface ComfyWidget {
  name: string;
  value: unknown;
  hidden?: boolean;
  serialize?: boolean;
  dynamicPrompts?: boolean;
  serializeValue?: (...given: unknown[]) => unknown;
  options?: { hidden?: boolean; hideInPanel?: boolean; values?: unknown; setValue?(value: unknown): void };
  element?: HTMLElement;
  callback?: (...args: unknown[]) => unknown;
}

interface ComfyInput {
  name: string;
  type?: unknown;
  widget?: { name?: string };
}

/** A workflow's graph or a subgraph's. */
interface ComfyGraph {
  id?: string | number;
  rootGraph?: ComfyGraph;
  nodes?: ComfyNode[];
  /** Of the root graph: every subgraph of the workflow. */
  subgraphs?: Map<unknown, ComfyGraph>;
  /** Of a subgraph: its own outputs. */
  outputs?: { linkIds?: (number | string)[] }[];
  links?: Map<number | string, ComfyLink> | Record<string, ComfyLink>;
  getLink?(id: number | string): ComfyLink | null | undefined;
  getNodeById(id: number | string): ComfyNode | null | undefined;
}

interface ComfyNode {
  id: number | string;
  type?: string;
  comfyClass?: string;
  /** 2: muted, 4: bypassed. */
  mode?: number;
  size?: [number, number];
  graph?: ComfyGraph | null;
  subgraph?: ComfyGraph;
  inputs?: ComfyInput[];
  outputs?: { type?: unknown }[];
  widgets?: ComfyWidget[];
  getInputLink?(slot: number): ComfyLink | null | undefined;
  setSize?(size: [number, number]): void;
  setDirtyCanvas?(foreground: boolean, background: boolean): void;
  addDOMWidget?(name: string, type: string, element: HTMLElement, options: Record<string, unknown>): ComfyWidget;
  onAdded?: (...args: unknown[]) => unknown;
  onRemoved?: (...args: unknown[]) => unknown;
  onConfigure?: (...args: unknown[]) => unknown;
  onConnectionsChange?: (...args: unknown[]) => unknown;
  onExecuted?: (...args: unknown[]) => unknown;
}

/** The class that every node descends from. */
interface ComfyNodeClass {
  prototype: { getInputLink?(this: ComfyNode, slot: number): ComfyLink | null | undefined };
}

interface ComfyApp {
  canvas?: { graph?: ComfyGraph | null; canvas?: HTMLCanvasElement };
  graph?: ComfyGraph;
  rootGraph?: ComfyGraph;
  extensionManager?: {
    setting?: { get?(name: string): unknown };
    workflow?: { activeWorkflow?: { key?: string; changeTracker?: { captureCanvasState?(): void; checkState?(): void } } | null };
  };
  registerExtension(extension: {
    name: string;
    setup?(): void;
    afterConfigureGraph?(): void;
    getNodeMenuItems?(node: ComfyNode): ({ content: string; callback: () => void } | null)[];
    nodeCreated?(node: ComfyNode): void;
  }): void;
}

interface ComfyApi {
  apiURL(route: string): string;
  fetchApi(route: string, options?: RequestInit): Promise<Response>;
  addEventListener(name: string, listener: () => void): void;
}

/** Globals of older frontends. */
declare var LGraphNode: ComfyNodeClass | undefined;
declare var LiteGraph: { LGraphNode?: ComfyNodeClass } | undefined;

declare module "*/scripts/app.js" {
  export const app: ComfyApp;
}

declare module "*/scripts/api.js" {
  export const api: ComfyApi;
}
