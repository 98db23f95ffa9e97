/** Can the requirements of pip files be installed together on every target? Asks the indexes that the files name. */
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import type { Target } from "#packaging/target.ts";
import type { ListingPolicy } from "#planning/filter-listing.ts";
import type { EngineContext } from "./context.ts";
import { openPipWorkspace, type PipOutcome, type PipWorkspace } from "./pip-project.ts";
import { watchOutages } from "./watch-outages.ts";

/** The code of a finding that says that an index was out of reach. */
export const INDEX_UNREACHABLE = "index-unreachable";

/** What `--exclude-newer` hides, and nothing else: a check has no policy of its own. */
export function plainPolicy(context: EngineContext): ListingPolicy {
  return {
    uploadedBefore: () => context.excludeNewer,
    undated: context.undated,
    inUse: new Map(),
    refuses: () => false,
  };
}

/** Everything that stands against installing a project's requirements; infos say what was not looked at. */
export async function checkPipProject(context: EngineContext, project: Project): Promise<readonly Finding[]> {
  const watched = watchOutages(context);
  const workspace = openPipWorkspace(watched.context, project, plainPolicy(context));
  const failures: Failure[] = [];
  for (const target of workspace.targets) {
    const outcome = await workspace.solve({ constraints: new Map(), target: target.id, upgrade: false });
    if (outcome.kind === "conflict") {
      failures.push({ target, outcome });
      // Without the index the other targets can only fail in the same way, each after its own wait.
      if (watched.outages().length > 0) {
        break;
      }
    }
  }
  const outages = watched.outages();
  const [outage] = outages;
  const failed =
    failures.length > 0 && outage !== undefined
      ? [unreachable(project, outage.message, outages.length)]
      : merge(project, failures, workspace);
  return [...workspace.findings, ...condaFindings(project), ...failed];
}

interface Failure {
  readonly target: Target;
  readonly outcome: Extract<PipOutcome, { kind: "conflict" }>;
}

function unreachable(project: Project, message: string, count: number): Finding {
  const others = count > 1 ? ` (and ${count - 1} more)` : "";
  return {
    code: INDEX_UNREACHABLE,
    severity: "error",
    file: project.manifests[0]?.path ?? project.id,
    line: null,
    message: `Whether ${project.id} can be installed is not known, because an index could not be asked${others}: ${message}`,
    targets: [],
  };
}

/** One finding for each reason, with all targets that have it. */
function merge(project: Project, failures: readonly Failure[], { targets }: PipWorkspace): readonly Finding[] {
  const groups = new Map<string, { readonly finding: Finding; readonly targets: string[] }>();
  for (const { target, outcome } of failures) {
    const reason = outcome.explanation.replaceAll(target.id, "this target").replace(/\s+/gu, " ");
    const place = placeOf(outcome) ?? { file: project.manifests[0]?.path ?? project.id, line: null };
    const key = JSON.stringify([place, reason]);
    const code = outcome.conflict === null ? "undecided" : "unsatisfiable";
    const group = groups.get(key) ?? {
      finding: { code, severity: "error", ...place, message: reason, targets: [] },
      targets: [],
    };
    group.targets.push(target.id);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ finding, targets: ids }) => {
    const everywhere = ids.length === targets.length;
    const where = everywhere ? "on any target" : `on ${ids.join(", ")}`;
    return {
      ...finding,
      message: `The requirements of ${project.id} cannot be installed ${where}: ${finding.message}`,
      targets: everywhere ? [] : ids,
    };
  });
}

/** The requirement that starts the proof. */
function placeOf({ conflict }: Failure["outcome"]): { readonly file: string; readonly line: number } | null {
  for (const fact of conflict?.facts ?? []) {
    if ("origin" in fact && fact.origin !== null) {
      return { file: fact.origin.file, line: fact.origin.line };
    }
  }
  return null;
}

/** Entries of an environment.yml for conda itself take no part in the solve. */
function condaFindings(project: Project): readonly Finding[] {
  return project.manifests.flatMap((manifest): Finding[] => {
    const entries = manifest.requirements.filter(
      ({ ecosystem, name }) => ecosystem === "conda" && name !== "python" && name !== "pip",
    );
    const [first] = entries;
    if (first === undefined) {
      return [];
    }
    const count = entries.length === 1 ? "1 conda entry" : `${entries.length} conda entries`;
    const message = `${count} of ${manifest.path} were not checked: only what pip installs is solved.`;
    return [{ code: "not-checked", severity: "info", file: manifest.path, line: first.line, message, targets: [] }];
  });
}
