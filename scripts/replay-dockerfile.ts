/**
 * Replays the Dockerfile in an empty folder, as a user who is not root, without docker: `node scripts/replay-dockerfile.ts`.
 * Absolute paths go under the folder; `apt-get` and `chown` do nothing; every other step is run as it stands. Then the
 * image's command is started, without an app and with one: /readyz has to answer 200, the HEALTHCHECK has to agree, and
 * SIGTERM has to end it with status 0. With `--reuse-packages` the checkout's node_modules stand for what `npm ci` installs.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

interface Stage {
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
  command: readonly string[];
  health: readonly string[];
}

const NOBODY = 65_534;
const checkout = dirname(import.meta.dirname);
const reusePackages = process.argv.includes("--reuse-packages");
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One instruction a line, `\` at the end of a line continues it. */
function parseDockerfile(text: string): readonly Instruction[] {
  return text
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [word = "", ...rest] = line.split(" ");
      return { word: word.toUpperCase(), rest: rest.join(" ").trim() };
    });
}

class Replay {
  readonly folder: string;
  private readonly stages = new Map<string, Stage>();
  private current: Stage | null = null;

  constructor(folder: string) {
    this.folder = folder;
    const shims = join(folder, "shims");
    mkdirSync(shims);
    for (const name of ["apt-get", "chown"]) this.shim(name, `echo "  (${name} left out: $*)" >&2`);
    if (reusePackages) this.shim("npm", `ln -s '${join(checkout, "node_modules")}' node_modules`);
  }

  /** A program of our own in front of the machine's. */
  private shim(name: string, script: string): void {
    const path = join(this.folder, "shims", name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  get stage(): Stage {
    if (this.current === null) throw new Error("the Dockerfile starts without FROM");
    return this.current;
  }

  perform({ word, rest }: Instruction): void {
    say(`${word} ${rest}`);
    switch (word) {
      case "FROM":
        return this.begin(rest);
      case "WORKDIR":
        this.stage.workdir = this.inside(rest);
        return this.makeFolder(this.stage.workdir);
      case "COPY":
        return this.copy(rest);
      case "RUN":
        return this.run(rest);
      case "ENV": {
        const [name = "", ...value] = rest.split("=");
        const text = value.join("=");
        this.stage.environment[name] = isAbsolute(text) ? this.inside(text) : text;
        return;
      }
      case "CMD":
        this.stage.command = JSON.parse(rest) as string[];
        return;
      case "HEALTHCHECK":
        this.stage.health = JSON.parse(rest.slice(rest.indexOf("CMD ") + 4)) as string[];
        return;
      case "USER":
        if (rest === "root") throw new Error("the image runs as root");
        return;
      case "VOLUME":
      case "EXPOSE":
      case "STOPSIGNAL":
        return;
      default:
        throw new Error(`${word} is not known to this replay`);
    }
  }

  private begin(rest: string): void {
    const name = / AS (\S+)$/i.exec(rest)?.[1] ?? `stage${String(this.stages.size)}`;
    const root = join(this.folder, name);
    this.makeFolder(root);
    this.current = { root, workdir: root, environment: {}, command: [], health: [] };
    this.stages.set(name, this.current);
  }

  private inside(path: string): string {
    return isAbsolute(path) ? join(this.stage.root, path) : join(this.stage.workdir, path);
  }

  private makeFolder(path: string): void {
    mkdirSync(path, { recursive: true });
    if (asRoot) execFileSync("chown", ["-R", String(NOBODY), path]);
  }

  private copy(rest: string): void {
    const from = /^--from=(\S+) /.exec(rest)?.[1];
    const words = rest.replace(/^--from=\S+ /, "").split(/\s+/);
    const target = words.pop() ?? "";
    const source = from === undefined ? checkout : (this.stages.get(from)?.root ?? "");
    for (const word of words) {
      const path = join(source, word);
      const isFolder = statSync(path).isDirectory();
      const to = target.endsWith("/") && !isFolder ? join(target, basename(word)) : target;
      cpSync(path, this.inside(to), { recursive: true, verbatimSymlinks: true });
    }
    if (asRoot) execFileSync("chown", ["-R", String(NOBODY), this.stage.root]);
  }

  private run(command: string): void {
    execFileSync("/bin/sh", ["-c", command], {
      cwd: this.stage.workdir,
      env: this.environment(),
      stdio: ["ignore", 2, 2],
      ...identity,
    });
  }

  /** The image's variables; Node 24 and npm of this machine stand for those of the base image. */
  environment(): Record<string, string> {
    const node = dirname(process.execPath);
    const home = join(this.folder, "home");
    return {
      PATH: [join(this.folder, "shims"), node, process.env["PATH"] ?? ""].join(":"),
      HOME: home,
      npm_config_cache: join(home, ".npm"),
      ...networkOf(process.env),
      ...this.stage.environment,
    };
  }
}

/** How this machine reaches the package registry; docker's build has its own ways. */
function networkOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = /^(npm_config_(registry|cafile)|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(https?|no)_proxy)$/i;
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => {
      return names.test(entry[0]) && entry[1] !== undefined;
    }),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the image's command and holds it to what is promised. @returns milliseconds until /readyz answered */
async function expectReady(replay: Replay, name: string, variables: Record<string, string>): Promise<number> {
  const port = String(await freePort());
  const { stage } = replay;
  const env = { ...replay.environment(), ...variables, PORT: port };
  const [program = "", ...words] = stage.command;
  const started = Date.now();
  const child = spawn(program, words, { cwd: stage.workdir, env, stdio: ["ignore", 2, 2], ...identity });
  try {
    await answers(child, `http://127.0.0.1:${port}/readyz`);
    const elapsed = Date.now() - started;
    const [health = "", ...arguments_] = stage.health;
    execFileSync(health, arguments_, { cwd: stage.workdir, env, stdio: ["ignore", 2, 2], ...identity });
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`SIGTERM ended it with status ${String(code)}`);
    say(`${name}: /readyz answered 200 after ${String(elapsed)} ms; SIGTERM ended it with status 0`);
    return elapsed;
  } finally {
    child.kill("SIGKILL");
  }
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with status ${String(child.exitCode)}`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer 200`);
}

const folder = mkdtempSync(join(tmpdir(), "relock-image-"));
try {
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "home"));
  if (asRoot) chownSync(join(folder, "home"), NOBODY, NOBODY);
  const replay = new Replay(folder);
  for (const instruction of parseDockerfile(readFileSync(join(checkout, "Dockerfile"), "utf8")))
    replay.perform(instruction);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const PRIVATE_KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  // Nothing is listening there: the service has to start while GitHub is away.
  const away = { GITHUB_API_URL: "http://127.0.0.1:9" };
  const setUp = await expectReady(replay, "without an app", away);
  const credentials = { APP_ID: "1", PRIVATE_KEY, WEBHOOK_SECRET: "a secret of the replay" };
  const first = await expectReady(replay, "with an app", { ...away, ...credentials });
  const second = await expectReady(replay, "started again", { ...away, ...credentials });
  process.stdout.write(`${JSON.stringify({ readyAfterMs: { setUp, first, second } })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
