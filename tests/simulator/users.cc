#include "tests/simulator/users.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace sessionbroker::simulator {
namespace {

std::string Key(absl::string_view name) {
  while (absl::ConsumeSuffix(&name, " ")) {
  }
  return absl::AsciiStrToLower(name);
}

}  // namespace

User& Users::Insert(const std::string& key, User user) {
  const auto [place, fresh] = users_.try_emplace(key);
  user.id = fresh ? ++last_id_ : place->second.id;
  place->second = std::move(user);
  return place->second;
}

void Users::Set(User user) {
  std::string key = Key(user.name);
  if (!absl::EndsWith(key, "*")) {
    Insert(key, std::move(user));
    return;
  }
  key.pop_back();
  user.name = key;
  const auto same = std::find_if(patterns_.begin(), patterns_.end(),
                                 [&](const User& pattern) { return pattern.name == key; });
  if (same == patterns_.end()) {
    patterns_.push_back(std::move(user));
  } else {
    *same = std::move(user);
  }
}

const User* Users::Find(absl::string_view name) {
  const std::string key = Key(name);
  if (const auto found = users_.find(key); found != users_.end()) return &found->second;
  if (key.empty()) return nullptr;
  for (const User& pattern : patterns_) {
    if (!absl::StartsWith(key, pattern.name)) continue;
    User user = pattern;
    user.name = key;
    return &Insert(key, std::move(user));
  }
  return nullptr;
}

}  // namespace sessionbroker::simulator
