/** The ways in which a test index misbehaves. */
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number }
  /** No byte is ever answered. */
  | { readonly kind: "hang" }
  /** The connection is cut before an answer. */
  | { readonly kind: "reset" }
  /** The headers promise the whole body; the connection is cut after half of it. */
  | { readonly kind: "truncate" }
  | {
      readonly kind: "body";
      readonly type: string;
      readonly body: string | Uint8Array;
      readonly headers?: Record<string, string>;
    }
  /** A body without an end, a chunk at a time. */
  | { readonly kind: "endless" }
  /** Headers, and then a byte now and again. */
  | { readonly kind: "drip" }
  /** A small gzip body that unpacks to `size` bytes. */
  | { readonly kind: "gzip-bomb"; readonly size: number };

/** Misbehaves as asked. @returns the status that was sent, 0 where none was. */
export function applyFault(fault: Fault, response: ServerResponse, body: Buffer): number {
  switch (fault.kind) {
    case "status":
      response.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? "");
      return fault.status;
    case "redirect":
      response.writeHead(fault.status ?? 302, { location: fault.location }).end();
      return fault.status ?? 302;
    case "hang":
      return 0;
    case "reset":
      response.socket?.destroy();
      return 0;
    case "truncate":
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": String(body.length) });
      response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
      return 200;
    case "body":
      response.writeHead(200, { "content-type": fault.type, ...fault.headers }).end(fault.body);
      return 200;
    case "endless":
      return endless(response);
    case "drip":
      return drip(response);
    case "gzip-bomb":
      response
        .writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" })
        .end(gzipSync(Buffer.alloc(fault.size, " ")));
      return 200;
  }
}

function endless(response: ServerResponse): number {
  response.writeHead(200, { "content-type": "text/html" });
  const chunk = Buffer.alloc(65_536, " ");
  const pump = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", pump);
  pump();
  return 200;
}

function drip(response: ServerResponse): number {
  response.writeHead(200, { "content-type": "text/html" });
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
  return 200;
}
