// Whether an object is one that Kubernetes takes: types, required fields, and no field that it does not know.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

// An object whose reads are noted in `read`, as paths; what it holds is wrapped the same way.
function recorded(value, path, read) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "symbol") return target[key];
      const below = `${path}.${key}`;
      read.add(below);
      return recorded(target[key], below, read);
    },
  });
}

function* pathsOf(value, path) {
  if (value === null || typeof value !== "object") return;
  for (const [key, member] of Object.entries(value)) {
    yield `${path}.${key}`;
    yield* pathsOf(member, `${path}.${key}`);
  }
}

// What is wrong with `object`, one text a mistake. kubernetes-models' validators are made of the API's OpenAPI schemas: they
// check types and required fields, and look at every field that the schema names. What they never look at is unknown.
export function mistakesOf(object) {
  let model;
  try {
    model = require(`kubernetes-models/${object.apiVersion}/${object.kind}`)[object.kind];
  } catch {
    return [`${object.apiVersion} ${object.kind} is no kind of Kubernetes'`];
  }
  const read = new Set();
  try {
    model.prototype.validate.call(recorded(object, "", read));
  } catch (error) {
    return [error.message];
  }
  return [...pathsOf(object, "")].filter((path) => !read.has(path)).map((path) => `${path.slice(1)}: unknown field`);
}
