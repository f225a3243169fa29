#ifndef SESSIONBROKER_TESTS_SIMULATOR_MULTIPART_H_
#define SESSIONBROKER_TESTS_SIMULATOR_MULTIPART_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

// The fields of a multipart/form-data body (RFC 7578), in their order; nothing where the content
// type is another or the body is not to the letter: parts between delimiters, each with a name.
std::optional<Pairs> ParseMultipart(absl::string_view content_type, absl::string_view body);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_MULTIPART_H_
