#include "tests/simulator/fault.h"

#include <array>
#include <utility>

namespace sessionbroker::simulator {
namespace {

constexpr std::array<std::pair<FaultKind, const char*>, 16> kNames = {{
    {FaultKind::kDelay, "delay"},
    {FaultKind::kClose, "close"},
    {FaultKind::kReset, "reset"},
    {FaultKind::kStall, "stall"},
    {FaultKind::kStatus, "status"},
    {FaultKind::kText, "text"},
    {FaultKind::kRedirect, "redirect"},
    {FaultKind::kGarbage, "garbage"},
    {FaultKind::kEndless, "endless"},
    {FaultKind::kTruncated, "truncated"},
    {FaultKind::kResetMidBody, "reset_mid_body"},
    {FaultKind::kStallMidBody, "stall_mid_body"},
    {FaultKind::kHugeHeaders, "huge_headers"},
    {FaultKind::kExpiredChallenge, "expired_challenge"},
    {FaultKind::kWrongCredentials, "wrong_credentials"},
    {FaultKind::kDeadSession, "dead_session"},
}};

}  // namespace

std::string FaultName(FaultKind kind) {
  for (const auto& [named, name] : kNames) {
    if (named == kind) return name;
  }
  return "unknown";
}

std::optional<FaultKind> FaultNamed(absl::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::vector<std::string> FaultNames() {
  std::vector<std::string> names;
  for (const auto& [kind, name] : kNames) names.emplace_back(name);
  return names;
}

void Faults::Add(Fault fault) {
  MutexLock lock(mutex_);
  faults_.push_back(std::move(fault));
}

void Faults::Clear() {
  MutexLock lock(mutex_);
  faults_.clear();
}

Trouble Faults::Take(const std::string& family, const std::string& operation) {
  MutexLock lock(mutex_);
  Trouble trouble;
  std::vector<Fault> remaining;
  remaining.reserve(faults_.size());
  for (Fault& fault : faults_) {
    const bool matches = (fault.family.empty() || fault.family == family) &&
                         (fault.operation.empty() || fault.operation == operation);
    const bool taken = trouble.fault && fault.kind != FaultKind::kDelay;
    if (!matches || taken) {
      remaining.push_back(std::move(fault));
      continue;
    }
    if (fault.skip > 0) {
      --fault.skip;
      remaining.push_back(std::move(fault));
      continue;
    }
    trouble.latency += fault.latency;
    if (fault.kind != FaultKind::kDelay) trouble.fault = fault;
    if (fault.count == 1) continue;
    if (fault.count > 1) --fault.count;
    remaining.push_back(std::move(fault));
  }
  faults_ = std::move(remaining);
  return trouble;
}

}  // namespace sessionbroker::simulator
