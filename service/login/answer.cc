#include "service/login/answer.h"

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::login {

Answer Answer::Read(const http::Response& response, absl::Span<const Source> sources) {
  Answer answer(sources);
  answer.status_ = response.status;
  std::vector<const JsonPath*> paths;
  std::vector<std::size_t> owners;  // The source of each path.
  for (std::size_t i = 0; i < sources.size(); ++i) {
    switch (sources[i].kind()) {
      case Source::Kind::kJson:
        paths.push_back(&sources[i].path());
        owners.push_back(i);
        break;
      case Source::Kind::kStatus:
        answer.values_[i] = JsonValue{JsonValue::Kind::kNumber, absl::StrCat(response.status)};
        break;
      case Source::Kind::kBody:
        answer.values_[i] = JsonValue{JsonValue::Kind::kString, response.body};
        break;
    }
  }
  if (paths.empty()) return answer;
  auto found = FindJsonValues(response.body, paths);
  if (!found.ok()) {
    answer.json_error_ = std::string(found.status().message());
    return answer;
  }
  for (std::size_t i = 0; i < owners.size(); ++i) {
    answer.values_[owners[i]] = std::move((*found)[i]);
  }
  return answer;
}

const JsonValue* Answer::Find(const Source& source) const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] == source) return values_[i].has_value() ? &*values_[i] : nullptr;
  }
  return nullptr;
}

}  // namespace sessionbroker::login
