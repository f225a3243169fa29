#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_join.h"
#include "client/brokerctl/format.h"
#include "client/brokerctl/provider/assignment.h"
#include "client/brokerctl/provider/commands.h"
#include "client/brokerctl/provider/definition_file.h"
#include "client/brokerctl/provider/grant_session.h"
#include "client/brokerctl/provider/later_steps.h"
#include "client/brokerctl/provider/trace_printer.h"
#include "client/brokerctl/provider/trial.h"
#include "client/brokerctl/provider/trial_account.h"
#include "client/brokerctl/redact.h"
#include "client/brokerctl/session_text.h"
#include "service/base/error.h"

namespace sessionbroker::brokerctl {
namespace {

struct TryArguments {
  std::string file;
  AccountArguments account;
  std::string user_agent;
  std::string ca_file;
  bool probe = false;
  bool logout = false;
  bool dry_run = false;
  bool reveal = false;
};

ExitCode ExitCodeOfError(const absl::Status& error) {
  return base::DetailsOf(error).retry_after.has_value() ? ExitCode::kTryAgain : ExitCode::kRefused;
}

// "UNAUTHENTICATED CREDENTIALS_REJECTED: …", in two lines where the provider said something.
void ReportError(const absl::Status& error, const std::string& operator_detail, std::ostream* err) {
  const base::ErrorDetails details = base::DetailsOf(error);
  *err << "brokerctl: " << absl::StatusCodeToString(error.code()) << " "
       << base::NameOf(details.reason) << ": " << Printable(error.message());
  if (details.retry_after.has_value()) {
    *err << "; try again in " << SpanText(*details.retry_after);
  }
  *err << "\n";
  if (!operator_detail.empty()) *err << "the provider said: " << operator_detail << "\n";
}

// What the session turned out to be worth, beside the login.
ExitCode ReportSession(const TrialResult& result, const LocalEnvironment& environment) {
  ExitCode code = ExitCode::kOk;
  const auto fail = [&](const absl::Status& error) {
    environment.out->flush();
    ReportError(error, result.operator_detail, environment.err);
    if (code == ExitCode::kOk) code = ExitCodeOfError(error);
  };
  if (result.probe.has_value() && !result.probe->ok()) {
    fail(result.probe->status());
  } else if (result.probe.has_value()) {
    const bool alive = (*result.probe)->result == login::ProbeResult::kAlive;
    *environment.out << "The probe says that the session is " << (alive ? "alive" : "dead")
                     << ".\n";
    if (!alive) code = ExitCode::kRefused;
  }
  if (result.logout.has_value() && !result.logout->ok()) {
    fail(*result.logout);
  } else if (result.logout.has_value()) {
    *environment.out << "The session is logged out.\n";
  }
  return code;
}

// What is not as it would be in the broker.
void Warn(const login::Program& program, std::ostream* err) {
  std::set<std::string> sequences;
  for (const login::Step& step : program.steps()) {
    sequences.insert(step.sequences.begin(), step.sequences.end());
  }
  if (!sequences.empty()) {
    *err << "warning: " << absl::StrJoin(sequences, ", ")
         << ": these numbers are not from the broker's own sequence, which will not know that they "
            "are used\n";
  }
  if (!program.keep().empty()) {
    *err << "warning: nothing that the broker keeps of earlier logins is used, and nothing is "
            "kept\n";
  }
}

ExitCode DryRun(const login::CheckedDefinition& checked, const TrialAccount& trial,
                const TrialOptions& options, const LocalEnvironment& environment) {
  TracePrinter printer(&checked, environment.out);
  const absl::Status made = ShowFirstRequest(trial.account, options, environment.now(), &printer);
  if (!made.ok()) {
    ReportError(made, "", environment.err);
    return ExitCodeOfError(made);
  }
  *environment.out << DescribeLaterSteps(*checked.program, printer.last_step().value_or(0))
                   << "Nothing was sent.\n";
  return ExitCode::kOk;
}

ExitCode Try(const TryArguments& arguments, const LocalEnvironment& environment) {
  config::Diagnostics diagnostics;
  const login::CheckedDefinition checked = ReadDefinitionFile(arguments.file, &diagnostics);
  if (checked.program == nullptr) {
    *environment.err << diagnostics.ToString();
    return ExitCode::kUsage;
  }
  if (!checked.program->has_sessions()) {
    *environment.err
        << "brokerctl: " << arguments.file
        << " has no `login`, so there is nothing to try; `brokerctl sign` shows what a "
           "broker makes of a request\n";
    return ExitCode::kUsage;
  }
  std::string mistakes;
  const std::optional<TrialAccount> trial =
      ReadTrialAccount(arguments.account, checked.program, &mistakes);
  if (!trial.has_value()) {
    *environment.err << mistakes;
    return ExitCode::kUsage;
  }
  Warn(*checked.program, environment.err);
  for (const auto& [asked, has, name] :
       {std::tuple(arguments.probe, checked.program->has_probe(), "probe"),
        std::tuple(arguments.logout, checked.program->has_logout(), "logout")}) {
    if (!asked || has) continue;
    *environment.err << "brokerctl: " << arguments.file << " has no `" << name << "`\n";
    return ExitCode::kUsage;
  }
  const TrialOptions options = {
      .user_agent =
          arguments.user_agent.empty() ? trial->outbound.user_agent : arguments.user_agent,
      .login_timeout = trial->outbound.login_timeout,
      .request_timeout = trial->outbound.request_timeout,
      .ca_file =
          arguments.ca_file.empty() ? trial->outbound.ca_file.value_or("") : arguments.ca_file,
      .probe = arguments.probe,
      .logout = arguments.logout};
  if (arguments.dry_run) return DryRun(checked, *trial, options, environment);
  TracePrinter printer(&checked, environment.out);
  const absl::StatusOr<TrialResult> result = TryLogin(trial->account, options, &printer);
  if (!result.ok()) {
    *environment.err << "brokerctl: " << Printable(result.status().message()) << "\n";
    return ExitCode::kUsage;
  }
  if (!result->grant.ok()) {
    environment.out->flush();
    ReportError(result->grant.status(), result->operator_detail, environment.err);
    return ExitCodeOfError(result->grant.status());
  }
  printer.Finish();
  // The session has whole seconds.
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(environment.now()));
  v1::Session session = SessionOf(*trial->account, *result->grant, now);
  if (!arguments.reveal) Redact(&session);
  *environment.out << "The login succeeded: " << result->requests
                   << (result->requests == 1 ? " request, " : " requests, ")
                   << SpanText(result->duration) << ".\n";
  const ExitCode code = ReportSession(*result, environment);
  *environment.out << "\n" << DescribeSession(session, now);
  return code;
}

}  // namespace

