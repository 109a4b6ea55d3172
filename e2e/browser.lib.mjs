// People at a browser: they sign in, press what can be seen, fill fields by their labels, and read what is said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

// Nothing is judged while it still fades in: what moves for good (a spinner) is not waited for. One change may set off
// the next, so it is looked again until all is still.
const settled = (page) =>
  page.evaluate(async () => {
    const moving = () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    for (let looks = 0; looks < 40 && moving().length > 0; looks += 1) {
      await Promise.all(moving().map((one) => one.finished.catch(() => {})));
      await new Promise(requestAnimationFrame);
    }
  });

// What is wrong with a page, in sentences: it runs wider than the screen, or cannot be used by everybody.
export async function faults(page, { axeToo = true } = {}) {
  const found = [];
  const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (width > 1) found.push(`runs ${width} px wider than the screen`);
  if (axeToo) {
    // The content policy forbids inline scripts, so the checker is evaluated by the debugger, not injected as a tag.
    await page.evaluate(axe);
    await settled(page);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of result.violations) {
      found.push(`axe ${violation.id} (${violation.impact}): ${violation.nodes[0]?.target?.join(" ")}: ${violation.nodes[0]?.html?.slice(0, 160)}`);
    }
  }
  return found;
}

// Contrast alone, in the colours of the moment; the checker is there already.
export async function contrast(page) {
  await settled(page);
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["color-contrast"], resultTypes: ["violations"] }));
  return result.violations.map((violation) => `axe ${violation.id}: ${violation.nodes[0]?.target?.join(" ")}: ${violation.nodes[0]?.html?.slice(0, 160)}`);
}

// Somebody with a browser of their own.
export class Person {
  constructor(page, base) {
    this.page = page;
    this.base = base;
    this.complaints = [];
    page.setDefaultTimeout(15_000);
    page.on("console", (message) => {
      // An answer that refuses a form is said on the page; the browser also writes it down.
      if (message.type() === "error" && !/status of (403|404|409|412|422)/.test(message.text())) this.complaints.push(`${this.path}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`${this.path}: ${error.message}`));
  }

  static async at(browser, base, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light", ...options });
    return new Person(await context.newPage(), base);
  }

  get path() {
    return new URL(this.page.url()).pathname;
  }

  async signIn(email, password) {
    await this.page.goto(`${this.base}/sign-in`);
    await this.fill("E-mail", email);
    await this.fill("Password", password);
    await Promise.all([this.page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), this.page.getByRole("button", { name: "Sign in" }).click()]);
  }

  // The link of an invitation: choose a password, and be in.
  async claim(link, password) {
    await this.page.goto(link);
    await this.fill("Password", password);
    await this.fill("The same once more", password);
    await this.press("Set password and sign in");
    await this.page.waitForURL((url) => !url.pathname.startsWith("/claim"));
  }

  async go(path) {
    const answer = await this.page.goto(this.base + path);
    return answer.status();
  }

  // Through the rail, as people go.
  async room(name) {
    await this.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name, exact: false }).click();
    await this.page.waitForLoadState();
  }

  label(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  // A field by its label, in the open dialog if there is one.
  async field(name) {
    const dialog = this.page.locator("dialog:modal");
    const within = (await dialog.count()) > 0 ? dialog.last() : this.page.locator("main");
    const words = new RegExp(`^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(\\s*optional)?\\s*$`);
    return within.getByLabel(words).first();
  }

  async fill(name, value) {
    await (await this.field(name)).fill(value);
  }

  async select(name, label) {
    await (await this.field(name)).selectOption({ label });
  }

  // Types into a combobox and takes the suggestion that begins with these words.
  async choose(name, words) {
    const input = await this.field(name);
    await input.fill("");
    await input.fill(words);
    const box = input.locator("xpath=ancestor::div[contains(@class, 'combo')][1]");
    const option = box.locator("[role=option][data-value]").filter({ hasText: words }).first();
    await option.click();
    assert.equal((await input.inputValue()).toLowerCase().includes(words.toLowerCase().slice(0, 4)), true, `${name}: ${words} was not taken`);
  }

  // A small form of one field and one button.
  async add(name, words, button = "Add") {
    await this.choose(name, words);
    const form = (await this.field(name)).locator("xpath=ancestor::form[1]");
    await this.follow(button, { within: form });
  }

  // A button or a link by what it says: in the open dialog first, otherwise on the page.
  async press(name, { within, exact = true } = {}) {
    const dialog = this.page.locator("dialog:modal");
    const from = within ?? ((await dialog.count()) > 0 ? dialog.last() : this.page.locator("body"));
    const button = from.getByRole("button", { name, exact });
    const link = from.getByRole("link", { name, exact });
    const found = button.or(link).filter({ visible: true }).first();
    const opens = await found.evaluate((it) => "dialog" in it.dataset || "open" in it.dataset);
    await found.click();
    if (opens) await this.page.locator("dialog:modal").waitFor();
  }

  // The same, and the page that it leads to.
  async follow(name, options) {
    const before = this.page.url();
    const [answer] = await Promise.all([
      this.page.waitForResponse((it) => it.request().isNavigationRequest() && it.status() < 300 && it.frame() === this.page.mainFrame()),
      this.press(name, options),
    ]);
    await this.page.waitForLoadState();
    return { before, status: answer.status() };
  }

  // Something behind the three dots of the page.
  async more(name) {
    await this.page.locator("main .top details.pop > summary").filter({ visible: true }).first().click();
    await this.press(name, { within: this.page.locator("main .top") });
  }

  async said(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  async toast(text) {
    await this.page.locator("#toasts").getByText(text).first().waitFor();
  }

  main() {
    return this.page.locator("main").innerText();
  }

  // The rows of the list that say these words; rows that are alike count as often as they say.
  rows(text) {
    return this.page.locator("[data-list] tbody tr").filter({ hasText: text });
  }

  // Ticks rows that say all these words; those that are alike are unfolded first.
  async tick(words, number = 1) {
    let rows = this.page.locator("[data-list] tbody tr");
    for (const word of [words].flat()) rows = rows.filter({ hasText: word });
    await rows.first().waitFor({ state: "attached" });
    for (let at = 0; at < number; at++) {
      const lead = rows.nth(at).locator("[data-unfold][aria-expanded=false]");
      if ((await lead.count()) > 0) await lead.click();
      await rows.nth(at).locator(".pick").click();
    }
    await this.page.getByText(`${number} selected`).waitFor();
  }

  // Checks that the page before one's eyes is sound.
  async sound(name) {
    for (const fault of await faults(this.page)) this.complaints.push(`${name}, ${this.path}: ${fault}`);
  }

  async download(name, options) {
    const [file] = await Promise.all([this.page.waitForEvent("download"), this.press(name, options)]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  }

  close() {
    return this.page.context().close();
  }
}
