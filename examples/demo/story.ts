/** What happens in the demo: the app is installed, weeks pass, and two people comment. */
import type { FakeRepository } from "../../test/support/github/repository.ts";
import type { Comment } from "../../test/support/github/state.ts";
import { DemoFailure } from "./failure.ts";
import type { Reporter } from "./reporter.ts";
import type { DemoWorld } from "./world.ts";

/** The app is installed on this Tuesday: releases of up to a week before are old enough to be proposed. */
export const FIRST_DAY = "2023-03-21T12:00:00Z";
/** A week later, by when the releases of 20 March are old enough. */
const SECOND_WEEK = "2023-03-28T12:00:00Z";
/** A Monday morning: what came out a week ago, on 10 April, is too young by two hours. */
const QUIET_MONDAY = "2023-04-17T06:00:00Z";
/** The same Monday, when it is old enough; the next weekly run is a week away. */
const SAME_DAY = "2023-04-17T12:00:00Z";
/** When a release of pip, which is a tool and has a pull request of its own, is old enough. */
const LAST_WEEK = "2023-05-09T12:00:00Z";

/** Plays it. @throws DemoFailure where the service did not do what a user would expect of it */
export async function playStory(world: DemoWorld, reporter: Reporter): Promise<void> {
  const { organisation, github } = world;
  const { repository, people } = organisation;
  const seen = new Map<number, SeenPull>();
  const settle = async (): Promise<void> => {
    await world.quiet();
    const problem = await world.proposals.problemOf(repository.fullName);
    if (problem !== null) throw new DemoFailure(`the run for ${repository.fullName} failed: ${problem}`);
    tellPulls(repository, seen, reporter);
  };
  const week = async (moment: string, text: string): Promise<void> => {
    world.moveTo(moment);
    reporter.step(`${day(moment)}: ${text}`);
    await world.service.sweep();
    await settle();
  };

  reporter.step(
    `${day(FIRST_DAY)}: ${people.owner} installs Relock on ${organisation.login}, which has one repository`,
  );
  github.install(organisation.login, { actor: people.owner });
  await settle();
  const [first] = repository.pullRequests("open");
  if (first === undefined) throw new DemoFailure("the first run opened no pull request");
  await week(SECOND_WEEK, "the weekly run, with releases that came out since");
  await week(QUIET_MONDAY, "the weekly run; what came out since is not a week old yet");

  world.moveTo(SAME_DAY);
  reporter.step(
    `${day(SAME_DAY)}: ${people.stranger}, who may only read, comments /relock on #${String(first.number)}`,
  );
  const ignored = repository.comment(first.number, people.stranger, "/relock");
  await settle();
  tellAnswer(repository, ignored, reporter);
  reporter.step(`${day(SAME_DAY)}: ${people.maintainer}, who may write, comments /relock too`);
  const followed = repository.comment(first.number, people.maintainer, "/relock");
  await settle();
  tellAnswer(repository, followed, reporter);

  await week(LAST_WEEK, "the weekly run three weeks later");
}

interface SeenPull {
  readonly head: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
}

/** Says what became of each pull request since it was looked at last. */
function tellPulls(repository: FakeRepository, seen: Map<number, SeenPull>, reporter: Reporter): void {
  for (const { number, title, body, state, pull } of repository.pullRequests()) {
    const now: SeenPull = { head: pull.headSha, title, body, state };
    reporter.detail(`#${String(number)} ${describeChange(seen.get(number), now)}`);
    seen.set(number, now);
  }
}

function describeChange(before: SeenPull | undefined, now: SeenPull): string {
  if (before === undefined) return `was opened: ${now.title}`;
  if (before.state !== now.state) return `is ${now.state} now`;
  if (before.head !== now.head) return `was updated in place: ${now.title}`;
  if (before.body !== now.body) return "keeps its commit; its text was brought up to date";
  return "was left alone";
}

function tellAnswer(repository: FakeRepository, comment: Comment, reporter: Reporter): void {
  const reactions = repository.reactions(comment).map((one) => one.content);
  if (reactions.length === 0) throw new DemoFailure(`${comment.author}'s comment got no reaction`);
  const later = repository.comments(comment.issue).filter((one) => one.id > comment.id);
  const answer = later.length === 0 ? "and no answer" : `and an answer by ${later.at(-1)?.author ?? ""}`;
  reporter.detail(`the comment got the reaction ${reactions.join(", then ")} ${answer}`);
}

/** `Tuesday 2023-03-21 12:00`, UTC. */
function day(moment: string): string {
  const name = new Intl.DateTimeFormat("en-US", { weekday: "long", timeZone: "UTC" }).format(new Date(moment));
  return `${name} ${moment.slice(0, 16).replace("T", " ")}`;
}
