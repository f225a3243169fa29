#ifndef SESSIONBROKER_CLIENT_BROKERCTL_REQUEST_ARGUMENTS_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_REQUEST_ARGUMENTS_H_

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// A request to a provider as the command line tells it, with curl's words for it.
struct RequestArguments {
  std::string provider;
  std::string account;
  // "/path?a=1&b=2".
  std::string target;
  // Empty: POST where there is data, else GET.
  std::string method;
  std::vector<std::string> headers;
  // "a=1&b=2" each: a form, or, with `get`, the query.
  std::vector<std::string> data;
  // "name=value" each, not encoded.
  std::vector<std::string> data_urlencode;
  // Sent as it is; "@FILE" is what is in a file.
  std::string data_binary;
  bool get = false;
};

// Adds the options and the arguments PROVIDER, ACCOUNT and PATH.
void AddRequestArguments(CLI::App* command, RequestArguments* arguments);

// INVALID_ARGUMENT: a header without a colon, two kinds of body, or a file that cannot be read.
absl::StatusOr<v1::HttpRequest> RequestOf(const RequestArguments& arguments);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_REQUEST_ARGUMENTS_H_
