#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/brokerctl/provider/commands.h"
#include "client/brokerctl/provider/definition_file.h"

namespace sessionbroker::brokerctl {
namespace {

std::string Counted(std::size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

// "2 steps (challenge, login)".
std::string StepsOf(const login::Program& program) {
  if (!program.has_sessions()) return "no sessions";
  std::vector<std::string> steps;
  for (const login::Step& step : program.steps()) steps.push_back(step.name);
  return absl::StrCat(Counted(steps.size(), "step"), " (", absl::StrJoin(steps, ", "), ")");
}

// What the broker adds to callers' requests; "" for nothing.
std::string AdditionsOf(const login::Program& program) {
  if (program.inject().has_value()) return "requests that the broker alone sends, ";
  if (!program.sign().has_value()) return "";
  std::vector<std::string> parts;
  for (const login::Covered part : program.sign()->covers) parts.emplace_back(NameOf(part));
  return absl::StrCat("signatures over ",
                      parts.empty() ? "nothing of a request" : absl::StrJoin(parts, ", "), ", ");
}

std::string Summary(const login::CheckedDefinition& checked) {
  return absl::StrCat("provider \"", checked.provider, "\", ", StepsOf(*checked.program), ", ",
                      checked.program->has_probe() ? "a probe, " : "",
                      checked.program->has_logout() ? "a logout, " : "",
                      AdditionsOf(*checked.program), Counted(checked.worked_values, "worked value"),
                      " checked");
}

// A broker takes the built-in definition of a name and refuses others.
bool IsOtherThanBuiltIn(const login::Program& program) {
  config::Diagnostics ignored;
  const auto builtin = login::DefinitionSet::Load({}, &ignored)->Find(program.provider());
  return builtin.ok() && (*builtin)->behaviour() != program.behaviour();
}

ExitCode Check(const std::vector<std::string>& files, const LocalEnvironment& environment) {
  ExitCode code = ExitCode::kOk;
  std::map<std::string, std::string> file_of;
  for (const std::string& file : files) {
    config::Diagnostics diagnostics;
    const login::CheckedDefinition checked = ReadDefinitionFile(file, &diagnostics);
    if (!checked.provider.empty()) {
      const auto [first, is_first] = file_of.emplace(checked.provider, file);
      if (!is_first) {
        diagnostics.Add(checked.places.At(
            "provider",
            absl::StrCat("\"", checked.provider, "\" is defined already, in ", first->second)));
        diagnostics.Sort();
      }
    }
    if (!diagnostics.empty()) {
      *environment.err << diagnostics.ToString();
      code = ExitCode::kUsage;
      continue;
    }
    *environment.out << file << ": in order: " << Summary(checked) << "\n";
    if (IsOtherThanBuiltIn(*checked.program)) {
      *environment.out << file << ": note: \"" << checked.provider
                       << "\" is built in; a broker refuses another definition of that name\n";
    }
  }
  return code;
}

}  // namespace

LocalCommand AddProviderCheckCommand(CLI::App* provider) {
  CLI::App* command = provider->add_subcommand(
      "check", "Name every mistake of definitions, or say that they are in order");
  const auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE", *files, "Definitions, YAML")->required();
  command->footer(
      "A mistake is a line on standard error: file:line:column: field: what is wrong, and what "
      "was\n"
      "expected. Worked examples are computed where all else is right. The exit code is 1 where\n"
      "there is a mistake, 0 where there is none.");
  return {command,
          [files](const LocalEnvironment& environment) { return Check(*files, environment); }};
}

}  // namespace sessionbroker::brokerctl
