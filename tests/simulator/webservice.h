#ifndef SESSIONBROKER_TESTS_SIMULATOR_WEBSERVICE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_WEBSERVICE_H_

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/family_state.h"

namespace sessionbroker::simulator {

// What vtiger, coreBOS and ABMS share behind webservice.php: users, one challenge for each user,
// sessions by id. What a request is answered is the business of the forks.
class Webservice : public FamilyState {
 public:
  bool Serves(absl::string_view resource) const override;
  std::string Operation(const Request& request) const override;
  void KillSessions(SessionEnd end, const std::string& user) override ABSL_LOCKS_EXCLUDED(mutex_);
  void ExpireChallenges() override ABSL_LOCKS_EXCLUDED(mutex_);

 protected:
  struct Challenge {
    std::string token;
    absl::Time expire_time;
  };
  struct Session {
    int user_id = 0;
    absl::Time login_time;
    absl::Time last_use;
    std::string user_agent;
    // Set once something ended it that the next call is to be told of.
    std::optional<SessionEnd> end;
  };

  using FamilyState::FamilyState;

  std::string SessionIn(const Request& request) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The user's challenge, if one was asked for and is still good.
  const Challenge* ActiveChallenge(int user_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `create` and `query` as documented: a record of `elementType` from the JSON `element`; all
  // records of the type in "select * from TYPE;".
  struct RecordsAnswer {
    nlohmann::ordered_json result;
    // Else the error.
    const char* code = nullptr;
    const char* message = nullptr;
  };
  static bool IsOfRecords(const std::string& operation) {
    return operation == "create" || operation == "query";
  }
  RecordsAnswer OnRecords(const std::string& operation, const Request& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // serverTime or expireTime in the family's style.
  nlohmann::ordered_json Time(absl::Time time) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::unordered_map<int, Challenge> challenges_ ABSL_GUARDED_BY(mutex_);  // By user id.
  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  // By type.
  std::map<std::string, nlohmann::ordered_json> records_ ABSL_GUARDED_BY(mutex_);
};

// A parameter as PHP's $_REQUEST has it: from the form, else from the query.
std::optional<std::string> RequestParameter(const Request& request, absl::string_view name);

// HTTP 500 without a body, which is what PHP's fatal errors look like from outside.
Reply FatalError(absl::string_view content_type);

// The result of listtypes: a few modules in the shape of the real list. `field_types` is the
// parameter fieldTypeList; ["email"] narrows the list, anything that is no JSON list is ignored.
struct Module {
  bool is_entity;
  const char* name;
  const char* label;
  const char* singular;
  bool has_email;
};
nlohmann::ordered_json ListTypes(const std::vector<Module>& modules,
                                 const std::optional<std::string>& field_types);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_WEBSERVICE_H_
