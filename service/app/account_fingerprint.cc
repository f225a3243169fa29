#include "service/app/account_fingerprint.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/login/login_inputs.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::app {
namespace {

// The message of no fingerprint begins like that: they begin with a length of 8 bytes, which is
// small.
constexpr absl::string_view kSessionIdPurpose = "session-broker session id 1\n";
// No two sessions of any broker share so many by chance.
constexpr std::size_t kSessionIdHashBytes = 16;

absl::StatusOr<sessions::Fingerprint> FingerprintOf(const sessions::FingerprintKey& key,
                                                    const login::Account& account,
                                                    bool with_secrets) {
  std::vector<std::string> labels;
  std::vector<secrets::WipedBytes> values;
  login::ForEachLoginInput(account, [&](absl::string_view label, absl::string_view value) {
    if (!with_secrets && absl::StartsWith(label, "secrets.")) return;
    labels.emplace_back(label);
    secrets::Append(value, values.emplace_back());
  });
  if (!with_secrets) {
    // A session goes on by the life that it was given.
    const auto add_life = [&](const char* label, const std::optional<absl::Duration>& life) {
      labels.emplace_back(label);
      secrets::Append(life.has_value() ? absl::FormatDuration(*life) : "", values.emplace_back());
    };
    add_life("life.idle", account.idle);
    add_life("life.absolute", account.absolute);
  }
  std::vector<sessions::Fingerprint::Part> parts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    parts.push_back({.label = labels[i], .value = secrets::View(values[i])});
  }
  return sessions::Fingerprint::Of(parts,
                                   [&key](absl::string_view message) { return key.Mac(message); });
}

}  // namespace

absl::StatusOr<sessions::Fingerprint> FingerprintOfLogin(const sessions::FingerprintKey& key,
                                                         const login::Account& account) {
  return FingerprintOf(key, account, /*with_secrets=*/true);
}

std::string FingerprintOfInputs(const sessions::FingerprintKey& key,
                                const login::Account& account) {
  const absl::StatusOr<sessions::Fingerprint> inputs =
      FingerprintOf(key, account, /*with_secrets=*/false);
  return inputs.ok() ? std::string(inputs->bytes()) : "";
}

std::string HashOfSessionId(const sessions::FingerprintKey& key, const login::Grant& grant) {
  absl::StatusOr<secrets::WipedBytes> mac = absl::UnknownError("not made");
  login::ShowSessionId(grant, [&](absl::string_view id) {
    secrets::WipedBytes message;
    secrets::Append(kSessionIdPurpose, message);
    secrets::Append(id, message);
    mac = key.Mac(secrets::View(message));
  });
  if (!mac.ok()) return "";
  return absl::BytesToHexString(secrets::View(*mac).substr(0, kSessionIdHashBytes));
}

}  // namespace sessionbroker::app
