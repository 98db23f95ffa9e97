/** What people may write in `.github/relock.yml`, one schema per key. docs/relock.schema.json is made from these. */
import { z } from "zod";
import { isValidName } from "#packaging/names.ts";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";

export const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export const PLATFORMS = [
  "linux-64",
  "linux-aarch64",
  "linux-ppc64le",
  "osx-64",
  "osx-arm64",
  "win-64",
  "win-arm64",
] as const;
/** CUDA is served for Linux alone. */
export const TARGET_IDS = [...PLATFORMS, "linux-64-cuda", "linux-aarch64-cuda"] as const;

const packagePattern = z
  .string()
  .max(100)
  .refine(
    (text) => isValidName(text.replaceAll("*", "x")),
    "is not the name of a package (`*` may stand for any characters)",
  )
  .describe("Name of a package; `*` stands for any characters.");
const specifier = z
  .string()
  .max(200)
  .refine(
    (text) => !isSpecifierProblem(parseSpecifierSet(text)),
    "is not a version range such as `>=1.2,<2` (PEP 440)",
  );
const days = z.number().min(0).max(365);

const schedule = z.union([z.enum(["weekly", ...DAYS]), z.array(z.enum(DAYS)).min(1)]);
const cooldown = z.union([
  days,
  z.strictObject({
    days: days.optional().describe("For all packages that nothing else is said about."),
    packages: z
      .record(packagePattern, days)
      .optional()
      .describe("Days for single packages; the first that fits decides."),
  }),
]);
const groups = z.record(
  z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "is not in kebab-case (`my-group`), and a branch is named by it"),
  z.union([
    z.array(packagePattern).min(1),
    z.strictObject({
      packages: z.array(packagePattern).min(1),
      majors: z.enum(["apart", "together"]).optional().describe("Whether major moves stay in this group."),
    }),
  ]),
);
const ignore = z.array(
  z.union([
    packagePattern,
    z.strictObject({
      name: packagePattern,
      versions: specifier.optional().describe("Versions that are not proposed."),
    }),
  ]),
);
const hold = z.record(
  z.string().refine(isValidName, "is not the name of a package"),
  z.union([z.null(), z.literal("current"), specifier]),
);

/** All keys are optional: defaults are filled in by `readConfig`. */
export const writtenConfig = z.strictObject({
  enabled: z.boolean().optional().describe("Whether Relock does anything here."),
  targets: z
    .array(z.enum(TARGET_IDS))
    .min(1)
    .optional()
    .describe("What every lock has to install on. Default: what locks, manifests and CI files name."),
  schedule: schedule
    .optional()
    .describe("Day of the weekly run: `weekly` (Monday), a day, or several days of which one is chosen."),
  timezone: z
    .string()
    .refine(isTimezone, "is not a time zone such as `Europe/Berlin`")
    .optional()
    .describe("IANA time zone of the schedule."),
  cooldown: cooldown.optional().describe("Days that a release has to be old before it is proposed. Default: 7."),
  groups: groups.optional().describe("Packages that get a pull request of their own, by the name of the group."),
  ignore: ignore.optional().describe("Packages, or versions of them, that are never proposed."),
  hold: hold
    .optional()
    .describe("Packages that stay where they are (`current`), or within a version range. `/relock hold` writes here."),
  strategy: z
    .enum(["auto", "application", "library"])
    .optional()
    .describe(
      "`application` raises constraints with the versions, `library` only those that block. Default: by the lock.",
    ),
  labels: z.array(z.string().min(1).max(50)).max(20).optional().describe("Labels of our pull requests."),
  paths: z
    .array(z.string().min(1).max(200))
    .optional()
    .describe("Globs of what is looked at; those that start with `!` are left out."),
});

export type WrittenConfig = z.infer<typeof writtenConfig>;

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** JSON schema of the file, for editors. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(writtenConfig, { target: "draft-7", io: "input" });
  return { ...schema, title: "Configuration of Relock (.github/relock.yml)" };
}
