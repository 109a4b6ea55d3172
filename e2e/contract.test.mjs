// The contract of the API, sentence by sentence, as somebody sees it who has nothing else at hand.
import { after, before, describe } from "node:test";
import { commands } from "./contract/commands.mjs";
import { directory } from "./contract/directory.mjs";
import { events } from "./contract/events.mjs";
import { figures } from "./contract/figures.mjs";
import { ground } from "./contract/ground.mjs";
import { imports } from "./contract/imports.mjs";
import { inventory } from "./contract/inventory.mjs";
import { links } from "./contract/links.mjs";
import { people } from "./contract/people.mjs";
import { quotes } from "./contract/quotes.mjs";
import { requests } from "./contract/requests.mjs";
import { scene } from "./contract/scene.mjs";
import { world } from "./lib.mjs";

const engines = (process.env.CASELOAD_E2E_ENGINE ?? "sqlite").split(",");
for (const engine of engines) {
  describe(`the contract on ${engine}`, () => {
    const here = { as: {}, who: {} };
    let it;
    before(async () => {
      it = await world({ engine });
      await scene(it, here);
    });
    after(() => it?.stop());
    for (const room of [ground, people, directory, inventory, requests, events, quotes, imports, links, figures]) room(here);
  });
}
commands();
