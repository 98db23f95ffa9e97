/** Reads repodata.json (CEP 36, and its third revision, CEP 48) a piece at a time: nothing larger than one record is ever held. */
import { BadBodyError } from "../http/problems.ts";

/** Takes the parts of a repodata.json in the order in which they stand there. */
export interface RepodataParts {
  /** The value of `info`. */
  info(value: unknown): void;
  /**
   * One file of `packages`, `packages.conda` or `v3`, with its extension; `member` is its text with the key (in `v3` after
   * REVISION_PREFIX), and valid during the call only.
   */
  file(filename: string, record: unknown, member: Uint8Array): void;
  /** One entry of `removed`. */
  removed(filename: unknown): void;
}

type Section = "packages" | "packages.conda" | "removed" | RevisionSection;
/** The collections of `v3`, by the extension that their keys lack. */
type RevisionSection = "conda" | "tar.bz2" | "whl";

const SECTIONS: ReadonlySet<string> = new Set<Section>(["packages", "packages.conda", "removed"]);
const REVISION_SECTIONS: ReadonlySet<string> = new Set<RevisionSection>(["conda", "tar.bz2", "whl"]);

/** Keeps the key of a member of `v3` apart from that of the same file in `packages`. */
export const REVISION_PREFIX = "v3/";

const QUOTE = 1;
const BACKSLASH = 0x5c;
const OPEN = 2;
const CLOSE = 3;
const COMMA = 4;
const BRACE = 0x7b;

/** What a byte means outside of strings, 0 for most. */
const MEANING = new Uint8Array(256);
MEANING[0x22] = QUOTE;
MEANING[BRACE] = OPEN;
MEANING[0x5b] = OPEN;
MEANING[0x7d] = CLOSE;
MEANING[0x5d] = CLOSE;
MEANING[0x2c] = COMMA;

/** A single record, or `info`, is kilobytes. */
const MAX_MEMBER_BYTES = 8 * 1024 ** 2;

/**
 * Splits the document at the commas of its top level, of `v3` and of the long collections, and leaves the reading of each
 * piece to JSON.parse. Other top-level values are passed over. Throws BadBodyError where the text is not such a document.
 */
export class RepodataScanner {
  private readonly parts: RepodataParts;
  private bytes: Buffer = Buffer.alloc(0);
  /** Bytes that are no longer held. */
  private gone = 0;
  private position = 0;
  /** Where the member that is being read begins. */
  private start = 0;
  private depth = 0;
  private inString = false;
  private section: Section | null = null;
  /** Inside `v3`, whose collections stand one level deeper. */
  private revision = false;
  /** The value that is open at this level is passed over. */
  private passing = false;
  /** The value of the top-level member has been read; only a comma or the end may follow. */
  private valueRead = false;
  /** A comma was read, so a member must follow. */
  private expectsMember = false;
  private finished = false;

  constructor(parts: RepodataParts) {
    this.parts = parts;
  }

  write(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    this.scan();
    const kept = this.passing ? Math.min(this.position, this.bytes.length) : this.start;
    if (this.position - kept > MAX_MEMBER_BYTES) throw this.broken("has a part that is far too long");
    this.bytes = this.bytes.subarray(kept);
    this.gone += kept;
    this.position -= kept;
    this.start = 0;
  }

  /** To be called after the last piece. */
  end(): void {
    if (!this.finished) throw this.broken("ends in the middle");
    if (!isBlank(this.text(this.bytes.length))) throw this.broken("goes on after its end");
  }

  private scan(): void {
    const bytes = this.bytes;
    let at = this.position;
    while (at < bytes.length) {
      if (this.inString) {
        at = this.passString(at);
        continue;
      }
      const meaning = MEANING[bytes[at] ?? 0] ?? 0;
      if (meaning === QUOTE) this.inString = true;
      else if (meaning !== 0) this.structure(meaning, at);
      at++;
    }
    this.position = at;
  }

