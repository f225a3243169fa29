// The Pod Security Standard "restricted" with what it takes over from "baseline", as far as a Linux pod's fields go:
// https://kubernetes.io/docs/concepts/security/pod-security-standards/

const VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
const PROFILES = ["RuntimeDefault", "Localhost"];

// What `podSpec` has that the standard forbids, one text each.
export function violationsOf(podSpec) {
  const found = [];
  const pod = podSpec.securityContext ?? {};
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (podSpec[field]) found.push(`${field} is set`);
  }
  for (const volume of podSpec.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    if (kinds.some((kind) => !VOLUMES.includes(kind))) found.push(`volume ${volume.name} is of kind ${kinds}`);
  }
  if ((pod.sysctls ?? []).length > 0) found.push("sysctls are set");
  const containers = [
    ...(podSpec.initContainers ?? []),
    ...(podSpec.containers ?? []),
    ...(podSpec.ephemeralContainers ?? []),
  ];
  for (const { name, securityContext: own = {}, ports = [] } of containers) {
    const check = (holds, text) => holds || found.push(`container ${name} ${text}`);
    const profile = own.seccompProfile ?? pod.seccompProfile ?? {};
    check(!own.privileged, "is privileged");
    check(own.allowPrivilegeEscalation === false, "may gain privileges");
    check((own.capabilities?.drop ?? []).includes("ALL"), "does not drop ALL capabilities");
    check((own.capabilities?.add ?? []).every((one) => one === "NET_BIND_SERVICE"), "adds capabilities");
    check((own.runAsNonRoot ?? pod.runAsNonRoot) === true, "may run as root");
    check((own.runAsUser ?? pod.runAsUser) !== 0, "runs as root");
    check(PROFILES.includes(profile.type), "has no seccomp profile");
    check((own.procMount ?? "Default") === "Default", "sees an unmasked /proc");
    check(ports.every((port) => !port.hostPort), "takes a port of the host");
  }
  return found;
}
