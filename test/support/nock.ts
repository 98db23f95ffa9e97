/**
 * Nock, for the tests that need it: a test file that imports this gets it restored at its end.
 * It takes the place of every socket of the process while it is loaded, so it is loaded nowhere else: sockets that it
 * passes through lose their error handlers, and one broken connection to a loopback server then ends the whole run.
 */
import { afterAll } from "@jest/globals";
// oxlint-disable-next-line no-restricted-imports -- the one place
import nock from "nock";

// Without restore() the next test file of the worker fails: nock is evaluated again while node:http stays patched.
afterAll(() => {
  nock.cleanAll();
  nock.restore();
  nock.enableNetConnect();
});

export { nock };
