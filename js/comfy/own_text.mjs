// Frontends from 1.42 on keep the values of widgets by the ids of graph and node. A cleared graph gives the same ids again, and a new node then shows what
// one before it held: somebody's drawing on a node that nobody drew on. So what was written before a node is added to a graph stays the node's own.

/**
 * @param {ComfyWidget} store a text widget with an element, as those of several lines are in every frontend
 * @returns {() => void} to be called whenever the node was added; only the first time counts
 */
export function keepOwnText(store) {
  const { options } = store;
  const set = options?.setValue;
  if (!options || !set) return () => {};
  let own = store.value;
  // The property `value` itself cannot be dressed: frontends define it for good.
  /** @param {unknown} value */
  const heard = function (value) {
    own = value;
    set.call(options, value);
  };
  options.setValue = heard;
  return () => {
    if (options.setValue !== heard) return;
    options.setValue = set;
    if (store.value !== own) store.value = own;
  };
}
