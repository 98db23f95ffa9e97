/** Options that every command shares (contract.md), and how they become settings. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { UsageError } from "./errors.ts";

/** What the common options say, with environment variables and defaults applied. */
export interface CommonSettings {
  /** A PEP 503/691 index that stands for PyPI; never recorded as a source. */
  readonly indexUrl: string | null;
  readonly channelAlias: string | null;
  readonly mirrors: readonly Mirror[];
  readonly allowHosts: readonly string[];
  /** Milliseconds since the epoch: nothing uploaded later is seen. */
  readonly excludeNewer: number | null;
  readonly undated: "keep" | "drop";
  readonly cacheDirectory: string;
  readonly offline: boolean;
  readonly json: boolean;
  readonly timings: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
}

/** URLs that start with `from` are fetched from `to`. */
export interface Mirror {
  readonly from: string;
  readonly to: string;
}

interface WrittenOptions {
  readonly indexUrl?: string;
  readonly channelAlias?: string;
  readonly mirror?: readonly Mirror[];
  readonly allowHost?: readonly string[];
  readonly excludeNewer?: number;
  readonly undated?: "keep" | "drop";
  readonly cacheDir?: string;
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly timings?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
}

/** Adds the common options to a command; they may stand after it, as people write them. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(new Option("--index-url <url>", "a PEP 503/691 index that stands for PyPI").env("RELOCK_INDEX_URL"))
    .addOption(
      new Option("--channel-alias <url>", "what a bare conda channel name is appended to").env("RELOCK_CHANNEL_ALIAS"),
    )
    .addOption(
      new Option("--mirror <from=to>", "fetch URLs under FROM from TO (repeatable) (env: RELOCK_MIRRORS)").argParser(
        (text: string, previous: readonly Mirror[] | undefined) => [...(previous ?? []), parseMirror(text)],
      ),
    )
    .addOption(
      new Option(
        "--allow-host <host>",
        "use an index on a private address (repeatable) (env: RELOCK_ALLOW_HOSTS)",
      ).argParser((text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text]),
    )
    .addOption(
      new Option("--exclude-newer <date>", "see nothing uploaded after this RFC 3339 time or date").argParser(
        parseInstant,
      ),
    )
    .addOption(new Option("--undated <policy>", "artifacts without an upload time").choices(["keep", "drop"]))
    .addOption(new Option("--cache-dir <dir>", "where index data is kept between runs").env("RELOCK_CACHE_DIR"))
    .option("--offline", "use the cache alone")
    .option("--json", "print the result as JSON")
    .option("--timings", "add timings to the JSON result")
    .option("--quiet", "say less on stderr")
    .option("--no-progress", "no progress on stderr");
}

/** Reads the common options of a parsed command, with the environment and defaults behind them. */
export function commonSettings(command: Command, environment: NodeJS.ProcessEnv): CommonSettings {
  const written: WrittenOptions = command.optsWithGlobals();
  return {
    indexUrl: written.indexUrl ?? null,
    channelAlias: written.channelAlias ?? null,
    mirrors: written.mirror ?? words(environment["RELOCK_MIRRORS"]).map(mirrorFromEnvironment),
    allowHosts: written.allowHost ?? words(environment["RELOCK_ALLOW_HOSTS"]),
    excludeNewer: written.excludeNewer ?? null,
    undated: written.undated ?? "keep",
    cacheDirectory: resolve(written.cacheDir ?? defaultCacheDirectory(environment)),
    offline: written.offline ?? false,
    json: written.json ?? false,
    timings: written.timings ?? false,
    quiet: written.quiet ?? false,
    progress: (written.progress ?? true) && !(written.quiet ?? false),
  };
}

function defaultCacheDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment["XDG_CACHE_HOME"];
  return base === undefined || base === "" ? join(homedir(), ".cache", "relock") : join(base, "relock");
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/u).filter((word) => word !== "");
}

function parseMirror(text: string): Mirror {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) {
    throw new InvalidArgumentError(`write FROM=TO, two URL prefixes: '${text}' has no '=' between them`);
  }
  return { from: text.slice(0, at), to: text.slice(at + 1) };
}

function mirrorFromEnvironment(text: string): Mirror {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`RELOCK_MIRRORS: '${text}' is not FROM=TO: write two URL prefixes with '=' between them`);
  }
  return { from: text.slice(0, at), to: text.slice(at + 1) };
}

/** RFC 3339, or a date, which means its end as uv reads it: the start of the next day, UTC. */
export function parseInstant(text: string): number {
  if (/^\d{4}-\d{2}-\d{2}$/u.test(text)) {
    const start = Date.parse(`${text}T00:00:00Z`);
    if (!Number.isNaN(start)) {
      return start + 24 * 60 * 60 * 1000;
    }
  } else if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/u.test(text)) {
    const instant = Date.parse(text.replace(" ", "T"));
    if (!Number.isNaN(instant)) {
      return instant;
    }
  }
  throw new InvalidArgumentError(
    `'${text}' is neither a date (2026-11-01) nor an RFC 3339 time (2026-11-01T12:00:00Z)`,
  );
}
