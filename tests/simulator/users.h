#ifndef SESSIONBROKER_TESTS_SIMULATOR_USERS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_USERS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::simulator {

// An account at a provider. Everything in it is made up, so it is kept as plain text.
struct User {
  // What a login names: a user, TipMoto's login, iCash's api_key. A name that ends in '*' stands
  // for every name that begins with the rest of it.
  std::string name = {};
  // The secret that a login proves: an access key, TipMoto's password, iCash's secret_key. Unset:
  // the provider has none on file for this user.
  std::optional<std::string> access_key = std::nullopt;
  std::string password = {};
  bool active = true;
  // Given by the directory: 1, 2, 3 …
  int id = 0;
};

// The users of one family, looked up as MySQL compares them there: without regard to case or
// trailing spaces. Not thread-safe: a family guards its own.
class Users {
 public:
  // Adds the user, or replaces the one of that name and keeps its id.
  void Set(User user);
  // nullptr where there is none; valid until the next change.
  const User* Find(absl::string_view name);

 private:
  User& Insert(const std::string& key, User user);

  std::map<std::string, User> users_;
  std::vector<User> patterns_;
  int last_id_ = 0;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_USERS_H_
