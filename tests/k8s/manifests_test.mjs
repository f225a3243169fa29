// k8s/: what kustomize renders is what Kubernetes takes, under PodSecurity "restricted", and fits together.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { ROOT, named, podOf, project, render } from "./cluster.mjs";
import { violationsOf } from "./restricted.mjs";
import { mistakesOf } from "./schema.mjs";

const BASE = "k8s/base";
const BROKERS = [BASE, "k8s/overlays/demo", "k8s/overlays/vault-agent", "k8s/overlays/secrets-store-csi"];
const DIRECTORIES = [...BROKERS, "k8s/examples/caller"];
// The binary of this build.
const BROKER = process.env.SB_BROKER;

const rendered = new Map(DIRECTORIES.map((directory) => [directory, render(directory)]));
const shown = (object) => `${object.kind} ${object.metadata?.name}`;
const statefulSet = (directory) => named(rendered.get(directory), "StatefulSet", "session-broker");

for (const [directory, objects] of rendered) {
  test(`${directory}: every object is one that Kubernetes takes`, () => {
    assert.ok(objects.length > 0);
    for (const object of objects) assert.deepEqual(mistakesOf(object), [], shown(object));
  });

  test(`${directory}: every pod keeps to "restricted", with a read-only root and without a token for Kubernetes`, () => {
    const pods = objects.filter(podOf);
    assert.ok(pods.length > 0);
    for (const object of pods) {
      const spec = podOf(object).spec;
      assert.deepEqual(violationsOf(spec), [], shown(object));
      assert.equal(spec.automountServiceAccountToken, false);
      for (const container of spec.containers) {
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, container.name);
        for (const resource of ["cpu", "memory"]) {
          assert.ok(container.resources.requests[resource], `${container.name} requests no ${resource}`);
          assert.ok(container.resources.limits[resource], `${container.name} has no limit of ${resource}`);
        }
      }
    }
  });

  test(`${directory}: what refers to something finds it`, () => {
    for (const object of objects.filter(podOf)) {
      const { metadata, spec } = podOf(object);
      const labels = metadata.labels;
      const matches = (wanted) => Object.entries(wanted).every(([key, value]) => labels[key] === value);
      assert.ok(matches(object.spec.selector.matchLabels));
      assert.ok(named(objects, "ServiceAccount", spec.serviceAccountName));
      const volumes = [...(spec.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? []).map((one) => one.metadata)];
      const ports = spec.containers.flatMap((container) => container.ports ?? []).map((port) => port.name);
      for (const { volumeMounts = [], name } of spec.containers) {
        for (const mount of volumeMounts) {
          assert.ok(volumes.some((volume) => volume.name === mount.name), `${name} mounts ${mount.name}`);
        }
      }
      for (const service of objects.filter((one) => one.kind === "Service")) {
        assert.ok(matches(service.spec.selector), shown(service));
        for (const port of service.spec.ports) assert.ok(ports.includes(port.targetPort), shown(service));
      }
      for (const policy of objects.filter((one) => one.kind === "NetworkPolicy")) {
        assert.ok(matches(policy.spec.podSelector.matchLabels));
        for (const port of policy.spec.ingress.flatMap((rule) => rule.ports)) assert.ok(ports.includes(port.port));
      }
      for (const budget of objects.filter((one) => one.kind === "PodDisruptionBudget")) {
        assert.ok(matches(budget.spec.selector.matchLabels));
      }
    }
  });
}

