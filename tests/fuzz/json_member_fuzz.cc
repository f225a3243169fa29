// A member added to a document: what comes out is JSON, has the member, and is otherwise byte for
// byte what went in. The first line is the pointer, the rest the document.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "service/calls/json_member.h"
#include "service/login/json_pointer.h"
#include "service/login/json_values.h"

namespace {

using sessionbroker::login::JsonPath;

void Check(bool holds) {
  if (!holds) std::abort();
}

constexpr char kValue[] = "a \"value\"\\";
constexpr char kWritten[] = R"("a \"value\"\\")";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == absl::string_view::npos) return 0;
  const absl::string_view pointer = input.substr(0, line);
  const absl::string_view document = input.substr(line + 1);
  const auto with = sessionbroker::calls::WithMember(document, pointer, kValue);
  if (!with.ok()) return 0;
  const absl::string_view made = sessionbroker::secrets::View(*with);

  const auto path = sessionbroker::login::ParseJsonPointer(pointer);
  Check(path.ok());
  const JsonPath* const paths[] = {&*path};
  const auto found = sessionbroker::login::FindJsonValues(made, paths);
  Check(found.ok() && (*found)[0].has_value() && (*found)[0]->text == kValue);

  // Without what was put in, from the first byte that differs, it is the document again.
  std::size_t same = 0;
  while (same < document.size() && document[same] == made[same]) ++same;
  const std::size_t added = made.size() - document.size();
  bool restored = false;
  for (std::size_t at = 0; at <= same && !restored; ++at) {
    restored = std::string(made.substr(0, at)) + std::string(made.substr(at + added)) == document &&
               made.substr(at, added).find(kWritten) != absl::string_view::npos;
  }
  Check(restored);
  return 0;
}
