#ifndef SESSIONBROKER_SERVICE_LOGIN_RUN_H_
#define SESSIONBROKER_SERVICE_LOGIN_RUN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "service/base/clock.h"
#include "service/base/error.h"
#include "service/crypto/random.h"
#include "service/http/message.h"
#include "service/login/account.h"
#include "service/login/answer.h"
#include "service/login/answer_rules.h"
#include "service/login/conversation.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/grant.h"
#include "service/login/kept_values.h"
#include "service/login/program.h"
#include "service/login/reach.h"
#include "service/login/request_builder.h"
#include "service/login/sensitive_texts.h"
#include "service/login/sequence_source.h"
#include "service/login/trace.h"

namespace sessionbroker::login {

// A conversation that came to nothing.
struct Failure {
  // For callers: which step, what, the HTTP status; never a provider's text. Carries a
  // base::Reason:
  //   kCredentialsRejected    a rule says so
  //   kProviderUnreachable    no whole answer came, or a rule says that it passes
  //   kProviderLockedOut      a rule says to wait; the status says how long
  //   kProviderProtocolError  everything else
  // What became of its last request, reach.h tells of it.
  absl::Status status;
  // What the provider said, for the operator's log alone: what SensitiveTexts::Excerpt leaves of
  // it. Empty where it said nothing.
  std::string operator_detail;
};

// One login, probe or logout of one account, without I/O: it says what to send and is told what
// came. Time is an argument. Not thread-safe.
//
//   Run run(account, user_agent, random);
//   run.Recall(what is kept);
//   while (true) {
//     auto action = run.Next(boot_now, wall_now);
//     http::Request → send it, then run.Feed(answer); NumberRequest → get it, then run.FeedNumber;
//     Grant, Outcome, Failure → it is over.
//   }
//
// A login goes through the program's steps in order. Where a rule says so (StartsOver), or a step
// begins after what an earlier one gave has run out, it starts over, once in a login for each such
// outcome: so it sends 64 requests at most (compiler.h, kMaxSteps).
class Run {
 public:
  // A login ends with a Grant; a probe or logout with kOk (the session is alive, or has been ended)
  // or kSessionExpired (it was dead); any of them with a Failure.
  using Action = std::variant<http::Request, NumberRequest, Grant, Outcome, Failure>;

  // What became of one request.
  struct Exchange {
    // Index into the conversation's steps.
    std::size_t step = 0;
    // Unset: no answer came.
    std::optional<int> http_status;
    // The rule that decided, by index, and what it says; unset: none did.
    std::optional<std::size_t> rule;
    std::optional<Outcome> outcome;
  };

  // A login. Requests are sent with this User-Agent. `random` must outlive the run, and so must
  // `trace`, which may be nullptr and sees every exchange.
  Run(std::shared_ptr<const Account> account, std::string user_agent, crypto::RandomSource* random,
      Trace* trace = nullptr);
  // A probe or logout, which the program has, of a session that it gave. Where the session is tied
  // to a User-Agent, that one is sent in place of `user_agent`.
  Run(std::shared_ptr<const Account> account, Conversation conversation,
      std::shared_ptr<const Grant> session, const std::string& user_agent,
      crypto::RandomSource* random, Trace* trace = nullptr);

  // What earlier logins of the account left. Before the first Next, if at all.
  void Recall(KeptValues::Values kept);

  // What to do now. After a request comes Feed first, after a NumberRequest FeedNumber; after what
  // ends it, nothing.
  Action Next(base::BootTime now, absl::Time wall_now);

  // What came of the last request: an answer of any status, or the transport's error.
  void Feed(absl::StatusOr<http::Response> answer);

  // The number that was asked for, or why there is none.
  void FeedNumber(absl::StatusOr<int64_t> number);

  // How far the last request came.
  Reach reach() const { return reach_; }
  // What the account keeps for its next logins: once this one is over, all that there is.
  const KeptValues::Values& kept() const { return kept_; }

  // When the last request was made; now, where none was.
  base::BootTime sent_at() const { return exchanges_.empty() ? now_ : sent_at_; }

  // Everything sent so far, in order.
  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  // Everything known so far: the account's parameters and secrets and what was extracted since the
  // login last started over. For a definition's author, never for a log.
  const Bindings& bindings() const { return bindings_; }

 private:
  const Program& program() const { return *account_->program; }
  absl::Span<const Step> steps() const { return program().steps(conversation_); }
  const Step& step() const { return steps()[step_]; }

  void Begin();
  // Makes the session known to a probe or logout.
  void KnowSession();
  // False: it has done so before for this outcome.
  bool StartOver(Outcome outcome);
  void Know(const std::string& name, Value value) {
    bindings_.insert_or_assign(name, std::move(value));
  }
  // Goes on to the next step that is not skipped.
  absl::Status EnterStep();
  // The sequence of which the step lacks a number; nullptr: it has all.
  const SequenceTemplate* MissingNumber() const;
  absl::StatusOr<NumberRequest> AskForNumber(const SequenceTemplate& sequence);
  absl::StatusOr<http::Request> MakeRequest();
  void ShowRequest(const std::vector<EvaluatedValue>& values) const;
  void ShowAnswer(const absl::StatusOr<http::Response>& answer) const;
  void Judge(const http::Response& response);
  // How long to wait after this answer, where the rule or the provider says so.
  std::optional<absl::Duration> WaitAfter(const AnswerRule& rule, const Answer& answer,
                                          const http::Response& response);
  // The step succeeded: takes its values and goes to the next one.
  absl::Status Finish(const Answer& answer, const http::Response& response);
  void SetProviderClock(absl::Time provider_now);
  // The secrets, and what was sent of at least this taint.
  SensitiveTexts SensitiveFrom(Taint lowest) const;
  // All steps of a login are done: what it yields, and what it keeps.
  absl::StatusOr<Grant> End();

  // It is over. `what` follows the step's name.
  void Fail(const base::ErrorDetails& details, absl::string_view what,
            std::string operator_detail = "");
  void Fail(base::Reason reason, absl::string_view what, std::string operator_detail = "");
  std::string OperatorDetail(const http::Response& response) const;

  const std::shared_ptr<const Account> account_;
  const Conversation conversation_ = Conversation::kLogin;
  // Of a probe or logout.
  const std::shared_ptr<const Grant> session_;
  const std::string user_agent_;
  crypto::RandomSource* const random_;
  Trace* const trace_;

  std::size_t step_ = 0;
  // The step is begun: it is not skipped, and its numbers are asked for.
  bool entered_ = false;
  // Of the step, whenever its expressions are evaluated; of the session in the end.
  Evaluation evaluation_;
  std::set<Outcome> started_over_;
  Bindings bindings_;
  KeptValues::Values kept_;
  base::BootTime now_;
  absl::Time wall_now_;
  base::BootTime sent_at_;
  absl::Time wall_sent_at_;
  // What the provider's clock shows more than ours.
  absl::Duration provider_ahead_;
  // What earlier steps gave is good until then.
  base::BootTime good_until_ = base::BootTime::InfiniteFuture();
  // By sequence: the last number since the login last started over.
  std::map<std::string, int64_t> numbers_;
  // By sequence: the next number must be above it.
  std::map<std::string, int64_t> above_;
  // The sequence whose number was asked for.
  std::string awaited_;
  // Of the whole login, also before it started over.
  std::vector<SensitiveValue> sent_;
  std::vector<Exchange> exchanges_;
  Reach reach_ = Reach::kNothingSent;
  // The provider says that the session is dead.
  bool dead_ = false;
  std::optional<Failure> failure_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_RUN_H_
