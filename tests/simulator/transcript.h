#ifndef SESSIONBROKER_TESTS_SIMULATOR_TRANSCRIPT_H_
#define SESSIONBROKER_TESTS_SIMULATOR_TRANSCRIPT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

// One recorded exchange with a real server.
struct Exchanged {
  std::string section;  // The text of the "=====" line above it, if any.
  std::string title;    // Without its number.
  std::string method;
  Pairs query;
  Pairs form;
  Pairs headers;
  // Unset: the recorder's own. Empty: none was sent.
  std::optional<std::string> user_agent;

  int status = 0;
  std::string content_type;
  size_t size = 0;
  // Unset where it was not written down.
  std::optional<std::vector<std::string>> cookies;
  // May be cut: then " … " stands for the middle.
  std::string body;
};

// Reads a transcript of tests/fixtures/observed/. Notes between the exchanges are left out.
absl::StatusOr<std::vector<Exchanged>> ReadTranscript(const std::string& path);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_TRANSCRIPT_H_
