/** The ways in which releases of conda-lock compute a content hash. */
import type { ContentHashRule } from "./content-hash.ts";

type Serialisation = Pick<ContentHashRule, "name" | "channels" | "fields" | "pip">;

/** Today's first. Releases that are not told apart by real locks stand for their neighbours. */
const SERIALISATIONS: readonly Serialisation[] = [
  { name: "conda-lock 3", channels: "compact", fields: "hash", pip: "pep508" },
  { name: "conda-lock 2.5.8", channels: "compact", fields: "hash", pip: "conda" },
  { name: "conda-lock 3.0.0 to 3.0.2", channels: "compact", fields: "nulls", pip: "pep508" },
  { name: "conda-lock 2.1 to 2.5", channels: "compact", fields: "plain", pip: "conda" },
  { name: "conda-lock 2.0", channels: "spaced", fields: "plain", pip: "conda" },
  { name: "conda-lock 1.3 and 1.4", channels: "spaced", fields: "optional", pip: "conda" },
  { name: "conda-lock 1.1 and 1.2", channels: "spaced", fields: "selectors", pip: "conda" },
  { name: "conda-lock 1.0", channels: "name", fields: "selectors", pip: "conda" },
];

/** Every rule, today's (`CONTENT_HASH_RULE`) first. */
export const CONTENT_HASH_RULES: readonly ContentHashRule[] = SERIALISATIONS.flatMap((one) =>
  ["2.28", "2.17"].flatMap((glibc) =>
    [true, false].flatMap((secondOsx) =>
      [true, false].map((buildNumber) => ({ ...one, glibc, secondOsx, buildNumber })),
    ),
  ),
);
