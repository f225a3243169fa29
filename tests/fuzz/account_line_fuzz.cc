// The reader of a line of an account file on any text: it ends, gives an account or says why not,
// and what it says holds nothing of a secret.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  config::Diagnostics diagnostics;
  const std::optional<config::Account> account =
      config::ReadAccountLine("fuzz", 7, text, "/directory", &diagnostics);
  if (account.has_value() != diagnostics.empty()) __builtin_trap();
  for (const config::Diagnostic& mistake : diagnostics.list()) {
    if (mistake.position.line != 7) __builtin_trap();
    if (absl::StrContains(mistake.message, "correct horse battery staple")) __builtin_trap();
  }
  return 0;
}