for (const directory of BROKERS) {
  test(`${directory}: one broker, on a volume of its own, with files that its user and group alone read`, () => {
    const set = statefulSet(directory);
    const { spec } = set.spec.template;
    assert.equal(set.spec.replicas, 1);
    assert.ok(named(rendered.get(directory), "Service", set.spec.serviceName));
    const [claim, ...more] = set.spec.volumeClaimTemplates;
    assert.deepEqual(more, []);
    assert.match(claim.spec.accessModes.join(), /^ReadWriteOnce(Pod)?$/);
    // As Kubernetes hands projected files to root and the group.
    assert.equal(spec.securityContext.fsGroup, spec.securityContext.runAsGroup);
    for (const volume of spec.volumes.filter((one) => one.projected)) assert.equal(volume.projected.defaultMode, 0o400);
    assert.ok(!spec.volumes.some((volume) => volume.secret), "secrets are projected beside the configuration");
  });

  test(`${directory}: the broker takes its configuration as it would be mounted`, () => {
    const set = statefulSet(directory);
    const objects = rendered.get(directory);
    const scratch = mkdtempSync(join(tmpdir(), "sb-k8s-"));
    try {
      const etc = join(scratch, "etc");
      const volume = set.spec.template.spec.volumes.find((one) => one.name === "config");
      project(volume, objects, operatorsOwn(scratch), etc);
      // What other programs put at absolute paths lies below `scratch` here.
      const file = join(etc, "config.yaml");
      const mounts = { "/vault/secrets/": "vault", "/mnt/secrets-store/": "csi" };
      let config = readFileSync(file, "utf-8");
      for (const [path, name] of Object.entries(mounts)) {
        if (!config.includes(path)) continue;
        config = config.replaceAll(path, join(scratch, `${name}-`));
        writeFileSync(join(scratch, `${name}-vtiger-access-key`), "key", { mode: name === "csi" ? 0o644 : 0o400 });
      }
      rmSync(file);
      writeFileSync(file, config);
      const checked = spawnSync(BROKER, ["--check-config", "--config", file], { encoding: "utf-8" });
      assert.equal(checked.stderr, "");
      assert.equal(checked.status, 0);
      // Probes ask here when they are told nothing else.
      const { listeners } = parse(config);
      assert.ok(listeners.some((listener) => listener.address === "unix:/run/session-broker/broker.sock"));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
}

// The Secrets and the ConfigMap that the base leaves to the operator.
function operatorsOwn(scratch) {
  const [key, certificate] = ["key", "crt"].map((end) => join(scratch, `tls.${end}`));
  const subject = ["-subj", "/CN=session-broker", "-days", "1"];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...subject];
  execFileSync("openssl", [...made, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" }];
  return {
    "session-broker-token-keys": { "jwks.json": JSON.stringify({ keys }) },
    "session-broker-accounts": { "vtiger-access-key": "key" },
    "session-broker-sealing": { "sealing-key": "0f".repeat(32) },
    "session-broker-tls": { "tls.crt": readFileSync(certificate, "utf-8"), "tls.key": readFileSync(key, "utf-8") },
  };
}

test("the demo's accounts are those of docs/examples/demo.yaml, with the secrets beside the configuration", () => {
  const demo = parse(named(rendered.get("k8s/overlays/demo"), "ConfigMap", "session-broker").data["config.yaml"]);
  const example = readFileSync(join(ROOT, "docs/examples/demo.yaml"), "utf-8").replaceAll("file: secrets/", "file: ");
  assert.deepEqual(demo.accounts, parse(example).accounts);
});

test("the caller's token is for the broker and nobody else, who knows it by its rule", () => {
  const config = parse(named(rendered.get(BASE), "ConfigMap", "session-broker").data["config.yaml"]);
  const { spec } = podOf(named(rendered.get("k8s/examples/caller"), "Deployment", "orders"));
  const [token] = spec.volumes.flatMap((volume) => volume.projected.sources).filter((one) => one.serviceAccountToken);
  const listener = config.listeners.find((one) => one.callers?.token);
  assert.equal(token.serviceAccountToken.audience, listener.callers.token.audience);
  const { namespace } = named(rendered.get("k8s/examples/caller"), "Deployment", "orders").metadata;
  assert.ok(config.rules.some((rule) => rule.callers.includes(`k8s:${namespace}/${spec.serviceAccountName}`)));
});

// A mistake in the StatefulSet, and what is said of it.
const MISTAKES = [
  ["a field in the wrong place", (set) => (set.spec.template.spec.readOnlyRootFilesystem = true), /unknown field/],
  ["a field that is misspelled deep inside", (set) => (set.spec.template.spec.containers[0].livenessProbe.exe = {}), /exe: unknown field/],
  ["an unknown field at the top", (set) => (set.status_ = {}), /status_: unknown field/],
  ["a text for a number", (set) => (set.spec.replicas = "1"), /replicas/],
  ["a required field that is gone", (set) => delete set.spec.selector, /selector/],
  ["a label that is no text", (set) => (set.metadata.labels.a = true), /labels/],
  ["a kind that there is none of", (set) => (set.kind = "StatefulSett"), /no kind of Kubernetes'/],
];
for (const [what, spoil, expected] of MISTAKES) {
  test(`the schema refuses ${what}`, () => {
    const set = structuredClone(statefulSet(BASE));
    spoil(set);
    assert.match(mistakesOf(set).join("\n"), expected);
  });
}

// A liberty in the pod, and what is said of it.
const LIBERTIES = [
  [(pod) => (pod.hostNetwork = true), /hostNetwork/],
  [(pod) => pod.volumes.push({ name: "host", hostPath: { path: "/" } }), /volume host/],
  [(pod) => delete pod.securityContext.runAsNonRoot, /may run as root/],
  [(pod) => (pod.securityContext.runAsUser = 0), /runs as root/],
  [(pod) => delete pod.securityContext.seccompProfile, /seccomp/],
  [(pod) => delete pod.containers[0].securityContext.capabilities, /capabilities/],
  [(pod) => delete pod.containers[0].securityContext.allowPrivilegeEscalation, /gain privileges/],
  [(pod) => (pod.initContainers = [{ name: "init", image: "a" }]), /container init/],
];
for (const [take, expected] of LIBERTIES) {
  test(`"restricted" refuses ${expected.source}`, () => {
    const pod = structuredClone(statefulSet(BASE).spec.template.spec);
    take(pod);
    assert.match(violationsOf(pod).join("\n"), expected);
  });
}

test("every kustomization of k8s/ is tested here", () => {
  const files = execFileSync("find", ["k8s", "-name", "kustomization.yaml"], { cwd: ROOT, encoding: "utf-8" });
  const found = files.trim().split("\n").map((file) => file.replace("/kustomization.yaml", ""));
  assert.deepEqual(found.sort(), [...DIRECTORIES].sort());
  assert.ok(existsSync(BROKER));
});
