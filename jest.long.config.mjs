// The largest data, and whole installations of which `npm test` tries the same promises closer to the code (`npm run test:long`).
import base from './jest.config.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/tests/long/**/*.test.ts', '<rootDir>/tests/**/*.long.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.habeas/'],
  testTimeout: 1_800_000,
};
