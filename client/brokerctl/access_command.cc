#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"

namespace sessionbroker::brokerctl {
namespace {

using Explanation = admin::v1::ExplainAccessResponse;

struct ExplainArguments {
  std::string caller;
  std::string account;
  bool json = false;
};

std::string Describe(const Explanation& explanation) {
  std::string text;
  for (const Explanation::Decision& decision : explanation.decisions()) {
    const bool allowed = !decision.rule().empty();
    absl::StrAppend(&text, absl::StrFormat("%-12s", decision.action()),
                    allowed ? absl::StrCat("allowed by ", decision.rule())
                            : std::string("denied: no rule allows it"),
                    "\n");
  }
  if (!explanation.other_rules().empty()) {
    absl::StrAppend(&text, "for other accounts: ", absl::StrJoin(explanation.other_rules(), ", "),
                    "\n");
  }
  return text;
}

absl::Status Explain(const ExplainArguments& arguments, const Environment& environment) {
  const std::size_t slash = arguments.account.find('/');
  const absl::StatusOr<Explanation> explanation = environment.broker->ExplainAccess(
      arguments.caller, arguments.account.substr(0, slash), arguments.account.substr(slash + 1));
  if (!explanation.ok()) return explanation.status();
  *environment.out << (arguments.json ? ToJson(*explanation) : Describe(*explanation));
  return absl::OkStatus();
}

std::string CheckAccount(const std::string& text) {
  const std::size_t slash = text.find('/');
  const bool is_account = slash != std::string::npos && slash > 0 && slash + 1 < text.size();
  return is_account ? "" : "wants PROVIDER/ACCOUNT, got \"" + text + "\"";
}

}  // namespace

Command AddAccessCommand(CLI::App* app) {
  CLI::App* const group = app->add_subcommand("access", "Look at who may do what");
  group->require_subcommand(1);
  CLI::App* const command =
      group->add_subcommand("explain", "Show what a caller may do, and the rule that decides");
  const auto arguments = std::make_shared<ExplainArguments>();
  command
      ->add_option("CALLER", arguments->caller,
                   "As rules and logs write it: loopback, k8s:prod/crm, dns:crm.example, …")
      ->required();
  command->add_option("PROVIDER/ACCOUNT", arguments->account, "The account; it need not exist")
      ->required()
      ->check(CheckAccount);
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  return {command,
          [arguments](const Environment& environment) { return Explain(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
