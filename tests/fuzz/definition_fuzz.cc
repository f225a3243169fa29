// The loader of definitions on any text: it ends, and either gives a program or says why not.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "service/config/diagnostics.h"
#include "service/login/definitions.h"
#include "service/login/program.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  config::Diagnostics diagnostics;
  const std::shared_ptr<const login::Program> program =
      login::LoadDefinition("fuzz", text, &diagnostics);
  if ((program == nullptr) == diagnostics.empty()) __builtin_trap();
  return 0;
}
