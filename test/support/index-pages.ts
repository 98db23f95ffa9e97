/** The pages that a test index serves. */
import type { IndexFile } from "#packaging/index-records.ts";

export interface ListedFile extends IndexFile {
  readonly version: string;
}

/** PEP 691 and 700. */
export function projectJson(name: string, files: readonly ListedFile[], sidecars: boolean): string {
  return JSON.stringify({
    meta: { "api-version": "1.1" },
    name,
    versions: [...new Set(files.map((file) => file.version))],
    files: files.map((file) => ({
      filename: file.filename,
      url: file.url,
      hashes: file.hashes,
      ...(file.requiresPython === null ? {} : { "requires-python": file.requiresPython }),
      yanked: file.yanked,
      ...(file.size === null ? {} : { size: file.size }),
      ...(file.uploadTime === null ? {} : { "upload-time": file.uploadTime }),
      ...(sidecars ? { "core-metadata": file.coreMetadata, "dist-info-metadata": file.coreMetadata } : {}),
    })),
  });
}

/** PEP 503, 592, 658. */
export function projectHtml(name: string, files: readonly ListedFile[], sidecars: boolean): string {
  const anchors = files.map((file) => {
    const attributes = [`href="${escape(file.url)}#sha256=${file.hashes["sha256"]}"`];
    if (file.requiresPython !== null) attributes.push(`data-requires-python="${escape(file.requiresPython)}"`);
    if (file.yanked !== false) attributes.push(`data-yanked="${escape(file.yanked)}"`);
    if (sidecars && typeof file.coreMetadata === "object") {
      const digest = `sha256=${file.coreMetadata["sha256"]}`;
      attributes.push(`data-dist-info-metadata="${digest}"`, `data-core-metadata="${digest}"`);
    }
    return `    <a ${attributes.join(" ")}>${escape(file.filename)}</a><br/>`;
  });
  return htmlDocument(`Links for ${name}`, anchors, '<meta name="pypi:repository-version" content="1.1">');
}

export function rootJson(names: readonly string[]): string {
  return JSON.stringify({ meta: { "api-version": "1.1" }, projects: names.map((name) => ({ name })) });
}

export function rootHtml(names: readonly string[]): string {
  const anchors = names.map((name) => `    <a href="/simple/${name}/">${name}</a><br/>`);
  return htmlDocument("Simple index", anchors, "");
}

/** A flat page in the style of the JAX releases: each link goes to another folder, with `+` encoded. */
export function findLinksPage(files: readonly { filename: string; sha256: string | undefined }[]): string {
  const anchors = files.map(({ filename, sha256 }) => {
    const fragment = sha256 === undefined ? "" : `#sha256=${sha256}`;
    return `<a href="../files/${encodeURIComponent(filename)}${fragment}">cuda/${escape(filename)}</a><br>`;
  });
  return `<html><body>\n${anchors.join("\n")}\n</body></html>\n`;
}

function htmlDocument(title: string, anchors: readonly string[], head: string): string {
  return `<!DOCTYPE html>
<html>
  <head>${head}<title>${escape(title)}</title></head>
  <body>
    <h1>${escape(title)}</h1>
${anchors.join("\n")}
  </body>
</html>
`;
}

function escape(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
