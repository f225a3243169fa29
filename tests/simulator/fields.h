#ifndef SESSIONBROKER_TESTS_SIMULATOR_FIELDS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_FIELDS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace sessionbroker::simulator {

// Reads the members of a JSON object by type and keeps the first complaint. A member that nobody
// read is one, too: a misspelt name must not pass for a default.
class Fields {
 public:
  // Empty text is an empty object. INVALID_ARGUMENT where the text is no JSON object.
  static absl::StatusOr<Fields> Parse(const std::string& json);

  // Unset where the member is missing or of another type.
  std::optional<std::string> Text(const std::string& name);
  std::optional<int64_t> Integer(const std::string& name);
  std::optional<bool> Boolean(const std::string& name);
  std::optional<std::vector<std::string>> Texts(const std::string& name);
  // A number, possibly a fraction, of `unit`.
  std::optional<absl::Duration> Duration(const std::string& name, absl::Duration unit);
  bool IsNull(const std::string& name);

  // Assigns where the member is there.
  template <typename T>
  static void Set(T& target, const std::optional<T>& value) {
    if (value) target = *value;
  }

  absl::Status Finish() const;

 private:
  explicit Fields(nlohmann::ordered_json object) : object_(std::move(object)) {}

  const nlohmann::ordered_json* Find(const std::string& name);
  void Complain(const std::string& name, absl::string_view expected);

  nlohmann::ordered_json object_;
  std::set<std::string> read_;
  absl::Status complaint_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_FIELDS_H_
