#include "client/brokerctl/error_report.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/format.h"
#include "client/session_broker_client.h"

namespace sessionbroker::brokerctl {
namespace {

// What the person at the keyboard can do, by reason.
constexpr struct {
  const char* reason;
  const char* hint;
} kHints[] = {
    {"ACCOUNT_UNKNOWN", "`brokerctl list` shows the accounts that you may list"},
    {"NOT_ALLOWED", "no rule covers it: check the names, or have the broker's operator add a rule"},
    {"CALLER_UNKNOWN", "connect over the broker's loopback address or Unix socket"},
    {"CREDENTIALS_REJECTED",
     "have the broker's operator correct the account's credentials; trying on could lock it"},
    {"PROVIDER_PROTOCOL_ERROR",
     "have the broker's operator compare the account's base URL and the provider's definition"},
    {"STORE_UNAVAILABLE", "the broker's log tells its operator what is wrong with the disk"},
    {"AUDIT_UNAVAILABLE", "the broker's log tells its operator why the audit log is not written"},
    {"SEQUENCE_AHEAD",
     "compare the clocks of the broker and of this key's other users; `brokerctl nonce raise` lets "
     "it go on at once"},
    {"SEQUENCE_EXHAUSTED", "have the provider issue a new key"},
    {"SEQUENCE_PASSED", "`brokerctl nonce show` tells the current values"},
    {"SEQUENCE_UNKNOWN", "check both names: the origin is that of an account's base URL"},
    {"INTERNAL", "a fault of the broker: its log says more"},
};

const char* HintOf(absl::string_view reason) {
  for (const auto& row : kHints) {
    if (reason == row.reason) return row.hint;
  }
  return nullptr;
}

}  // namespace

const char kExitCodesHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  the command line is wrong, or what it names: a definition, an expression\n"
    "  2  refused: it will not work until something changes (account, rule, credentials …)\n"
    "  3  temporary: try again, after the delay where one is told\n"
    "  4  cannot reach a broker at the address";

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (const auto details = client::DetailsOf(status)) {
    return details->retry_after.has_value() ? ExitCode::kTryAgain : ExitCode::kRefused;
  }
  // Errors that gRPC made itself.
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kTryAgain;
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    default:
      return ExitCode::kUnreachable;
  }
}

std::string DescribeError(const absl::Status& status, absl::string_view address) {
  std::string message = Printable(status.message());
  const auto details = client::DetailsOf(status);
  if (!details.has_value()) {
    switch (ExitCodeOf(status)) {
      case ExitCode::kUnreachable:
        return absl::StrCat("cannot reach a broker at ", address, ": ", message,
                            "; is it running, and is --address right?");
      case ExitCode::kTryAgain:
        return absl::StrCat(absl::StatusCodeToString(status.code()), ": no answer from ", address,
                            " in time (", message,
                            "); a login goes on, try again or give a longer --timeout");
      default:
        return message;
    }
  }
  std::string line = absl::StrCat(Printable(details->reason), ": ", message);
  if (const char* hint = HintOf(details->reason)) absl::StrAppend(&line, "; ", hint);
  if (details->retry_after.has_value()) {
    absl::StrAppend(&line, "; try again in ", SpanText(*details->retry_after));
  }
  return line;
}

}  // namespace sessionbroker::brokerctl
