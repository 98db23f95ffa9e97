/** Small, valid and byte-for-byte repeatable wheels and sdists, made from plain data. */
import { createHash } from "node:crypto";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

export interface ArchiveEntry {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** What the core metadata of a made-up release says. */
export interface MetadataFacts {
  readonly name: string;
  readonly version: string;
  readonly summary?: string | undefined;
  readonly requiresPython?: string | null | undefined;
  readonly requiresDist?: readonly string[] | undefined;
  readonly extras?: readonly string[] | undefined;
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text of METADATA or PKG-INFO. Metadata 2.2 says that nothing of an sdist is dynamic (PEP 643). */
export function metadataText(facts: MetadataFacts, metadataVersion: "2.1" | "2.2"): string {
  const lines = [`Metadata-Version: ${metadataVersion}`, `Name: ${facts.name}`, `Version: ${facts.version}`];
  if (facts.summary) lines.push(`Summary: ${facts.summary}`);
  if (facts.requiresPython) lines.push(`Requires-Python: ${facts.requiresPython}`);
  for (const requirement of facts.requiresDist ?? []) lines.push(`Requires-Dist: ${requirement}`);
  for (const extra of extrasOf(facts)) lines.push(`Provides-Extra: ${extra}`);
  return `${lines.join("\n")}\n`;
}

/** A wheel named `filename` that pip installs: METADATA, WHEEL, RECORD and one module. */
export function buildWheel(filename: string, facts: MetadataFacts): Buffer {
  const parts = filename.slice(0, -".whl".length).split("-");
  const distInfo = `${parts[0]}-${parts[1]}.dist-info`;
  const tags = parts.slice(-3);
  const wheel = ["Wheel-Version: 1.0", "Generator: relock", "Root-Is-Purelib: true", `Tag: ${tags.join("-")}`];
  const entries: ArchiveEntry[] = [
    { path: `${(parts[0] ?? "").toLowerCase()}/__init__.py`, content: "" },
    { path: `${distInfo}/METADATA`, content: metadataText(facts, "2.1") },
    { path: `${distInfo}/WHEEL`, content: `${wheel.join("\n")}\n` },
  ];
  const record = entries.map(({ path, content }) => {
    const digest = createHash("sha256").update(content).digest("base64url");
    return `${path},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  record.push(`${distInfo}/RECORD,,`);
  return buildZip([...entries, { path: `${distInfo}/RECORD`, content: `${record.join("\n")}\n` }]);
}

/** An sdist whose metadata is static, with a build back-end of its own, so that pip builds it without an index. */
export function buildSdist(filename: string, facts: MetadataFacts): Buffer {
  const folder = filename.replace(/\.(tar\.gz|zip)$/, "");
  const entries: ArchiveEntry[] = [
    { path: `${folder}/PKG-INFO`, content: metadataText(facts, "2.2") },
    { path: `${folder}/pyproject.toml`, content: sdistPyproject() },
    { path: `${folder}/backend.py`, content: sdistBackend(facts) },
  ];
  return filename.endsWith(".zip") ? buildZip(entries) : buildTarGz(entries);
}

export function buildTarGz(entries: readonly ArchiveEntry[]): Buffer {
  return gzipSync(buildTar(entries));
}

export function buildTar(entries: readonly ArchiveEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    blocks.push(tarHeader(entry.path, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A zip file; entries are deflated unless `stored` is asked for. */
export function buildZip(entries: readonly ArchiveEntry[], method: "deflated" | "stored" = "deflated"): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    const name = Buffer.from(entry.path);
    const data = method === "stored" ? content : deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(method === "stored" ? 0 : 8, 4);
    common.writeUInt16LE(0x0021, 8); // 1980-01-01, the earliest date that zip knows
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(0o100644 * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** The extras named, and those that occur in markers. */
export function extrasOf(facts: MetadataFacts): string[] {
  const named = (facts.requiresDist ?? []).flatMap((requirement) =>
    [...requirement.matchAll(/extra\s*==\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? ""),
  );
  return [...new Set([...(facts.extras ?? []), ...named])];
}

function sdistPyproject(): string {
  return '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
}

/** A build back-end in Python that writes the wheel of the same facts. */
function sdistBackend(facts: MetadataFacts): string {
  const base = `${facts.name.replaceAll(/[-_.]+/g, "_").toLowerCase()}-${facts.version}`;
  return `import base64, hashlib, os, zipfile
BASE = ${JSON.stringify(base)}
METADATA = ${JSON.stringify(metadataText(facts, "2.2"))}
WHEEL = "Wheel-Version: 1.0\\nGenerator: relock\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
FILES = {"METADATA": METADATA, "WHEEL": WHEEL}

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    folder = os.path.join(directory, BASE + ".dist-info")
    os.makedirs(folder)
    for name, text in FILES.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    return BASE + ".dist-info"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    record = ""
    with zipfile.ZipFile(os.path.join(directory, BASE + "-py3-none-any.whl"), "w") as out:
        for name, text in FILES.items():
            path = BASE + ".dist-info/" + name
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += "%s,sha256=%s,%d\\n" % (path, digest, len(text.encode()))
            out.writestr(path, text)
        out.writestr(BASE + ".dist-info/RECORD", record + BASE + ".dist-info/RECORD,,\\n")
    return BASE + "-py3-none-any.whl"
`;
}
