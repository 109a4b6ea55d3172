// Reads codes from pictures with zxing-cpp (as WebAssembly): another reader than ours, so that what we print is judged by it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const home = new URL("../crates/web/node_modules/zxing-wasm/dist/", import.meta.url);

// A function that gives the codes of a picture (its bytes, or the path of its file): format, symbology, text, and the text with
// the separators of fields as they are.
export async function reader() {
  const { prepareZXingModule, readBarcodes } = await import(new URL("es/reader/index.js", home));
  const wasmBinary = readFileSync(fileURLToPath(new URL("reader/zxing_reader.wasm", home)));
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return async (picture) => {
    const bytes = typeof picture === "string" ? readFileSync(picture) : picture;
    const found = await readBarcodes(new Uint8Array(bytes), { tryHarder: true, textMode: "Plain" });
    const raw = (code) => Buffer.from(code.bytes).toString("latin1");
    return found.map((code) => ({ format: code.format, symbology: code.symbologyIdentifier, text: code.text, raw: raw(code) }));
  };
}
