import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startWorld, WEEK, type RunningWorld } from "../../support/service/running-world.ts";

describe("install and week by week", () => {
  let world: RunningWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    await world.close();
  });

  test("installing the app opens a pull request", async () => {
    const { github } = world;
    github.createUser("ada");
    github.createOrganisation("lab", ["ada"]);
    const repository = github.createRepository({
      owner: "lab",
      name: "imprint",
      author: "ada",
      files: { "requirements.txt": "numpy==1.0\npandas==1.0\n" },
    });
    world.setIndex({ "python-dependencies": { numpy: "1.1" } });
    github.install("lab", { actor: "ada" });
    await world.quiet();
    console.log(world.output.filter((line) => !line.includes('"debug"')).join(""));
    expect(repository.pullRequests().map((pull) => [pull.title, pull.state])).toEqual([["Update numpy", "open"]]);
  });
});
