/** Checks what the fake answers and sends against GitHub's own descriptions (`openapi.json`, `webhooks.json`). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** A place where the fake, or a request that it got, is not as GitHub describes it. */
export interface Violation {
  readonly kind: "request" | "response" | "webhook" | "unknown-operation" | "undocumented-status";
  /** `GET /repos/{owner}/{repo}`, or the name of the webhook. */
  readonly operation: string;
  readonly detail: string;
}

export interface Contract {
  /** `GET /repos/{owner}/{repo}` and the values of the path, or null where the fake offers no such operation. */
  match(method: string, path: string): { operation: string; parameters: Record<string, string> } | null;
  request(operation: string, body: unknown): Violation[];
  response(operation: string, status: number, body: unknown): Violation[];
  webhook(event: string, action: string | null, payload: unknown): Violation[];
}

/** Path values that contain slashes. */
const GREEDY = new Set(["path", "ref", "basehead", "branch"]);

/** Ajv knows no `nullable` beside `$ref` or a choice, and wants null named among the values of an enum. */
function nullableAsType(value: Json): Json {
  if (Array.isArray(value)) return value.map(nullableAsType);
  if (value === null || typeof value !== "object") return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, nullableAsType(item)]),
  );
  if (nullable !== true) return nullable === undefined || nullable === false ? rest : { nullable, ...rest };
  if (Array.isArray(rest["enum"]) && !rest["enum"].includes(null)) rest["enum"] = [...rest["enum"], null];
  if (typeof rest["type"] === "string") return { ...rest, type: [rest["type"], "null"] };
  return { anyOf: [rest, { type: "null" }] };
}

function readJson(name: string): JsonObject {
  const folder = dirname(fileURLToPath(import.meta.url));
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as JsonObject;
}

/** Simple segments match one segment; greedy ones the rest, so literal text after them is tried first. */
function pathPattern(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const source = template
    .split("/")
    .map((segment) => {
      const name = /^\{(.+)\}$/.exec(segment)?.[1];
      if (name === undefined) return segment.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
      names.push(name);
      return GREEDY.has(name) ? "(.*)" : "([^/]+)";
    })
    .join("/");
  return { pattern: new RegExp(`^${source}$`), names };
}

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: string[];
  readonly description: JsonObject;
}

function readOperations(paths: JsonObject): Operation[] {
  const operations: Operation[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, description] of Object.entries(methods as JsonObject)) {
      const name = `${method.toUpperCase()} ${path}`;
      operations.push({
        name,
        method: method.toUpperCase(),
        ...pathPattern(path),
        description: description as JsonObject,
      });
    }
  }
  // The most literal path first: `/commits/{ref}/status` before `/commits/{ref}`.
  const weight = (operation: Operation): number =>
    operation.name.split("/").reduce((sum, segment) => sum + (segment.startsWith("{") ? 1 : 10), 0);
  return operations.sort((left, right) => weight(right) - weight(left));
}

const pointer = (...keys: string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");

function child(value: Json | undefined, key: string): Json | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value[key] : undefined;
}

/** Compiles a schema when it is first needed. */
function compiler(ajv: Ajv): (reference: string) => ValidateFunction {
  const compiled = new Map<string, ValidateFunction>();
  return (reference) => {
    const known = compiled.get(reference);
    if (known !== undefined) return known;
    const validate = ajv.compile({ $ref: reference });
    compiled.set(reference, validate);
    return validate;
  };
}

function newAjv(): Ajv {
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    validateFormats: true,
    logger: false,
    code: { optimize: false },
  });
  // The package is CommonJS: its function is the module, or the module's `default`.
  const addFormats = addFormatsModule as unknown as { default?: (ajv: Ajv) => void } & ((ajv: Ajv) => void);
  (addFormats.default ?? addFormats)(ajv);
  ajv.addFormat("int64", true);
  ajv.addFormat("timestamp", true);
  return ajv;
}

/** Where a `$ref` of a response leads, else the place itself. */
function responsePlace(operation: Operation, status: number): { place: string; description: Json } | null {
  const described = child(operation.description["responses"], String(status));
  if (described === undefined) return null;
  const reference = child(described, "$ref");
  if (typeof reference === "string") return { place: reference.slice(1), description: null };
  const [method = "", path = ""] = operation.name.split(" ");
  return { place: pointer("paths", path, method.toLowerCase(), "responses", String(status)), description: described };
}

export function openContract(): Contract {
  const ajv = newAjv();
  const description = nullableAsType(readJson("openapi.json")) as JsonObject;
  ajv.addSchema({ $id: "github", ...description });
  ajv.addSchema({ $id: "webhooks", ...readJson("webhooks.json") });
  const compile = compiler(ajv);
  const operations = readOperations(description["paths"] as JsonObject);
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  const webhookNames = new Set(Object.keys(readJson("webhooks.json")["definitions"] as JsonObject));

  const check = (reference: string, value: unknown): string | null => {
    const validate = compile(reference);
    if (validate(value)) return null;
    return ajv.errorsText(validate.errors, { dataVar: "" }).slice(0, 600);
  };

  return {
    match(method, path) {
      for (const operation of operations) {
        const found = operation.method === method ? operation.pattern.exec(path) : null;
        if (found === null) continue;
        const values = operation.names.map((name, at): [string, string] => [
          name,
          decodeURIComponent(found[at + 1] ?? ""),
        ]);
        return { operation: operation.name, parameters: Object.fromEntries(values) };
      }
      return null;
    },
    request(name, body) {
      const [method = "", path = ""] = name.split(" ");
      const schema = child(
        child(child(byName.get(name)?.description["requestBody"], "content"), "application/json"),
        "schema",
      );
      if (schema === undefined) return [];
      const place = pointer(
        "paths",
        path,
        method.toLowerCase(),
        "requestBody",
        "content",
        "application/json",
        "schema",
      );
      const detail = check(`github#${place}`, body ?? {});
      return detail === null ? [] : [{ kind: "request", operation: name, detail }];
    },
    response(name, status, body) {
      const operation = byName.get(name);
      if (operation === undefined) return [{ kind: "unknown-operation", operation: name, detail: "" }];
      const described = responsePlace(operation, status);
      if (described === null) {
        if (status >= 200 && status < 400)
          return [{ kind: "undocumented-status", operation: name, detail: String(status) }];
        const detail = check("github#/components/schemas/basic-error", body);
        return detail === null ? [] : [{ kind: "response", operation: name, detail }];
      }
      const target = described.description ?? resolve(description, described.place);
      const schema = child(child(child(target, "content"), "application/json"), "schema");
      if (schema === undefined) return [];
      const detail = check(`github#${described.place}/content/application~1json/schema`, body);
      return detail === null ? [] : [{ kind: "response", operation: name, detail: `${status}: ${detail}` }];
    },
    webhook(event, action, payload) {
      const name = `${event}$${action ?? "event"}`;
      if (!webhookNames.has(name)) return [{ kind: "webhook", operation: name, detail: "there is no schema of it" }];
      const detail = check(`webhooks#/definitions/${encodeURIComponent(name)}`, payload);
      return detail === null ? [] : [{ kind: "webhook", operation: name, detail }];
    },
  };
}

function resolve(root: JsonObject, place: string): Json | undefined {
  return place
    .split("/")
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<Json | undefined>((value, key) => child(value, key), root);
}
