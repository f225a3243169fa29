#include "service/secrets/environment_secrets.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::secrets {
namespace {

// Wipes the values of all entries of that name where they stand, for unsetenv only forgets them. A
// name may stand more than once; getenv knows the first.
void WipeValues(const std::string& name) {
  const std::string prefix = absl::StrCat(name, "=");
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, prefix)) continue;
    char* value = *entry + prefix.size();
    OPENSSL_cleanse(value, strlen(value));
  }
}

}  // namespace

absl::StatusOr<Secret> EnvironmentSecrets::Take(const std::string& name) {
  if (const auto known = taken_.find(name); known != taken_.end()) return known->second;
  if (closed_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the environment variable ", name,
        " was not read when the broker started, which is the only time that it can be: "
        "restart the broker"));
  }
  const char* value = getenv(name.c_str());
  if (value == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no environment variable ", name));
  }
  Secret secret{absl::string_view(value)};
  if (secret.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the environment variable ", name, " is empty"));
  }
  WipeValues(name);
  unsetenv(name.c_str());
  taken_[name] = secret;
  return secret;
}

}  // namespace sessionbroker::secrets
