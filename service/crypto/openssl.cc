#include "service/crypto/openssl.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace sessionbroker::crypto {

absl::Status OpensslError(absl::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return absl::InternalError(
      absl::StrCat(what, " failed: ", reason == nullptr ? "no reason given" : reason));
}

}  // namespace sessionbroker::crypto
