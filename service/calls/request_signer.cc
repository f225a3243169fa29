#include "service/calls/request_signer.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/login/account.h"
#include "service/login/program.h"

namespace sessionbroker::calls {

using base::MakeError;
using base::Reason;
using sessions::SessionPtr;

// One request. Whoever it waits for holds it.
class RequestSigner::Flight : public std::enable_shared_from_this<RequestSigner::Flight> {
 public:
  Flight(const RequestSigner* signer, base::AccountId id, Request request, Callback done,
         sessions::AdmitLogin admit_login)
      : with_(signer->with_),
        limits_(signer->limits_),
        id_(std::move(id)),
        request_(std::move(request)),
        admit_login_(std::move(admit_login)),
        done_(std::move(done)) {}

  void Begin() {
    if (over_) return;
    account_ = with_.sessions->Configured(id_);
    if (account_ == nullptr) {
      return Finish(MakeError(Reason::kAccountUnknown,
                              absl::StrCat("no account ", id_.ToString(), " is configured")));
    }
    const login::Program& program = *account_->program;
    if (absl::Status fits = CheckSender(program, Sender::kCaller); !fits.ok()) {
      return Finish(std::move(fits));
    }
    if (absl::Status fits = CheckRequest(request_, ReservedBy(program), limits_); !fits.ok()) {
      return Finish(std::move(fits));
    }
    if (!program.has_sessions()) return AwaitNumbers();
    pending_ = with_.sessions->Get(
        id_, absl::ZeroDuration(),
        [self = shared_from_this()](absl::StatusOr<SessionPtr> session) {
          // Not inside Get.
          self->with_.scheduler->Post([self, session = std::move(session)]() mutable {
            self->TakeSession(std::move(session));
          });
        },
        [self = shared_from_this()] {
          return self->admit_login_ ? self->admit_login_() : absl::OkStatus();
        });
  }

  // As PendingSign::GiveUp.
  bool GiveUp() {
    if (over_.exchange(true)) return false;
    with_.scheduler->Post([self = shared_from_this()] {
      self->pending_.GiveUp();
      self->done_ = nullptr;
    });
    return true;
  }

 private:
  void TakeSession(absl::StatusOr<SessionPtr> session) {
    if (over_) return;
    if (!session.ok()) return Finish(session.status());
    // The account may have been configured anew meanwhile: a session goes where it came from.
    if (with_.sessions->Configured(id_) != account_) return Begin();
    session_ = *std::move(session);
    AwaitNumbers();
  }

  void AwaitNumbers() {
    absl::StatusOr<std::vector<NumberNeed>> needs = NumbersFor(*account_);
    if (!needs.ok()) return Finish(needs.status());
    needs_ = *std::move(needs);
    Advance();
  }

  // Gets the next number, or ends.
  void Advance() {
    if (over_) return;
    for (const NumberNeed& need : needs_) {
      if (numbers_.contains(need.sequence)) continue;
      with_.sequences->Reserve(
          need.number.id, need.number.spec, need.number.above,
          [self = shared_from_this(), sequence = need.sequence](absl::StatusOr<int64_t> number) {
            if (!number.ok()) return self->Finish(number.status());
            self->numbers_[sequence] = *number;
            self->Advance();
          });
      return;
    }
    absl::StatusOr<CompletedRequest> completed =
        Complete(*account_, request_,
                 {.session = session_ == nullptr ? nullptr : &session_->grant,
                  .numbers = numbers_,
                  .now = with_.clock->WallNow(),
                  .random = with_.random,
                  .sender = Sender::kCaller,
                  .user_agent = ""});
    if (!completed.ok()) return Finish(completed.status());
    Finish(SignedRequest{*std::move(completed), std::move(numbers_), std::move(session_)});
  }

  void Finish(absl::StatusOr<SignedRequest> result) {
    if (over_.exchange(true)) return;
    Callback done = std::move(done_);
    done(std::move(result));
  }

  const Dependencies with_;
  const RequestLimits limits_;
  const base::AccountId id_;
  const Request request_;
  std::atomic<bool> over_{false};
  // All below on the scheduler's thread alone.
  sessions::AdmitLogin admit_login_;
  Callback done_;
  std::shared_ptr<const login::Account> account_;
  sessions::SessionManager::PendingGet pending_;
  SessionPtr session_;
  std::vector<NumberNeed> needs_;
  std::map<std::string, int64_t> numbers_;
};

bool RequestSigner::PendingSign::GiveUp() {
  const std::shared_ptr<Flight> flight = flight_.lock();
  return flight != nullptr && flight->GiveUp();
}

RequestSigner::PendingSign RequestSigner::Sign(base::AccountId account, Request request,
                                               Callback done, sessions::AdmitLogin admit_login) {
  auto flight = std::make_shared<Flight>(this, std::move(account), std::move(request),
                                         std::move(done), std::move(admit_login));
  PendingSign pending(flight);
  with_.scheduler->Post([flight = std::move(flight)] { flight->Begin(); });
  return pending;
}

}  // namespace sessionbroker::calls
