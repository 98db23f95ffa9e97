import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { readConfig } from "#config/read-config.ts";
import { configJsonSchema, writtenConfig } from "#config/written-config.ts";

const docs = new URL("../../docs/", import.meta.url);

test("docs/relock.schema.json is current (else run: node bench/write-config-schema.ts)", () => {
  const written: unknown = JSON.parse(readFileSync(new URL("relock.schema.json", docs), "utf8"));
  expect(written).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test("docs/configuration.md explains every key, and its example is valid for both schemas", () => {
  const text = readFileSync(new URL("configuration.md", docs), "utf8");
  for (const key of Object.keys(writtenConfig.shape)) expect(text).toContain(`\n| \`${key}\` |`);
  const example = /```yaml\n(?<yaml>[\s\S]*?)```/.exec(text)?.groups?.["yaml"] ?? "";
  expect(readConfig(example, null).kind).toBe("valid");
  const validate = new Ajv({ strict: false }).compile(configJsonSchema());
  expect(validate(parse(example))).toBe(true);
  expect(validate({ cooldwn: 3 })).toBe(false);
});
