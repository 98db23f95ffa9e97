export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": "<rootDir>/jest.strip-types.js" },
  // git runs in temporary repositories and the embedded database starts in some files.
  testTimeout: 60_000,
  // Jest leaves one core free by itself, which on a machine of two is half of it.
  maxWorkers: "100%",
  reporters: ["default", "<rootDir>/jest.plain-summary.js"],
};
