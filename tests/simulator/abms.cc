#include "tests/simulator/abms.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::simulator {

Settings AbmsFamily::DefaultSettings() {
  Settings settings = VtigerFamily::DefaultSettings();
  settings.time_style = TimeStyle::kDigits;
  return settings;
}

AbmsFamily::AbmsFamily(const Clock& clock) : VtigerFamily(clock, DefaultSettings()) {}

Reply AbmsFamily::Answer(const Request& request) {
  if (!settings_.allowed_clients.empty() &&
      !absl::c_linear_search(settings_.allowed_clients, request.client_address)) {
    Reply reply;
    reply.status = 400;
    reply.content_type = kHtmlType;
    reply.body = "<html><head><title>400 Bad Request</title></head><body>Bad Request</body></html>";
    reply.outcome = "not_whitelisted";
    return reply;
  }
  return VtigerFamily::Answer(request);
}

nlohmann::ordered_json AbmsFamily::LoginResult(const User& user, const std::string& session) const {
  return {{"sessionId", session},
          {"userId", absl::StrCat("19x", user.id)},
          {"version", "0.22"},
          {"vtigerVersion", "8.0.0"}};
}

}  // namespace sessionbroker::simulator
