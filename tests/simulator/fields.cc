#include "tests/simulator/fields.h"

#include "absl/strings/str_cat.h"

namespace sessionbroker::simulator {

absl::StatusOr<Fields> Fields::Parse(const std::string& json) {
  nlohmann::ordered_json object = json.empty()
                                      ? nlohmann::ordered_json::object()
                                      : nlohmann::ordered_json::parse(json, /*cb=*/nullptr,
                                                                      /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("the body is not a JSON object");
  return Fields(std::move(object));
}

std::optional<std::string> Fields::Text(const std::string& name) {
  const nlohmann::ordered_json* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_string()) return member->get<std::string>();
  Complain(name, "text");
  return std::nullopt;
}

std::optional<int64_t> Fields::Integer(const std::string& name) {
  const nlohmann::ordered_json* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_number_integer()) return member->get<int64_t>();
  Complain(name, "a whole number");
  return std::nullopt;
}

std::optional<bool> Fields::Boolean(const std::string& name) {
  const nlohmann::ordered_json* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_boolean()) return member->get<bool>();
  Complain(name, "true or false");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::Texts(const std::string& name) {
  const nlohmann::ordered_json* member = Find(name);
  if (member == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  bool good = member->is_array();
  for (const nlohmann::ordered_json& element : *member) {
    good = good && element.is_string();
    if (good) texts.push_back(element.get<std::string>());
  }
  if (good) return texts;
  Complain(name, "a list of texts");
  return std::nullopt;
}

std::optional<absl::Duration> Fields::Duration(const std::string& name, absl::Duration unit) {
  const nlohmann::ordered_json* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_number()) return unit * member->get<double>();
  Complain(name, "a number");
  return std::nullopt;
}

bool Fields::IsNull(const std::string& name) {
  const auto member = object_.find(name);
  if (member == object_.end() || !member->is_null()) return false;
  read_.insert(name);
  return true;
}

absl::Status Fields::Finish() const {
  if (!complaint_.ok()) return complaint_;
  for (const auto& [name, value] : object_.items()) {
    if (read_.count(name) == 0) {
      return absl::InvalidArgumentError(absl::StrCat("unknown field \"", name, "\""));
    }
  }
  return absl::OkStatus();
}

const nlohmann::ordered_json* Fields::Find(const std::string& name) {
  read_.insert(name);
  const auto member = object_.find(name);
  return member == object_.end() ? nullptr : &*member;
}

void Fields::Complain(const std::string& name, absl::string_view expected) {
  complaint_.Update(
      absl::InvalidArgumentError(absl::StrCat("field \"", name, "\": expected ", expected)));
}

}  // namespace sessionbroker::simulator
