#ifndef SESSIONBROKER_CLIENT_BROKERCTL_ERROR_REPORT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_ERROR_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::brokerctl {

// What brokerctl ends with; --help lists them.
enum class ExitCode {
  kOk = 0,
  // The command line is wrong, or a file or expression that it names.
  kUsage = 1,
  // The broker, or the provider that was tried, said no, and will again until something changes.
  kRefused = 2,
  // It may work later.
  kTryAgain = 3,
  // Nothing that speaks the broker's API answers at the address.
  kUnreachable = 4,
};

// The exit codes as --help shows them.
extern const char kExitCodesHelp[];

// The exit code for an error of SessionBrokerClient.
ExitCode ExitCodeOf(const absl::Status& status);

// The error in one line without its end: reason, message, what to do about it and when to try
// again. `address` is where the broker was looked for.
std::string DescribeError(const absl::Status& status, absl::string_view address);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_ERROR_REPORT_H_
