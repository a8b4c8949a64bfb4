// One jest project; TypeScript is compiled by swc, tests run as native ES modules.
export default {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '/.habeas/',
    '/tests/systems/',
    '/tests/long/',
    '\\.long\\.test\\.ts$',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.habeas/'],
  testSequencer: './tests/support/longest-first.mjs',
  globalSetup: './tests/support/global-setup.mjs',
  globalTeardown: './tests/support/global-teardown.mjs',
  // Tests of whole requests mostly wait for servers: more of them than cores run side by side.
  maxWorkers: 4,
  workerIdleMemoryLimit: '1500MB',
  // Above the longest wait of a test, which says what it waited for.
  testTimeout: 600_000,
};
