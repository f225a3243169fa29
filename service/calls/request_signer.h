#ifndef SESSIONBROKER_SERVICE_CALLS_REQUEST_SIGNER_H_
#define SESSIONBROKER_SERVICE_CALLS_REQUEST_SIGNER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/calls/completion.h"
#include "service/calls/request.h"
#include "service/calls/request_check.h"
#include "service/crypto/random.h"
#include "service/login/sequence_source.h"
#include "service/sessions/session.h"
#include "service/sessions/session_manager.h"

namespace sessionbroker::calls {

// A request that its caller sends.
struct SignedRequest {
  CompletedRequest completed;
  // By sequence: the numbers in it.
  std::map<std::string, int64_t> numbers;
  // The one in it; nullptr: the provider has none.
  sessions::SessionPtr session;
};

// Makes callers' requests complete for callers to send: gets the account's session, and numbers
// that are given once. In which order the requests reach the provider is beyond it, for numbers of
// a sequence that is `in_order` too.
//
// Sign and GiveUp are thread-safe; everything else happens on the scheduler's thread.
class RequestSigner {
 public:
  // All are required and outlive the signer.
  struct Dependencies {
    base::Scheduler* scheduler = nullptr;
    const base::Clock* clock = nullptr;
    crypto::RandomSource* random = nullptr;
    sessions::SessionManager* sessions = nullptr;
    login::SequenceSource* sequences = nullptr;
  };

  // Called exactly once unless the caller gives up, on the scheduler's thread, never inside Sign.
  // Errors:
  //   kAccountUnknown
  //   kInjectOnly             what the request must carry must not leave the broker
  //   kInvalidArgument        CheckRequest or Complete refuses the request
  //   as SessionManager::Get  there is no session, or `admit_login` does not let one be made
  //   as SequenceSource       there is no number
  using Callback = absl::AnyInvocable<void(absl::StatusOr<SignedRequest>)>;

 private:
  class Flight;

 public:
  // A request that is being signed, or is. Cheap to copy.
  class PendingSign {
   public:
    PendingSign() = default;

    // The caller does not wait any longer. True: its callback is destroyed uncalled. False: it was
    // called or is being called.
    bool GiveUp();

   private:
    friend class RequestSigner;
    explicit PendingSign(std::weak_ptr<Flight> flight) : flight_(std::move(flight)) {}

    std::weak_ptr<Flight> flight_;
  };

  explicit RequestSigner(const Dependencies& dependencies, const RequestLimits& limits = {})
      : with_(dependencies), limits_(limits) {}
  RequestSigner(const RequestSigner&) = delete;
  RequestSigner& operator=(const RequestSigner&) = delete;

  PendingSign Sign(base::AccountId account, Request request, Callback done,
                   sessions::AdmitLogin admit_login = nullptr);

 private:
  const Dependencies with_;
  const RequestLimits limits_;
};

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_REQUEST_SIGNER_H_
