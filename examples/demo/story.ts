/** What happens in the demo: the app is installed, weeks pass, people comment, and a second repository comes to the first. */
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

/** The organisation gets a repository whose conda environments were locked on 20 January 2025. */
const SECOND_REPOSITORY_DAY = "2025-02-24T12:00:00Z";
const IMAGES = "tidepool-images";
/** A summer later: newer packages that need a newer Python have come out, and CUDA 13. */
const SUMMER_WEEK = "2025-08-18T12:00:00Z";
/** pandas 2.3.2 is old enough by then. */
const SUMMER_FRIDAY = "2025-08-29T12:00:00Z";

/** Plays it. @throws DemoFailure where the service did not do what a user would expect of it */
export async function playStory(world: DemoWorld, reporter: Reporter): Promise<void> {
  const stage = createStage(world, reporter);
  await playPoetry(stage);
  await playConda(stage);
}

interface Stage {
  readonly world: DemoWorld;
  readonly reporter: Reporter;
  /** Something that happens at a moment; the service has done its work, and it has been told, when this is over. */
  readonly happens: (moment: string, text: string, act: () => unknown) => Promise<void>;
  readonly week: (moment: string, text: string) => Promise<void>;
  readonly says: (saying: Saying, moment: string, text: string) => Promise<void>;
}

interface Saying {
  readonly repository: FakeRepository;
  readonly number: number;
  readonly author: string;
  readonly body: string;
}

function createStage(world: DemoWorld, reporter: Reporter): Stage {
  const seen = new Map<string, SeenPull>();
  const happens: Stage["happens"] = async (moment, text, act) => {
    world.moveTo(moment);
    reporter.step(`${day(moment)}: ${text}`);
    await act();
    await world.quiet();
    for (const repository of world.repositories()) {
      const problem = await world.proposals.problemOf(repository.fullName);
      if (problem !== null) throw new DemoFailure(`the run for ${repository.fullName} failed: ${problem}`);
      tellPulls(repository, seen, reporter);
    }
  };
  return {
    world,
    reporter,
    happens,
    week: (moment, text) => happens(moment, text, () => world.service.sweep()),
    says: async ({ repository, number, author, body }, moment, text) => {
      const comments: Comment[] = [];
      await happens(moment, `${author}, ${text}`, () => comments.push(repository.comment(number, author, body)));
      for (const comment of comments) tellAnswer(repository, comment, reporter);
    },
  };
}

async function playPoetry({ world, happens, week, says }: Stage): Promise<void> {
  const { organisation, github } = world;
  const { repository, people, login } = organisation;
  await happens(FIRST_DAY, `${people.owner} installs Relock on ${login}, which has one repository`, () =>
    github.install(login, { actor: people.owner }),
  );
  const number = firstPullOf(repository);
  await week(SECOND_WEEK, "the weekly run, with releases that came out since");
  await week(QUIET_MONDAY, "the weekly run; what came out since is not a week old yet");
  const comment = { repository, number, body: "/relock" };
  const stranger = { ...comment, author: people.stranger };
  await says(stranger, SAME_DAY, `who may only read, comments /relock on #${String(number)}`);
  await says({ ...comment, author: people.maintainer }, SAME_DAY, "who may write, comments /relock too");
  await week(LAST_WEEK, "the weekly run three weeks later");
}

async function playConda({ world, happens, week, says }: Stage): Promise<void> {
  const { people } = world.organisation;
  await happens(SECOND_REPOSITORY_DAY, `${people.owner} adds a repository with conda environments`, () =>
    world.addRepository(IMAGES),
  );
  const repository = world.github.repository(world.organisation.login, IMAGES);
  const number = firstPullOf(repository);
  await week(SUMMER_WEEK, "the weekly run in summer");
  const comment = { repository, number, author: people.maintainer };
  const where = `on #${String(number)} of ${IMAGES}`;
  await says({ ...comment, body: "/relock" }, SUMMER_FRIDAY, `before a release, comments /relock ${where}`);
  const asked = { ...comment, body: "/relock explain numcodecs" };
  await says(asked, SUMMER_FRIDAY, `who reads that numcodecs holds Python, asks ${where}`);
}

function firstPullOf(repository: FakeRepository): number {
  const [first] = repository.pullRequests("open");
  if (first === undefined) throw new DemoFailure(`the first run opened no pull request in ${repository.fullName}`);
  return first.number;
}

interface SeenPull {
  readonly head: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
}

/** Says what became of each pull request since it was looked at last. */
function tellPulls(repository: FakeRepository, seen: Map<string, SeenPull>, reporter: Reporter): void {
  for (const { number, title, body, state, pull } of repository.pullRequests()) {
    const now: SeenPull = { head: pull.headSha, title, body, state };
    const name = `${repository.record.name}#${String(number)}`;
    reporter.detail(`${name} ${describeChange(seen.get(name), now)}`);
    seen.set(name, now);
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
