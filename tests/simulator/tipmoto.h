#ifndef SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_H_
#define SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_H_

#include <string>
#include <unordered_map>

#include "tests/simulator/family_state.h"
#include "tests/simulator/tipmoto_document.h"

namespace sessionbroker::simulator {

// api.tipmoto.com as documented: gethash, login and testsessionid, the free agenda lists, and an
// agenda `orders` that wants a session or HTTP Basic, in json, xml and html. The id comes with
// gethash, is good from login on, slides, and is bound to the address that asked for it. Errors are
// told by HTTP status. A request brings its document as the query of a GET, raw with PUT, or in the
// one multipart field `tipmoto` of a POST; html only GETs.
class TipmotoFamily : public FamilyState {
 public:
  explicit TipmotoFamily(const Clock& clock);

  bool Serves(absl::string_view resource) const override;
  std::string Operation(const Request& request) const override;
  void KillSessions(SessionEnd end, const std::string& user) override ABSL_LOCKS_EXCLUDED(mutex_);
  void ExpireChallenges() override ABSL_LOCKS_EXCLUDED(mutex_);

 protected:
  Reply Answer(const Request& request) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string SessionIn(const Request& request) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  struct Session {
    std::string login;
    std::string hashkey;
    std::string client_address;
    absl::Time last_use;
    bool logged_in = false;
  };

  Reply GetHash(const Request& request, TipmotoFormat format, const Params& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Login(const Request& request, TipmotoFormat format, const Params& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply TestSessionId(const Request& request, TipmotoFormat format, const Params& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Orders(const Request& request, TipmotoFormat format, const Params& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The request carries the name and password of a user by HTTP Basic.
  bool HasBasic(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(bool logged_in, const std::string& user) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_TIPMOTO_H_
