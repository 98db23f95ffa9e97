/** Writes docs/relock.schema.json from the schemas of src/config. Run it when a key changes; a test compares the two. */
import { writeFile } from "node:fs/promises";
import { format } from "prettier";
import { configJsonSchema } from "#config/written-config.ts";

const path = new URL("../docs/relock.schema.json", import.meta.url);
await writeFile(path, await format(JSON.stringify(configJsonSchema()), { parser: "json", printWidth: 120 }));
