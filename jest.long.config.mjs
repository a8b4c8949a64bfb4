// The full crash matrix and the largest data (`npm run test:long`).
import base from './jest.config.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/tests/long/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  passWithNoTests: true,
  testTimeout: 1_800_000,
};
