#ifndef SESSIONBROKER_SERVICE_LOGIN_RUN_H_
#define SESSIONBROKER_SERVICE_LOGIN_RUN_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/base/error.h"
#include "service/http/message.h"
#include "service/login/account.h"
#include "service/login/answer.h"
#include "service/login/answer_rules.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/grant.h"
#include "service/login/program.h"
#include "service/login/request_builder.h"
#include "service/login/sensitive_texts.h"

namespace sessionbroker::login {

// A login that yielded no session.
struct Failure {
  // For callers: which step, what, the HTTP status; never a provider's text. Carries a
  // base::Reason:
  //   kCredentialsRejected    a rule says so
  //   kProviderUnreachable    no whole answer came, or a rule says that it passes
  //   kProviderProtocolError  everything else
  absl::Status status;
  // What the provider said, for the operator's log alone: what SensitiveTexts::Excerpt leaves of
  // it. Empty where it said nothing.
  std::string operator_detail;
};

// One login of one account, without I/O: it says what to send and is told what came. Time is an
// argument. Not thread-safe.
//
//   Run run(account, user_agent);
//   while (true) {
//     auto action = run.Next(now);
//     http::Request → send it, then run.Feed(answer); Grant, Failure → the login is over.
//   }
//
// It goes through the program's steps in order. Where a rule says challenge_stale, or a step begins
// after what an earlier one gave has run out, it starts over, once in a login: so it sends 32
// requests at most (compiler.h, kMaxSteps).
class Run {
 public:
  using Action = std::variant<http::Request, Grant, Failure>;

  // What became of one request.
  struct Exchange {
    // Index into the program's steps.
    std::size_t step = 0;
    // Unset: no answer came.
    std::optional<int> http_status;
    // The rule that decided, by index, and what it says; unset: none did.
    std::optional<std::size_t> rule;
    std::optional<Outcome> outcome;
  };

  // Requests are sent with this User-Agent.
  Run(std::shared_ptr<const Account> account, std::string user_agent);

  // What to do now. After a request, Feed comes first; after a Grant or Failure, nothing.
  Action Next(base::BootTime now);

  // What came of the last request: an answer of any status, or the transport's error.
  void Feed(absl::StatusOr<http::Response> answer);

  // Everything sent so far, in order.
  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  // Everything known so far: the account's parameters and secrets and what was extracted since the
  // login last started over. For a definition's author, never for a log.
  const Bindings& bindings() const { return bindings_; }

 private:
  const Program& program() const { return *account_->program; }
  const Step& step() const { return program().steps()[step_]; }

  void Begin();
  // False: it has started over before.
  bool StartOver();
  void Judge(const http::Response& response);
  // The step succeeded: takes its values and goes to the next one.
  absl::Status Finish(const Answer& answer);
  // The secrets, and what was sent of at least this taint.
  SensitiveTexts SensitiveFrom(Taint lowest) const;
  absl::Status CheckNothingLeaks() const;
  absl::StatusOr<Grant> MakeGrant() const;

  // The login is over. `what` follows the step's name.
  void Fail(base::Reason reason, absl::string_view what, std::string operator_detail = "");
  std::string OperatorDetail(const http::Response& response) const;

  const std::shared_ptr<const Account> account_;
  const std::string user_agent_;

  std::size_t step_ = 0;
  bool started_over_ = false;
  Bindings bindings_;
  base::BootTime sent_at_;
  // What earlier steps gave is good until then.
  base::BootTime good_until_ = base::BootTime::InfiniteFuture();
  // Of the whole login, also before it started over.
  std::vector<SensitiveValue> sent_;
  std::vector<Exchange> exchanges_;
  std::optional<Failure> failure_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_RUN_H_
