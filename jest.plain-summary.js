// The last line of a test run, for people and machines alike: "N passed, N failed, N skipped".
export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter((file) => file.testExecError !== undefined).length;
    const skipped = results.numPendingTests + results.numTodoTests;
    // Jest's own summary is printed to stderr by an earlier reporter; both end up in order on a terminal.
    process.stderr.write("", () => {
      process.stdout.write(
        `\n${results.numPassedTests} passed, ${results.numFailedTests + broken} failed, ${skipped} skipped\n`,
      );
    });
  }
}
