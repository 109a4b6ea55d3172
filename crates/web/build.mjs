// Takes the console's assets and the few files it needs of its npm packages, resolves `asset:NAME` references
// between them, names each by the hash of its content, compresses what shrinks, and writes a Rust table of all.
// Usage: node build.mjs OUT_DIR
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = process.argv[2];
const dir = join(out, "assets");
rmSync(dir, { recursive: true, force: true });
mkdirSync(dir, { recursive: true });

const inter = (subset) => `node_modules/@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`;

// In the order of dependency: a file may refer only to those before it.
const sources = [
  ["inter-latin.woff2", inter("latin")],
  ["inter-latin-ext.woff2", inter("latin-ext")],
  ["inter-cyrillic.woff2", inter("cyrillic")],
  ["inter-greek.woff2", inter("greek")],
  ["inter-vietnamese.woff2", inter("vietnamese")],
  ["icons.svg", "assets/icons.svg"],
  ["favicon.svg", "assets/favicon.svg"],
  ["app.css", "assets/app.css"],
  ["cover.css", "assets/cover.css"],
  ["papers.css", "assets/papers.css"],
  ["scan.css", "assets/scan.css"],
  ["calendar.css", "assets/calendar.css"],
  ["htmx.js", "node_modules/htmx.org/dist/htmx.min.js"],
  ["zxing.wasm", "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"],
  ["zxing.js", "node_modules/zxing-wasm/dist/iife/reader/index.js"],
  ["app.js", "assets/app.js"],
  ["offline.js", "assets/offline.js"],
  ["worker.js", "assets/worker.js"],
  ["lists.js", "assets/lists.js"],
  ["scan.js", "assets/scan.js"],
  ["calendar.js", "assets/calendar.js"],
  ["papers.js", "assets/papers.js"],
];

const types = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  woff2: "font/woff2",
};

// Comments and indentation are for the reader of the source; strings in our own files never hold `/*`.
const lean = {
  css: (text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s*\n\s*/g, "").replace(/^\n/, ""),
  svg: (text) => text.replace(/<!--[\s\S]*?-->/g, "").replace(/>\s+</g, "><"),
};

const urls = new Map();
const rows = [];
for (const [name, path] of sources) {
  const extension = name.split(".").pop();
  let bytes = readFileSync(path);
  if (path.startsWith("assets/")) {
    let text = bytes.toString("utf8");
    if (lean[extension]) text = lean[extension](text);
    text = text.replace(/asset:([\w.-]+)/g, (_, wanted) => {
      if (!urls.has(wanted)) throw new Error(`${path} refers to ${wanted}, which does not come before it`);
      return urls.get(wanted);
    });
    bytes = Buffer.from(text);
  } else if (extension === "js") {
    // The maps are not shipped, so a reference to them would only make a 404.
    bytes = Buffer.from(bytes.toString("utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
  }
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const file = name.replace(/\.([^.]+)$/, `-${hash}.$1`);
  const url = `/assets/${file}`;
  urls.set(name, url);
  writeFileSync(join(dir, file), bytes);

  const packed = (suffix, data) => {
    if (extension === "woff2" || data.length > bytes.length * 0.9) return "None";
    writeFileSync(join(dir, file + suffix), data);
    return `Some(include_bytes!(concat!(env!("OUT_DIR"), "/assets/${file}${suffix}")))`;
  };
  const br = packed(".br", brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  const gz = packed(".gz", gzipSync(bytes, { level: 9 }));
  rows.push(`    Asset {
        name: "${name}",
        url: "${url}",
        content_type: "${types[extension]}",
        plain: include_bytes!(concat!(env!("OUT_DIR"), "/assets/${file}")),
        br: ${br},
        gz: ${gz},
    },`);
}
writeFileSync(join(out, "assets.rs"), `static ASSETS: &[Asset] = &[\n${rows.join("\n")}\n];\n`);
