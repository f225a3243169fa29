#include "service/sessions/record_layout.h"

#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::sessions {

std::string LayoutLine(const RecordLayout& layout) {
  return absl::StrCat(layout.name, " ", layout.number, "\n");
}

absl::Status TakeLayoutLine(const RecordLayout& layout, absl::string_view* record) {
  const std::size_t end = record->find('\n');
  absl::string_view line = record->substr(0, end);
  int number = 0;
  if (end == absl::string_view::npos || !absl::ConsumePrefix(&line, layout.name) ||
      !absl::SimpleAtoi(line, &number) || number < 1) {
    return absl::DataLossError("it is damaged");
  }
  if (number > layout.number) {
    return absl::FailedPreconditionError(absl::StrCat("a later version wrote it (layout ", number,
                                                      ", this one knows ", layout.number,
                                                      "); run that version or a later one"));
  }
  record->remove_prefix(end + 1);
  return absl::OkStatus();
}

}  // namespace sessionbroker::sessions
