/**
 * A CommonJS door to converters that are ES modules: the SDK loads converters on the main thread with require(), which
 * cannot load an ES module in every environment this runs in (older Node, jest). src/security/codec.ts puts them here.
 */
module.exports = globalThis[Symbol.for('habeas.converters')];
