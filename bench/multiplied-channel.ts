/** A conda channel in which each file of a real one stands several times, each time with another version. */
export type Members = Readonly<
  Record<string, { readonly version: string; readonly name: string; readonly build: string }>
>;

export type MadeFile = readonly [section: string, filename: string, record: Members[string]];

/** The files of a channel in which each stands `times` times, each time with another version. */
export function* multiplied(document: Readonly<Record<string, Members>>, times: number): Generator<MadeFile> {
  for (const section of ["packages", "packages.conda"]) {
    const extension = section === "packages" ? ".tar.bz2" : ".conda";
    for (const record of Object.values(document[section] ?? {})) {
      for (let copy = 0; copy < times; copy++) {
        const version = copy === 0 ? record.version : `${copy}.${record.version}`;
        yield [section, `${record.name}-${version}-${record.build}${extension}`, { ...record, version }];
      }
    }
  }
}

/** The text of its repodata.json, a piece at a time. */
export function* textOf(files: Iterable<MadeFile>): Generator<string> {
  yield '{"info":{"subdir":"linux-64"}';
  let last = "";
  for (const [section, filename, record] of files) {
    if (section !== last) yield last === "" ? `,"${section}":{` : `},"${section}":{`;
    else yield ",";
    yield `${JSON.stringify(filename)}:${JSON.stringify(record)}`;
    last = section;
  }
  yield `${last === "" ? "" : "}"},"removed":[],"repodata_version":1}`;
}
