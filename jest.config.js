export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": "<rootDir>/jest.strip-types.js" },
  // git runs in temporary repositories and the embedded database starts in some files.
  testTimeout: 60_000,
  reporters: ["default", "<rootDir>/jest.plain-summary.js"],
};
