#include "service/app/policy_builder.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/access/caller_pattern.h"
#include "service/access/request_scope.h"

namespace sessionbroker::app {
namespace {

access::Action ActionOf(config::Action action) {
  switch (action) {
    case config::Action::kGet:
      return access::Action::kGet;
    case config::Action::kList:
      return access::Action::kList;
    case config::Action::kInvalidate:
      return access::Action::kInvalidate;
    case config::Action::kOperate:
      return access::Action::kOperate;
    case config::Action::kSign:
      return access::Action::kSign;
    case config::Action::kCall:
      return access::Action::kCall;
    case config::Action::kWatch:
      return access::Action::kWatch;
  }
  return access::Action::kList;
}

access::Rule ToRule(const config::Rule& rule, const config::SourceMap& places) {
  access::Rule result{.callers = rule.callers,
                      .accounts = rule.accounts,
                      .actions = {},
                      .requests = {.methods = rule.requests.methods,
                                   .path_prefixes = rule.requests.path_prefixes,
                                   .parameters = rule.requests.parameters},
                      .name = absl::StrCat(rule.path, " (line ", places.Find(rule.path).line, ")")};
  for (const config::Action action : rule.actions) result.actions.push_back(ActionOf(action));
  return result;
}

// What only the layer of access can judge.
class RuleChecker {
 public:
  RuleChecker(const config::Settings& settings, config::Diagnostics* diagnostics)
      : places_(settings.places), diagnostics_(diagnostics) {}

  void Check(const config::Rule& rule) {
    for (std::size_t i = 0; i < rule.callers.size(); ++i) {
      Check(absl::StrCat(rule.path, ".callers[", i, "]"), rule.callers[i],
            access::CallerPattern::Create(rule.callers[i]).status());
    }
    const std::string path = absl::StrCat(rule.path, ".requests");
    for (std::size_t i = 0; i < rule.requests.methods.size(); ++i) {
      const std::string& method = rule.requests.methods[i];
      Check(absl::StrCat(path, ".methods[", i, "]"), method, access::CheckMethod(method));
    }
    for (std::size_t i = 0; i < rule.requests.path_prefixes.size(); ++i) {
      const std::string& prefix = rule.requests.path_prefixes[i];
      Check(absl::StrCat(path, ".path_prefixes[", i, "]"), prefix, access::CheckPathPrefix(prefix));
    }
  }

 private:
  void Check(const std::string& path, const std::string& text, const absl::Status& status) {
    if (status.ok()) return;
    diagnostics_->Add(places_.At(
        path, absl::StrCat("expected ", status.message(), ", found ", config::Shown(text))));
  }

  const config::SourceMap& places_;
  config::Diagnostics* const diagnostics_;
};

}  // namespace

std::optional<access::Policy> BuildPolicy(const config::Settings& settings,
                                          const config::Diagnostics& known,
                                          config::Diagnostics* diagnostics) {
  config::Diagnostics found;
  RuleChecker checker(settings, &found);
  std::vector<access::Rule> rules;
  for (const config::Rule& rule : settings.rules) {
    checker.Check(rule);
    rules.push_back(ToRule(rule, settings.places));
  }
  // A field may have been found wrong for less already.
  for (const config::Diagnostic& mistake : found.list()) {
    const bool is_known =
        std::any_of(known.list().begin(), known.list().end(),
                    [&](const config::Diagnostic& other) { return other.path == mistake.path; });
    if (!is_known) diagnostics->Add(mistake);
  }
  if (!known.empty() || !found.empty()) return std::nullopt;
  absl::StatusOr<access::Policy> policy = access::Policy::Create(rules);
  if (policy.ok()) return *std::move(policy);
  diagnostics->Add(settings.places.At("rules", std::string(policy.status().message())));
  return std::nullopt;
}

}  // namespace sessionbroker::app
