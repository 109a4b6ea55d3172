// What the contract says about the shape of anything: ids, money, time, names of fields, problems.
import assert from "node:assert/strict";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

// A TypeID: a prefix and a UUIDv7 in base32.
export function isId(text, prefix) {
  if (typeof text !== "string") return false;
  const match = /^([a-z]+)_([0-7][0-9a-hjkmnp-tv-z]{25})$/.exec(text);
  if (!match || (prefix && match[1] !== prefix)) return false;
  let number = 0n;
  for (const letter of match[2]) number = number * 32n + BigInt(ALPHABET.indexOf(letter));
  const hex = number.toString(16).padStart(32, "0");
  return hex[12] === "7" && /[89ab]/.test(hex[16]);
}

// An id of that kind that nothing has.
export const unknownId = (prefix) => `${prefix}_${typeId("0190a0b0c0d07000800000000000beef")}`;
function typeId(hex) {
  let number = BigInt(`0x${hex}`);
  let text = "";
  for (let n = 0; n < 26; n += 1) {
    text = ALPHABET[Number(number % 32n)] + text;
    number /= 32n;
  }
  return text;
}

export const string = (value) => typeof value === "string";
export const text = (value) => typeof value === "string" && value.length > 0;
export const int = Number.isInteger;
export const bool = (value) => typeof value === "boolean";
export const day = (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
export const instant = (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value));
export const object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const idOf = (prefix) => (value) => isId(value, prefix);
export const orNull = (check) => (value) => value === null || check(value);
export const oneOf = (...words) => (value) => words.includes(value);
export const list = (check = () => true) => (value) => Array.isArray(value) && value.every((item) => check(item));

// Every named field is there and is what it should be.
export function fits(value, shape, what) {
  assert.ok(object(value), `${what} is an object: ${JSON.stringify(value)}`);
  for (const [field, check] of Object.entries(shape)) {
    assert.ok(field in value, `${what} has no ${field}: ${JSON.stringify(value)}`);
    assert.ok(check(value[field]), `${what}.${field} is ${JSON.stringify(value[field])}`);
  }
}

// Maps whose keys are data, not names of fields.
const MAPS = new Set(["external_ids", "filters", "counts", "settings", "current"]);

// Whatever answers: names in snake_case, and endings that say what a field is.
export function wellNamed(value, where) {
  if (Array.isArray(value)) return value.forEach((item, n) => wellNamed(item, `${where}[${n}]`));
  if (!object(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = `${where}.${key}`;
    assert.match(key, /^[a-z][a-z0-9_]*$/, `${here} is not snake_case`);
    if (inner !== null) {
      if (key.endsWith("_at") && string(inner)) assert.ok(instant(inner), `${here} is no instant: ${inner}`);
      if (key.endsWith("_on") && string(inner)) assert.ok(day(inner), `${here} is no day: ${inner}`);
      if (key.endsWith("_minor")) assert.ok(int(inner) || list(int)(inner), `${here} is no integer: ${JSON.stringify(inner)}`);
      if (key.endsWith("_id") && key !== "request_id" && string(inner)) assert.ok(isId(inner), `${here} is no id: ${inner}`);
      if (key.endsWith("_ids") && key !== "external_ids") assert.ok(list(isId)(inner), `${here} are no ids: ${JSON.stringify(inner)}`);
      if (key === "currency") assert.match(inner, /^[A-Z]{3}$/, here);
    }
    if (!MAPS.has(key)) wellNamed(inner, here);
  }
}

// A problem as RFC 9457 has it, with what the contract adds.
export function problem(answer, status, code, field) {
  const shown = `${answer.status} ${JSON.stringify(answer.body)}`;
  assert.equal(answer.status, status, shown);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, shown);
  fits(answer.body, { type: text, title: text, status: int, code: text, detail: text, errors: list(object), request_id: text }, "a problem");
  assert.equal(answer.body.status, status);
  assert.match(answer.body.code, /^[a-z][a-z0-9_]*$/);
  assert.match(answer.body.detail, /^[A-Z“"].*[.!?”]$/s, `a sentence: ${answer.body.detail}`);
  for (const error of answer.body.errors) fits(error, { field: string, code: text, message: text }, "an error of a field");
  assert.equal(answer.headers.get("x-request-id"), answer.body.request_id, "the request is named alike in the head and in the body");
  if (code) assert.equal(answer.body.code, code, shown);
  if (field) assert.ok(answer.body.errors.some((error) => error.field === field), `no error of ${field}: ${shown}`);
  return answer.body;
}
