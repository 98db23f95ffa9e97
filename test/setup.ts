import { afterAll } from "@jest/globals";
import nock from "nock";

// Without restore() the second test file of a worker fails: nock is evaluated again while node:http stays patched.
afterAll(() => {
  nock.cleanAll();
  nock.restore();
  nock.enableNetConnect();
});
