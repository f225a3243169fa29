#include "client/brokerctl/request_arguments.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/brokerctl/url_encoded.h"

namespace sessionbroker::brokerctl {
namespace {

absl::StatusOr<std::string> BytesOf(const std::string& data) {
  if (!absl::StartsWith(data, "@")) return data;
  std::ifstream file(data.substr(1), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("--data-binary: cannot read ", data.substr(1)));
  }
  return bytes;
}

// In the order in which curl sends them: those of each option together.
std::vector<v1::Parameter> FieldsOf(const RequestArguments& arguments) {
  std::vector<v1::Parameter> fields;
  for (const std::string& data : arguments.data) {
    for (v1::Parameter& field : ParametersIn(data)) fields.push_back(std::move(field));
  }
  for (const std::string& pair : arguments.data_urlencode) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    v1::Parameter field;
    field.set_name(parts.first);
    field.set_value(parts.second);
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

void AddRequestArguments(CLI::App* command, RequestArguments* arguments) {
  command->add_option("PROVIDER", arguments->provider, "The provider's name")->required();
  command->add_option("ACCOUNT", arguments->account, "The account's name")->required();
  command
      ->add_option(
          "PATH", arguments->target,
          "Below the account's base URL, with a query: /webservice.php?operation=listtypes")
      ->required();
  command->add_option("-X,--request", arguments->method,
                      "The method. Default: POST with data, else GET");
  // One value an option, as PATH may stand behind it.
  const auto add_list = [command](const char* name, std::vector<std::string>* values,
                                  const char* about) {
    command->add_option(name, *values, about)->allow_extra_args(false);
  };
  add_list("-H,--header", &arguments->headers, "'Name: value'; may be given several times");
  add_list("-d,--data", &arguments->data,
           "Fields of a form, encoded: 'a=1&b=2'; may be given several times");
  add_list("--data-urlencode", &arguments->data_urlencode,
           "One field of a form, not encoded: 'name=value'; may be given several times");
  command->add_option("--data-binary", arguments->data_binary,
                      "A body that is sent as it is; @FILE is what is in a file");
  command->add_flag("-G,--get", arguments->get, "Put the fields into the query");
}

absl::StatusOr<v1::HttpRequest> RequestOf(const RequestArguments& arguments) {
  const std::vector<v1::Parameter> fields = FieldsOf(arguments);
  if (!fields.empty() && !arguments.data_binary.empty()) {
    return absl::InvalidArgumentError("--data-binary: a body is either that or a form");
  }
  v1::HttpRequest request;
  const std::pair<std::string, std::string> target =
      absl::StrSplit(arguments.target, absl::MaxSplits('?', 1));
  request.set_path(target.first);
  for (v1::Parameter& parameter : ParametersIn(target.second)) {
    *request.add_query() = std::move(parameter);
  }
  for (const std::string& header : arguments.headers) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(header, absl::MaxSplits(':', 1));
    if (!absl::StrContains(header, ':')) {
      return absl::InvalidArgumentError("--header: wants 'Name: value'");
    }
    v1::Header* const added = request.add_headers();
    added->set_name(parts.first);
    added->set_value(std::string(absl::StripAsciiWhitespace(parts.second)));
  }
  for (const v1::Parameter& field : fields) {
    *(arguments.get ? request.add_query() : request.mutable_form()->add_fields()) = field;
  }
  if (!arguments.data_binary.empty()) {
    absl::StatusOr<std::string> bytes = BytesOf(arguments.data_binary);
    if (!bytes.ok()) return bytes.status();
    request.set_raw(*std::move(bytes));
  }
  const bool has_body = request.body_case() != v1::HttpRequest::BODY_NOT_SET;
  request.set_method(!arguments.method.empty() ? arguments.method : has_body ? "POST" : "GET");
  return request;
}

}  // namespace sessionbroker::brokerctl