  /** From inside a string to behind it; where the bytes end first, to where to go on, never between `\` and its letter. */
  private passString(from: number): number {
    const bytes = this.bytes;
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === 0x22) {
        this.inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) at++;
    }
    return at;
  }

  private structure(meaning: number, at: number): void {
    const base = this.revision ? 2 : 1;
    const level = this.section === null ? base : base + 1;
    if (meaning === OPEN) {
      if ((this.depth === 0 || this.depth === base) && this.section === null) this.open(at);
      this.depth++;
    } else if (meaning === COMMA) {
      if (this.depth === level && !this.finished) this.endMember(at, false);
    } else {
      if (this.depth === level) this.endMember(at, true);
      this.depth--;
      if (this.depth === base) this.closeValue(at);
      else if (this.depth === 1) this.closeRevision(at);
      else if (this.depth === 0) this.close(at);
      else if (this.depth < 0) throw this.broken("closes what it did not open", at);
    }
  }

  /** The document begins, or a value of its top level or of `v3`. */
  private open(at: number): void {
    if (this.depth === 0) {
      if (this.finished || this.bytes[at] !== BRACE || !isBlank(this.text(at))) throw this.broken("is no object", at);
      this.start = at + 1;
      return;
    }
    const key = this.keyBefore(at);
    const array = this.bytes[at] !== BRACE;
    const isSection = (this.revision ? REVISION_SECTIONS : SECTIONS).has(key);
    const isRevision = key === "v3" && !this.revision;
    if (isSection || isRevision) {
      if (array !== (key === "removed")) throw this.broken(`has a wrong type of ${key}`, at);
      if (isRevision) this.revision = true;
      else this.section = key as Section;
      this.start = at + 1;
      this.expectsMember = false;
    } else if (this.revision || key !== "info") this.passing = true;
  }

  private keyBefore(at: number): string {
    const [key] = Object.keys(this.parsed(`{${this.text(at)}0}`, at) as object);
    if (this.valueRead || key === undefined) throw this.broken("lacks a comma or a key", at);
    return key;
  }

  /** A value of the top level or of `v3` ends. */
  private closeValue(at: number): void {
    const closesArray = this.bytes[at] === 0x5d;
    if (this.section !== null && closesArray !== (this.section === "removed")) {
      throw this.broken("closes what it did not open", at);
    }
    if (this.section === null && !this.passing) return;
    this.endValue(at);
  }

  private closeRevision(at: number): void {
    if (this.bytes[at] !== 0x7d) throw this.broken("closes what it did not open", at);
    this.revision = false;
    this.endValue(at);
  }

  private endValue(at: number): void {
    this.section = null;
    this.passing = false;
    this.valueRead = true;
    this.expectsMember = false;
    this.start = at + 1;
  }

  private close(at: number): void {
    if (this.bytes[at] !== 0x7d) throw this.broken("closes what it did not open", at);
    this.finished = true;
    this.start = at + 1;
  }

  /** A comma, or the end of what encloses the member. */
  private endMember(at: number, last: boolean): void {
    const text = this.text(at);
    if (this.valueRead && this.section === null) {
      if (!isBlank(text)) throw this.broken("lacks a comma", at);
      this.valueRead = false;
    } else if (isBlank(text)) {
      if (!last || this.expectsMember) throw this.broken("has a comma too many", at);
    } else this.take(text, at);
    this.expectsMember = !last;
    this.start = at + 1;
  }

  private take(text: string, at: number): void {
    if (this.section === "removed") {
      this.parts.removed(this.parsed(text, at));
      return;
    }
    const [member] = Object.entries(this.parsed(`{${text}}`, at) as object) as [string, unknown][];
    if (member === undefined) throw this.broken("lacks a key", at);
    if (this.section === null) {
      if (member[0] === "info" && !this.revision) this.parts.info(member[1]);
    } else if (this.revision) this.takeRevised(`${member[0]}.${this.section}`, member[1], text);
    else this.parts.file(member[0], member[1], this.bytes.subarray(this.start, at));
  }

  /** @param text of the member; its value is kept as it is, since writing it anew takes as many stack frames as it has levels */
  private takeRevised(filename: string, record: unknown, text: string): void {
    let end = text.indexOf('"') + 1;
    while (text.charAt(end) !== '"') end += text.charAt(end) === "\\" ? 2 : 1;
    const value = text.slice(text.indexOf(":", end) + 1);
    this.parts.file(filename, record, Buffer.from(`${JSON.stringify(REVISION_PREFIX + filename)}:${value}`));
  }

  private text(end: number): string {
    return this.bytes.toString("utf8", this.start, end);
  }

  private parsed(text: string, at: number): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.broken("breaks", at);
    }
  }

  private broken(what: string, at = this.position): BadBodyError {
    return new BadBodyError(`its JSON ${what}, at byte ${this.gone + at}`);
  }
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}
