#include "tests/e2e/session_user.h"

#include <httplib.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sessionbroker::e2e {
namespace {

bool AppliesTo(const v1::Attachment& attachment, const std::string& method) {
  const auto& methods = attachment.methods();
  return methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace

absl::StatusOr<nlohmann::json> Call(const v1::Session& session, const std::string& method,
                                    const std::string& path,
                                    const std::multimap<std::string, std::string>& parameters,
                                    const std::string& ca_file) {
  httplib::Params query;
  httplib::Params form;
  httplib::Headers headers;
  (method == "GET" ? query : form).insert(parameters.begin(), parameters.end());
  for (const v1::Attachment& attachment : session.attachments()) {
    if (!AppliesTo(attachment, method)) continue;
    switch (attachment.location()) {
      case v1::Attachment::LOCATION_QUERY:
        query.emplace(attachment.name(), attachment.value());
        break;
      case v1::Attachment::LOCATION_FORM:
        form.emplace(attachment.name(), attachment.value());
        break;
      case v1::Attachment::LOCATION_HEADER:
        headers.emplace(attachment.name(), attachment.value());
        break;
      default:
        return absl::UnimplementedError(absl::StrCat("location ", attachment.location()));
    }
  }
  if (!session.constraints().user_agent().empty()) {
    headers.emplace("User-Agent", session.constraints().user_agent());
  }

  const std::string& base_url = session.base_url();
  const std::size_t path_begin = base_url.find('/', base_url.find("://") + 3);
  httplib::Client client(base_url.substr(0, path_begin));
  if (!ca_file.empty()) client.set_ca_cert_path(ca_file.c_str());
  const std::string base_path = path_begin == std::string::npos ? "" : base_url.substr(path_begin);
  const std::string target = httplib::append_query_params(absl::StrCat(base_path, path), query);
  const httplib::Result answer =
      method == "GET" ? client.Get(target, headers) : client.Post(target, headers, form);
  if (!answer) {
    return absl::UnavailableError(
        absl::StrCat("no answer from the provider: ", httplib::to_string(answer.error())));
  }
  return nlohmann::json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
}

}  // namespace sessionbroker::e2e
