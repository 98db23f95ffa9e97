/** What a written conda-lock.yml must be, as a JSON schema (CEP 37; conda-lock's models refuse unknown keys). */
const text = { type: "string" };
const texts = { type: "array", items: text };
const record = (required: readonly string[], properties: Record<string, unknown>): Record<string, unknown> => ({
  type: "object",
  required,
  properties,
  additionalProperties: false,
});
const hex = (digits: number): Record<string, unknown> => ({ type: "string", pattern: `^[0-9a-f]{${digits}}$` });

const hash = {
  ...record([], { md5: hex(32), sha256: hex(64) }),
  minProperties: 1,
};

const metadata = record(["content_hash", "channels", "platforms", "sources"], {
  content_hash: { type: "object", additionalProperties: hex(64), minProperties: 1 },
  channels: { type: "array", items: record(["url", "used_env_vars"], { url: text, used_env_vars: texts }) },
  platforms: { ...texts, minItems: 1, uniqueItems: true },
  sources: { ...texts, minItems: 1 },
  time_metadata: record(["created_at"], { created_at: text }),
  git_metadata: record([], { git_user_name: text, git_user_email: text, git_sha: text }),
  inputs_metadata: { type: "object", additionalProperties: record([], { md5: hex(32), sha256: hex(64) }) },
  custom_metadata: { type: "object", additionalProperties: text },
});

const lockedPackage = {
  ...record(["name", "version", "manager", "platform", "dependencies", "url", "hash", "category", "optional"], {
    name: text,
    version: text,
    manager: { enum: ["conda", "pip"] },
    platform: { type: "string", pattern: "^[a-z]+-[a-z0-9]+$" },
    dependencies: { type: "object", additionalProperties: text },
    url: text,
    hash,
    source: record(["type", "url"], { type: { const: "url" }, url: text }),
    build: text,
    category: text,
    optional: { type: "boolean" },
  }),
  // conda-lock: "conda package hashes must use MD5".
  if: { properties: { manager: { const: "conda" } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
  then: { properties: { hash: { required: ["md5"] } } },
  allOf: [
    {
      if: { properties: { category: { const: "main" } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
      then: { properties: { optional: { const: false } } },
      else: { properties: { optional: { const: true } } },
    },
  ],
};

export const CONDA_LOCK_SCHEMA = record(["version", "metadata", "package"], {
  version: { const: 1 },
  metadata,
  package: { type: "array", items: lockedPackage },
});
