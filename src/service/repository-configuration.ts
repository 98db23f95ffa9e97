/** What the service itself needs of a repository's `.github/relock.yml`; the engine reads the rest. */
import type { HoldChange } from "#github/texts/commit-message.ts";

export const CONFIGURATION_PATH = ".github/relock.yml";

export interface RepositoryConfiguration {
  readonly enabled: boolean;
  /** Days of the week on which the weekly run may start, 0 = Sunday. */
  readonly days: readonly number[];
  /** IANA name. */
  readonly timezone: string;
  readonly labels: readonly string[];
}

export interface ConfigurationProblem {
  readonly line: number;
  readonly message: string;
}

export type ConfigurationAnswer =
  | { readonly kind: "valid"; readonly configuration: RepositoryConfiguration }
  | { readonly kind: "invalid"; readonly file: string; readonly problems: readonly ConfigurationProblem[] };

/** Reads the repository's text over the organisation's; either may be missing. */
export type RepositoryConfigurationReader = (
  text: string | null,
  organisationText: string | null,
) => ConfigurationAnswer;

/** Writes holds into the text of a configuration (null: there is no file yet), or says why it cannot. */
export type HoldEditor = (
  text: string | null,
  holds: readonly HoldChange[],
) => { readonly kind: "edited"; readonly text: string } | { readonly kind: "refused"; readonly reason: string };
