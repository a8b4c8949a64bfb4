// Tests that need servers beyond the local stack (`npm run test:systems`).
import base from './jest.config.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/tests/systems/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  passWithNoTests: true,
  testTimeout: 300_000,
};
