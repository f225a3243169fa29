#ifndef SESSIONBROKER_SERVICE_LOGIN_PROGRAM_H_
#define SESSIONBROKER_SERVICE_LOGIN_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/config/renewal.h"
#include "service/login/additions.h"
#include "service/login/answer_rules.h"
#include "service/login/conversation.h"
#include "service/login/expression/expression.h"
#include "service/login/extract.h"
#include "service/login/grant.h"
#include "service/login/named_expression.h"
#include "service/login/request_template.h"
#include "service/login/sequence_source.h"
#include "service/login/source.h"

namespace sessionbroker::login {

// An expression of type bool that must hold.
struct Check {
  // As the definition writes it.
  std::string text;
  Expression expression;
};

// One request and what its answer means.
struct Step {
  std::string name;
  // Of type bool; false: the step is skipped.
  std::optional<Expression> condition;
  // The sequences of which it needs a number, by name.
  std::vector<std::string> sequences;
  // Computed in this order before the request is made.
  std::vector<NamedExpression> let;
  RequestTemplate request;
  std::vector<AnswerRule> answers;
  std::vector<ExtractRule> extract;
  // Everything that answers and extract look at, each once.
  std::vector<Source> sources;
  std::vector<Check> checks;
  // Of type duration.
  std::optional<Expression> valid_for;
  // Of type time: the provider's clock when it answered.
  std::optional<Expression> clock;
};

// Where the session goes in a caller's request.
struct AttachTemplate {
  Location location = Location::kQuery;
  std::string name;
  // Unset: the session id.
  std::optional<Template> value;
  // Upper-case; empty means all.
  std::vector<std::string> methods;
};

// No session lives longer.
inline constexpr absl::Duration kLongestLife = absl::Hours(24 * 3650);

// What a login yields.
struct SessionTemplate {
  Template id;
  std::vector<NamedTemplate> attributes;
  std::vector<AttachTemplate> attach;
  // Where they are the same for every session.
  std::optional<absl::Duration> idle;
  std::optional<absl::Duration> absolute;
  // Of type duration, where an answer tells them; then the same ones above are unset.
  std::optional<Expression> told_idle;
  std::optional<Expression> told_absolute;
  // Of type time: the end by the provider's clock.
  std::optional<Expression> expires;
  bool bound_to_user_agent = false;
  bool bound_to_address = false;
  bool signing_required = false;
};

// Numbers that a provider wants to see rise.
struct SequenceTemplate {
  std::string name;
  // Of type text.
  Expression key;
  SequenceSpec spec;
  // How far above a refused number the next one must be.
  int64_t raise_by = 0;
  // Callers' requests with such a number go one at a time.
  bool in_order = false;
};

// What the answers to callers' requests mean.
struct CallRules {
  std::vector<AnswerRule> answers;
  // Everything that they look at, each once.
  std::vector<Source> sources;
};

// What an account of the provider has to tell.
struct ParameterSpec {
  std::string name;
  // Where an account sets none. Without it an account must set one.
  std::optional<std::string> default_value;
};

// A provider definition, checked: compiler.h makes it. Immutable, thread-safe.
class Program {
 public:
  struct Parts {
    std::string provider;
    std::vector<ParameterSpec> parameters;
    std::vector<std::string> secrets;
    std::vector<Step> steps;
    SessionTemplate session;
    // Of one request each.
    std::optional<Step> probe;
    std::optional<Step> logout;
    // One of them at most.
    std::optional<AdditionsTemplate> sign;
    std::optional<AdditionsTemplate> inject;
    CallRules call;
    std::vector<SequenceTemplate> sequences;
    // Of type text: what an account keeps for its next logins.
    std::vector<NamedExpression> keep;
    // Those of them with which one can log in.
    std::set<std::string> secret_keep;
    Scope scope;
    std::string behaviour;
    config::Renewal renewal;
  };
  explicit Program(Parts parts);

  const std::string& provider() const { return parts_.provider; }
  const std::vector<ParameterSpec>& parameters() const { return parts_.parameters; }
  // By name.
  const std::vector<std::string>& secrets() const { return parts_.secrets; }
  // At least one, or none where the provider has no sessions.
  const std::vector<Step>& steps() const { return parts_.steps; }
  bool has_sessions() const { return !parts_.steps.empty(); }
  // What is sent in a conversation, in order: the steps of a login, one of a probe or logout, none
  // where the definition has no such thing or a caller says what.
  absl::Span<const Step> steps(Conversation conversation) const;
  // Sessions can be proved.
  bool has_probe() const { return parts_.probe.has_value(); }
  // Sessions can be ended.
  bool has_logout() const { return parts_.logout.has_value(); }
  // Requires has_sessions().
  const SessionTemplate& session() const { return parts_.session; }
  // What callers' requests carry besides the session, and may leave the broker.
  const std::optional<AdditionsTemplate>& sign() const { return parts_.sign; }
  // The same for requests that must not leave it.
  const std::optional<AdditionsTemplate>& inject() const { return parts_.inject; }
  // Empty: no answer says anything.
  const CallRules& call() const { return parts_.call; }
  // What the definition says of when sessions are renewed.
  const config::Renewal& renewal() const { return parts_.renewal; }
  const std::vector<SequenceTemplate>& sequences() const { return parts_.sequences; }
  // Requires that there is one of this name, as each of a step's is.
  const SequenceTemplate& sequence(absl::string_view name) const;
  const std::vector<NamedExpression>& keep() const { return parts_.keep; }
  // Whoever has the kept value of this name can log in with it.
  bool KeepsAsSecret(const std::string& name) const { return parts_.secret_keep.contains(name); }
  bool keeps_secrets() const { return !parts_.secret_keep.empty(); }
  // Every name of the program, as it is known once all steps are done.
  const Scope& scope() const { return parts_.scope; }

  // A request carries a secret or what is as good as one, so it must not go over plain http.
  bool sends_raw() const { return sends_raw_; }
  // One carries it in its path or query, where proxies and access logs see it.
  bool sends_raw_in_url() const { return sends_raw_in_url_; }

  // Bytes that are the same as long as the definition means the same to a login: for fingerprints.
  // Texts for people, worked examples and renewal do not count.
  const std::string& behaviour() const { return parts_.behaviour; }

 private:
  Parts parts_;
  bool sends_raw_ = false;
  bool sends_raw_in_url_ = false;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_PROGRAM_H_
