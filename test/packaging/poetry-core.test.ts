import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  answerConstraints,
  answerMarkers,
  type Answers,
  type ConstraintQuestion,
  type CoreQuestion,
  type MarkerQuestion,
} from "../support/poetry-core-answers.ts";

/** Answers of poetry-core (Poetry 2.3.4), kept by `test/contract/poetry-core-native.ts --write`. */
const facts = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/poetry-core/facts.json"), "utf8"),
) as readonly { readonly question: CoreQuestion; readonly answers: Answers }[];

describe("answers of poetry-core", () => {
  const constraints = facts.filter(({ question }) => question.kind === "constraint");
  const markers = facts.filter(({ question }) => question.kind === "marker");

  test("there are some of each kind", () => {
    expect(constraints.length).toBeGreaterThan(100);
    expect(markers.length).toBeGreaterThan(100);
  });

  test.each(constraints.map(({ question, answers }) => [question.a, question.b, question, answers] as const))(
    "constraints %s with %s",
    (_a, _b, question, answers) => {
      expect(answerConstraints(question as ConstraintQuestion)).toEqual(answers);
    },
  );

  test.each(markers.map(({ question, answers }) => [question.a, question.b, question, answers] as const))(
    "markers %s with %s",
    (_a, _b, question, answers) => {
      expect(answerMarkers(question as MarkerQuestion)).toEqual(answers);
    },
  );
});
