#include "service/login/session_request_compiler.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/login/step_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

// Why a name that a login knows is not known to a probe or logout.
std::string WhyElsewhere(absl::string_view name, Conversation conversation) {
  if (absl::StartsWith(name, "next.")) {
    return absl::StrCat("a ", NameOf(conversation), " has no numbers of sequences");
  }
  if (absl::StartsWith(name, "kept.")) return "what an account keeps goes into its logins alone";
  if (name == "provider_now") return "no answer has told the provider's clock";
  return absl::StrCat("of a login's values a ", NameOf(conversation),
                      " knows those in `session.attributes`, as session.NAME");
}

bool IsKnown(absl::string_view name, Conversation conversation) {
  return name == "now" || absl::StartsWith(name, "account.") || absl::StartsWith(name, "secret.") ||
         absl::StartsWith(name, "session.") ||
         (conversation == Conversation::kCall && absl::StartsWith(name, "next."));
}

}  // namespace

Scope ScopeWithin(const Scope& login, Conversation conversation) {
  Scope scope;
  for (const auto& [name, known] : login.names) {
    if (IsKnown(name, conversation)) {
      scope.names.emplace(name, known);
    } else {
      scope.elsewhere.emplace(name, WhyElsewhere(name, conversation));
    }
  }
  return scope;
}

void DeclareSession(const pb::SessionTemplate& session, CompileContext& context) {
  const auto declare = [&context](const std::string& name) {
    // The same in each request of a session.
    context.scope.names[name] = Scope::Name{Type::kText, Taint::kConstant, /*optional=*/false};
    context.used.insert(name);
  };
  declare("session.id");
  for (const pb::Field& attribute : session.attributes()) {
    if (attribute.name() == "id") {
      context.Add(Member("session.attributes", attribute.name()),
                  "`session.id` is the session id: give the attribute another "
                  "name");
    }
    declare(absl::StrCat("session.", attribute.name()));
  }
}

Step CompileSessionRequest(const pb::SessionRequest& request, Conversation conversation,
                           CompileContext& context) {
  const std::string path(NameOf(conversation));
  pb::Step step;
  step.set_step(path);
  if (request.has_request()) *step.mutable_request() = request.request();
  *step.mutable_answers() = request.answers();
  *step.mutable_extract() = request.extract();
  *step.mutable_check() = request.check();

  Scope outside = std::exchange(context.scope, ScopeWithin(context.scope, conversation));
  context.conversation = conversation;
  Step compiled = CompileStep(step, path, /*last=*/true, context);
  context.conversation = Conversation::kLogin;
  // What it extracts is a name of the definition too.
  outside.names.insert(context.scope.names.begin(), context.scope.names.end());
  context.scope = std::move(outside);
  return compiled;
}

}  // namespace sessionbroker::login
