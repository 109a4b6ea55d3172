// Every operation of the OpenAPI document with a valid request, as the matrix's table knows them.
import { operations } from "./matrix.table.mjs";

export const methods = ["get", "post", "put", "patch", "delete"];
export const shape = (path) => path.replace("/api/v1", "").replace(/\{[^}]*\}/g, "{}");
const BY = { site: "shared", transfer: "org>rep", order: "rep" };

// Operations about something of `w` (see matrix.world.mjs): method, path, body, and the operation of the document.
export function* requests(document, w, wanted = () => true) {
  const rows = new Map(Object.entries(operations).map(([name, list]) => [`${name.split(" ")[0]} ${shape(name.split(" ")[1])}`, list]));
  for (const [template, item] of Object.entries(document.paths)) {
    for (const method of methods.filter((it) => item[it])) {
      const name = `${method.toUpperCase()} ${shape(template)}`;
      for (const row of rows.get(name) ?? []) {
        if (!wanted(row, method)) continue;
        const key = row.key ?? (row.cells || row.by ? (BY[row.by] ?? "rep") : "-");
        let ids = [];
        if (row.ids) ids = row.ids(w.s, key);
        else if (row.of && !row.list) ids = [w.s[row.of]?.[key] ?? Object.values(w.s[row.of] ?? {})[0]];
        let n = 0;
        const path = template.replace("/api/v1", "").replace(/\{[^}]*\}/g, () => ids[n++] ?? "x");
        const query = typeof row.query === "function" ? row.query(w.s, w) : (row.query ?? "");
        yield { name, method: method.toUpperCase(), template, path: path + query, row, key, operation: item[method], body: (thing) => row.csv ?? row.body?.(w.s, w, key, thing ?? w.s.unit.rep) };
        break;
      }
    }
  }
}

// The schema behind a reference, with the properties of what it is made of.
export function properties(document, schema) {
  if (!schema) return {};
  if (schema.$ref) return properties(document, schema.$ref.slice(2).split("/").reduce((at, part) => at?.[part], document));
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((part) => properties(document, part));
  return Object.assign({}, ...parts, schema.properties ?? {});
}

export const bodySchema = (operation) => operation.requestBody?.content?.["application/json"]?.schema;
export function answerSchema(operation) {
  const found = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"));
  return found?.[1]?.content?.["application/json"]?.schema;
}