LocalCommand AddProviderTryCommand(CLI::App* provider) {
  CLI::App* command =
      provider->add_subcommand("try", "Log in to a real server and show each exchange");
  const auto arguments = std::make_shared<TryArguments>();
  AccountArguments& account = arguments->account;
  command->add_option("FILE", arguments->file, "The definition, YAML")->required();
  auto* const source = command->add_option_group("account", "Whom to log in as");
  auto* const entry = source
                          ->add_option("--account", account.entry,
                                       "An account of a broker's configuration; the definition "
                                       "that is tried is FILE all the same")
                          ->type_name("CONFIG_FILE:[PROVIDER/]ACCOUNT");
  auto* const base_url =
      source->add_option("--base-url", account.base_url, "Or: the provider's base URL …")
          ->type_name("URL");
  source->require_option(1);
  const std::vector<CLI::Option*> further = {
      AddAssignmentOption(command, "--parameter", &account.parameters, "NAME=VALUE",
                          "… and a parameter that the definition names under `account`"),
      AddAssignmentOption(command, "--secret", &account.secrets, "NAME=FILE",
                          "… and the file with a secret that it names under `secrets`"),
      command
          ->add_option("--origin", account.origins,
                       "… and where else a URL that an answer gives may lead")
          ->type_name("URL")
          ->allow_extra_args(false),
      command->add_flag("--allow-secret-in-url", account.allow_secret_in_url,
                        "… and that a URL may hold a secret")};
  for (CLI::Option* option : further) option->needs(base_url)->excludes(entry);
  command->add_option("--user-agent", arguments->user_agent,
                      "What requests are sent with; without it the configuration's, or the "
                      "broker's default");
  command
      ->add_option("--provider-ca-file", arguments->ca_file,
                   "PEM file with the only certificates to trust; without it the configuration's, "
                   "or the system's")
      ->check(CLI::ExistingFile);
  CLI::Option* const probe = command->add_flag(
      "--probe", arguments->probe, "Then ask the provider whether the session is alive");
  CLI::Option* const logout =
      command->add_flag("--logout", arguments->logout, "Then end the session");
  command
      ->add_flag("--dry-run", arguments->dry_run,
                 "Send nothing: show the first request and what later ones depend on")
      ->excludes(probe)
      ->excludes(logout);
  command->add_flag("--reveal", arguments->reveal,
                    "Print the session id in full: whoever reads it has the session");
  command->footer(
      "This is a login like the broker's: where the credentials are wrong, it counts as one more\n"
      "failed attempt. Secrets and what is made of them are shown as <redacted>, and of what may\n"
      "be a session only the beginning is.\n"
      "Numbers of `sequences` come from this machine's clock (of a count, from its start), not\n"
      "from the broker's own sequence, and nobody remembers them: what is used here of a key that\n"
      "a broker uses too may make the broker's next number too low (`brokerctl nonce raise` mends\n"
      "it). What the definition keeps between logins is neither read nor kept.\n"
      "Exit codes: 0 logged in (or shown), 1 a mistake in what was given, 2 refused, 3 temporary.");
  return {command, [arguments](const LocalEnvironment& environment) {
            return Try(*arguments, environment);
          }};
}

}  // namespace sessionbroker::brokerctl
