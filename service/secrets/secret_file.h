#ifndef SESSIONBROKER_SERVICE_SECRETS_SECRET_FILE_H_
#define SESSIONBROKER_SERVICE_SECRETS_SECRET_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "service/secrets/secret.h"

namespace sessionbroker::secrets {

inline constexpr std::size_t kMaxSecretFileBytes = 64 * 1024;

struct SecretFileOptions {
  // Take a file although others than its owner and group can read it.
  bool allow_world_readable = false;
};

// The content of a file without one line end (LF or CRLF) at its end. Symbolic links are followed:
// Kubernetes mounts secrets as such. What was read is wiped, the secret itself apart. The errors
// name the path and tell nothing of the content:
//   NOT_FOUND            there is no such file
//   PERMISSION_DENIED    it may not be read
//   FAILED_PRECONDITION  not a regular file; empty; others can read it
//   OUT_OF_RANGE         it has more than kMaxSecretFileBytes
//   UNAVAILABLE          any other failure of the file system
absl::StatusOr<Secret> ReadSecretFile(const std::string& path, const SecretFileOptions& options);

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_SERVICE_SECRETS_SECRET_FILE_H_
