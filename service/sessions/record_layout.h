#ifndef SESSIONBROKER_SERVICE_SESSIONS_RECORD_LAYOUT_H_
#define SESSIONBROKER_SERVICE_SESSIONS_RECORD_LAYOUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::sessions {

// Records begin with a line that tells how to read the rest. The number rises where what an older
// version would make of a record is wrong.
struct RecordLayout {
  const char* name;
  int number;
};

// "NAME NUMBER\n".
std::string LayoutLine(const RecordLayout& layout);

// Takes the line off `record`. FAILED_PRECONDITION where it is of a later layout, DATA_LOSS where
// it is anything else; the text is for operators.
absl::Status TakeLayoutLine(const RecordLayout& layout, absl::string_view* record);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_RECORD_LAYOUT_H_
