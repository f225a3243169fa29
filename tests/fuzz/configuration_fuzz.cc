// The reader of configurations on any text: it ends, and either gives settings or says why not.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  config::Diagnostics diagnostics;
  const std::optional<config::Settings> settings = config::ReadSettings("fuzz", text, &diagnostics);
  if (settings.has_value() != diagnostics.empty()) __builtin_trap();
  return 0;
}
