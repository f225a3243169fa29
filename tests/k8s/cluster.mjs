// What Kubernetes makes of manifests, as far as tests need it: rendered objects, and a pod's files.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, "..", "..");

// The objects of a kustomization, e.g. "k8s/base". Warnings of kustomize are failures.
export function render(directory) {
  const kubectl = join(HERE, "node_modules", ".bin", "kubectl");
  const script = 'set -e; "$0" kustomize "$1" 2>&1';
  const text = execFileSync("sh", ["-c", script, kubectl, join(ROOT, directory)], { encoding: "utf-8" });
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

// The template of a workload's pods, or undefined.
export function podOf(object) {
  return ["StatefulSet", "Deployment", "Job"].includes(object.kind) ? object.spec.template : undefined;
}

export function named(objects, kind, name) {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

function dataOf(object) {
  const data = { ...(object.data ?? {}), ...(object.stringData ?? {}) };
  if (object.kind !== "Secret") return data;
  for (const [key, value] of Object.entries(object.data ?? {})) data[key] = Buffer.from(value, "base64").toString();
  return data;
}

// Writes what a projected volume holds into `directory`, as the kubelet would; what is not among `objects`, as it is the
// operator's own, comes from `own`: {name: {key: text}}.
export function project(volume, objects, own, directory) {
  for (const source of volume.projected.sources) {
    const [kind, reference] = source.configMap ? ["ConfigMap", source.configMap] : ["Secret", source.secret];
    const object = named(objects, kind, reference.name);
    const data = object ? dataOf(object) : own[reference.name];
    if (data === undefined && reference.optional) continue;
    if (data === undefined) throw new Error(`no ${kind} ${reference.name}`);
    const items = reference.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      if (data[key] === undefined) throw new Error(`${kind} ${reference.name} has no ${key}`);
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), data[key], { mode: 0o440 });
    }
  }
}
