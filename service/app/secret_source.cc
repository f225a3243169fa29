#include "service/app/secret_source.h"

#include <variant>

#include "service/secrets/secret_file.h"

namespace sessionbroker::app {
namespace {

struct SecretReader {
  absl::StatusOr<secrets::Secret> operator()(const config::SecretFile& source) const {
    return secrets::ReadSecretFile(source.file,
                                   {.allow_world_readable = source.allow_world_readable});
  }
  absl::StatusOr<secrets::Secret> operator()(const config::SecretVariable& source) const {
    return environment->Take(source.name);
  }
  absl::StatusOr<secrets::Secret> operator()(const config::InlineSecret& source) const {
    return secrets::Secret(source.text);
  }

  secrets::EnvironmentSecrets* environment;
};

}  // namespace

absl::StatusOr<secrets::Secret> ReadSecret(const config::SecretSource& source,
                                           secrets::EnvironmentSecrets* environment) {
  return std::visit(SecretReader{environment}, source);
}

}  // namespace sessionbroker::app
