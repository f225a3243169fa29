#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/format.h"
#include "client/brokerctl/json.h"
#include "sessionbroker/admin/v1/admin_broker.pb.h"

namespace sessionbroker::brokerctl {
namespace {

struct ShowNonceArguments {
  std::string key;
  bool json = false;
};

struct RaiseNonceArguments {
  std::string origin;
  std::string key;
  int64_t value = 0;
  bool json = false;
};

std::string UnitOf(const admin::v1::Sequence& sequence) {
  switch (sequence.unit()) {
    case admin::v1::Sequence::UNIT_COUNT:
      return "count";
    case admin::v1::Sequence::UNIT_SECONDS:
      return "seconds";
    case admin::v1::Sequence::UNIT_MILLISECONDS:
      return "milliseconds";
    default:
      return "-";
  }
}

std::string DescribeSequences(const std::vector<admin::v1::Sequence>& sequences, absl::Time now) {
  if (sequences.empty()) return "no nonces have been used\n";
  std::vector<std::vector<std::string>> rows = {
      {"ORIGIN", "KEY", "VALUE", "UNIT", "MAX", "RAISED TO", "WRITTEN"}};
  for (const admin::v1::Sequence& sequence : sequences) {
    rows.push_back({Printable(sequence.origin()), Printable(sequence.key()),
                    absl::StrCat(sequence.value()), UnitOf(sequence),
                    sequence.has_max() ? absl::StrCat(sequence.max()) : "-",
                    sequence.has_raised_to() ? absl::StrCat(sequence.raised_to()) : "-",
                    TimeTextFrom(ToTime(sequence.update_time()), now)});
  }
  return AlignColumns(rows);
}

absl::Status ShowNonces(const ShowNonceArguments& arguments, const Environment& environment) {
  absl::StatusOr<std::vector<admin::v1::Sequence>> sequences =
      environment.broker->ListSequences(arguments.key);
  if (!sequences.ok()) return sequences.status();
  if (arguments.json) {
    admin::v1::ListSequencesResponse all;
    for (admin::v1::Sequence& sequence : *sequences) *all.add_sequences() = std::move(sequence);
    *environment.out << ToJson(all);
  } else {
    *environment.out << DescribeSequences(*sequences, environment.now());
  }
  return absl::OkStatus();
}

absl::Status RaiseNonce(const RaiseNonceArguments& arguments, const Environment& environment) {
  const absl::StatusOr<admin::v1::RaiseSequenceResponse> raised =
      environment.broker->RaiseSequence(arguments.origin, arguments.key, arguments.value);
  if (!raised.ok()) return raised.status();
  if (arguments.json) {
    *environment.out << ToJson(*raised);
    return absl::OkStatus();
  }
  const std::string before = raised->has_previous_value()
                                 ? absl::StrCat("stood at ", raised->previous_value())
                                 : "this broker had not used it";
  *environment.out << absl::StrCat("the next nonce of ", Printable(raised->sequence().key()),
                                   " at ", Printable(raised->sequence().origin()),
                                   " will be above ", raised->sequence().value(), " (", before,
                                   ")\n");
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> AddNonceCommands(CLI::App* app) {
  CLI::App* group = app->add_subcommand(
      "nonce", "For operators: the nonces that the broker uses, and how to raise them");
  group->require_subcommand(1);

  CLI::App* show = group->add_subcommand("show", "Show where the nonces of each key stand");
  const auto shown = std::make_shared<ShowNonceArguments>();
  show->add_option("KEY", shown->key, "Only this key's");
  show->add_flag("--json", shown->json, "Print protobuf JSON");

  CLI::App* raise = group->add_subcommand(
      "raise", "Let a key's nonces go on above a value; they are never lowered");
  const auto raised = std::make_shared<RaiseNonceArguments>();
  raise->add_option("ORIGIN", raised->origin, "Where the key counts, e.g. https://v5.icash.bg")
      ->required();
  raise->add_option("KEY", raised->key, "The key")->required();
  raise->add_option("VALUE", raised->value, "Every nonce up to this one counts as used")
      ->required();
  raise->add_flag("--json", raised->json, "Print protobuf JSON");

  return {
      {show, [shown](const Environment& environment) { return ShowNonces(*shown, environment); }},
      {raise,
       [raised](const Environment& environment) { return RaiseNonce(*raised, environment); }}};
}

}  // namespace sessionbroker::brokerctl
