// Pure edits: each returns a new document sharing every unchanged layer. Positions dx, dy and xy are 0-1 unless the name ends in _px.
export * from './commands_points.mjs';
export * from './commands_layers.mjs';
export * from './commands_motion.mjs';
export * from './stroke.mjs';
