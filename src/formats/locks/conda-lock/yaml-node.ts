/** A conda-lock.yml as a tree of maps, lists and texts, each with its line. */

export type YamlNode = YamlTextNode | YamlMapNode | YamlListNode;

export interface YamlTextNode {
  readonly kind: "text";
  /** Of numbers and the like as it is written (`3.10`). */
  readonly text: string;
  /** Written without quotes. */
  readonly plain: boolean;
  /** 0-based column at which it would start behind its key; -1 where it stands on a line below the key. */
  readonly column: number;
  /** 1-based. */
  readonly line: number;
}

export interface YamlMapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, YamlNode>;
  readonly line: number;
}

export interface YamlListNode {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  /** Columns to the right of the key; 0 for `[]`. */
  readonly indent: number;
  readonly line: number;
}

/** A document, or why it is not read; `message` is a sentence without the name of the file. */
export type YamlTree =
  | {
      readonly kind: "tree";
      readonly root: YamlNode;
      /** Comment lines before the first key. */
      readonly header: readonly string[];
      /** Lines of comments further down, which no tool keeps. */
      readonly comments: readonly number[];
    }
  | { readonly kind: "unreadable"; readonly line: number | null; readonly message: string };
