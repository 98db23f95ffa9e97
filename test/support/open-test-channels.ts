/** Index sessions on the loopback channels of a test, closed after it. */
import { afterEach } from "@jest/globals";
import { startIndexSession, type IndexSession, type IndexSessionOptions } from "#indexes/index-session.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { ChannelsAnswer } from "#ports.ts";
import { startCondaServer, type CondaServer, type CondaServerOptions } from "./conda-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface AskedRecords {
  readonly names?: readonly string[];
  readonly channels?: readonly string[];
  readonly subdir?: string;
  readonly options?: Partial<IndexSessionOptions>;
}

export interface TestChannels {
  readonly serve: (options: CondaServerOptions) => Promise<CondaServer>;
  readonly session: (server: CondaServer, options?: Partial<IndexSessionOptions>) => IndexSession;
  readonly ask: (server: CondaServer, asked?: AskedRecords) => Promise<ChannelsAnswer>;
  /** The records of all channels; throws where there was a problem. */
  readonly recordsOf: (server: CondaServer, asked?: AskedRecords) => Promise<CondaRecord[]>;
  /** Throws where there was none. */
  readonly problemOf: (server: CondaServer, asked?: AskedRecords) => Promise<IndexProblem>;
}

/** To be called in a describe block or at the top of a test file. What is left out asks for `a` of `c` on linux-64. */
export function openTestChannels(): TestChannels {
  const opened: { readonly close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const { close } of opened.splice(0).reverse()) await close();
  });

  const session: TestChannels["session"] = (server, options = {}) => {
    const started = startIndexSession({
      cacheDirectory: temporaryFolder(),
      indexUrl: null,
      channelAlias: server.origin,
      allowHosts: ["127.0.0.1"],
      retry: { attempts: 2, baseDelay: 1 },
      ...options,
    });
    opened.push(started);
    return started;
  };
  const ask: TestChannels["ask"] = async (server, asked = {}) => {
    const { names = ["a"], channels = ["c"], subdir = "linux-64", options } = asked;
    return session(server, options).openChannels({ channels, subdir }).records(names);
  };
  return {
    serve: async (options) => {
      const server = await startCondaServer(options);
      opened.push(server);
      return server;
    },
    session,
    ask,
    recordsOf: async (server, asked) => {
      const answer = await ask(server, asked);
      if ("problem" in answer) throw new Error(answer.problem.message);
      return answer.channels.flatMap(({ records }) => [...records.values()].flat());
    },
    problemOf: async (server, asked) => {
      const answer = await ask(server, asked);
      if (!("problem" in answer)) throw new Error("there was no problem");
      return answer.problem;
    },
  };
}
