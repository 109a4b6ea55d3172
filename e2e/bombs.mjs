// Workbooks and archives that want to hurt whoever opens them. A minimal ZIP writer, so that every field can lie.
import { crc32, deflateRawSync } from "node:zlib";

const crc = crc32 ?? slowCrc;

function slowCrc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (0xedb88320 & -(value & 1));
  }
  return ~value >>> 0;
}

// entries: { name, bytes, packed?, size?, method?, flags?, sum? }
export function zip(entries, { count } = {}) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, bytes = Buffer.alloc(0), packed, size, method = 8, flags = 0, sum } of entries) {
    const text = Buffer.from(name);
    const content = packed ?? (method === 8 ? deflateRawSync(bytes, { level: 9 }) : bytes);
    const check = sum ?? (packed ? 0 : crc(bytes));
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(flags, 6);
    head.writeUInt16LE(method, 8);
    head.writeUInt32LE(check >>> 0, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt32LE(size ?? bytes.length, 22);
    head.writeUInt16LE(text.length, 26);
    const row = Buffer.alloc(46);
    row.writeUInt32LE(0x02014b50, 0);
    row.writeUInt16LE(20, 4);
    row.writeUInt16LE(20, 6);
    row.writeUInt16LE(flags, 8);
    row.writeUInt16LE(method, 10);
    row.writeUInt32LE(check >>> 0, 16);
    row.writeUInt32LE(content.length, 20);
    row.writeUInt32LE(size ?? bytes.length, 24);
    row.writeUInt16LE(text.length, 28);
    row.writeUInt32LE(at, 42);
    parts.push(head, text, content);
    directory.push(row, text);
    at += head.length + text.length + content.length;
  }
  const rows = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count ?? entries.length, 8);
  end.writeUInt16LE(count ?? entries.length, 10);
  end.writeUInt32LE(rows.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, rows, end]);
}

const types = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>';
const rels = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>';
const book = '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>';
const bookRels = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>';
const sheet = (rows) => `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`;
const cell = (place, text) => `<c r="${place}" t="inlineStr"><is><t>${text}</t></is></c>`;

export function workbook(rows, more = [], replace = {}) {
  const parts = { "[Content_Types].xml": types, "_rels/.rels": rels, "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": bookRels, "xl/worksheets/sheet1.xml": sheet(rows), ...replace };
  return zip([...Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })), ...more]);
}

export const good = (name) => workbook(`<row r="1">${cell("A1", "name")}${cell("B1", "number")}</row><row r="2">${cell("A2", name)}${cell("B2", "X-1")}</row>`);

// Twelve files that must all be refused, each for a reason of its own.
export function bombs() {
  const zeros = Buffer.alloc(150 * 1024 * 1024, 0x20);
  const blown = deflateRawSync(zeros, { level: 9 });
  const head = `<row r="1">${cell("A1", "name")}</row>`;
  const wide = Array.from({ length: 40_000 }, (_, n) => cell(`${String.fromCharCode(65 + (n % 26))}1`, "a")).join("");
  const dtd = (inner) => `<?xml version="1.0"?><!DOCTYPE x [${inner}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData></worksheet>`;
  const laughs = dtd(`<!ENTITY a0 "ha">${Array.from({ length: 9 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`).join("")}`);
  return {
    "one part that unpacks to 150 MB": zip([{ name: "[Content_Types].xml", bytes: Buffer.from(types) }, { name: "xl/worksheets/sheet1.xml", packed: blown, size: zeros.length }]),
    "a part that lies about its size": workbook(head, [{ name: "xl/sharedStrings.xml", packed: blown, size: 10 }], {}),
    "a sheet that lies about its size": zip([...["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"].map((name, n) => ({ name, bytes: Buffer.from([types, rels, book, bookRels][n]) })), { name: "xl/worksheets/sheet1.xml", packed: blown, size: 100 }]),
    "two thousand entries": workbook(head, Array.from({ length: 2000 }, (_, n) => ({ name: `xl/media/${n}.bin` }))),
    "a coordinate outside the sheet": workbook(`${head}<row r="9999999999">${cell("XFE9999999999", "x")}</row>`),
    "cells far apart": workbook(`${head}<row r="1048576">${cell("XFD1048576", "x")}</row>`),
    "entities that multiply": workbook("", [], { "xl/worksheets/sheet1.xml": laughs }),
    "an entity that reads a file": workbook("", [], { "xl/worksheets/sheet1.xml": dtd('<!ENTITY a9 SYSTEM "file:///etc/passwd">') }),
    "a truncated archive": workbook(head).subarray(0, 400),
    "a directory that promises more": zip([{ name: "xl/workbook.xml", bytes: Buffer.from(book) }], { count: 60_000 }),
    "an encrypted part": workbook(head, [{ name: "xl/styles.xml", bytes: Buffer.from("x"), flags: 1 }]),
    "an archive in an archive": zip([{ name: "a.zip", bytes: workbook(head) }]),
    "a part outside": zip([{ name: "../../../../etc/caseload", bytes: Buffer.from("x") }]),
    "one row forty thousand cells wide": workbook(`<row r="1">${wide}</row>`),
    "not an archive": Buffer.from("PK\u0003\u0004nothing of that kind"),
  };
}
