#include "tests/simulator/webservice.h"

#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::simulator {
namespace {

constexpr std::array<const char*, 7> kWebserviceOperations = {
    "getchallenge", "login", "logout", "listtypes", "extendsession", "create", "query"};

}  // namespace

bool Webservice::Serves(absl::string_view resource) const { return resource == "/webservice.php"; }

std::string Webservice::Operation(const Request& request) const {
  const std::string operation =
      absl::AsciiStrToLower(RequestParameter(request, "operation").value_or(""));
  return absl::c_linear_search(kWebserviceOperations, operation) ? operation : "unknown";
}

std::string Webservice::SessionIn(const Request& request) const {
  return RequestParameter(request, "sessionName").value_or("");
}

void Webservice::KillSessions(SessionEnd end, const std::string& user) {
  MutexLock lock(mutex_);
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    if (!IsOf(session->first, user)) {
      ++session;
    } else if (end == SessionEnd::kGone) {
      session = sessions_.erase(session);
    } else {
      (session++)->second.end = end;
    }
  }
}

void Webservice::ExpireChallenges() {
  MutexLock lock(mutex_);
  challenges_.clear();
}

void Webservice::Forget() {
  challenges_.clear();
  sessions_.clear();
  records_.clear();
}

Webservice::RecordsAnswer Webservice::OnRecords(const std::string& operation,
                                                const Request& request) {
  if (operation == "query") {
    const std::string query = request.query.Get("query").value_or("");
    absl::string_view text = query;
    if (!absl::ConsumePrefix(&text, "select * from ") || !absl::ConsumeSuffix(&text, ";")) {
      return {nullptr, "QUERY_SYNTAX_ERROR", "Syntax Error on line 1"};
    }
    const auto found = records_.find(std::string(text));
    return {found == records_.end() ? nlohmann::ordered_json::array() : found->second};
  }
  const std::string type = request.form.Get("elementType").value_or("");
  nlohmann::ordered_json element =
      nlohmann::ordered_json::parse(request.form.Get("element").value_or(""), /*cb=*/nullptr,
                                    /*allow_exceptions=*/false);
  if (type.empty() || !element.is_object()) {
    return {nullptr, "MANDATORY_FIELDS_MISSING", "element is not a record"};
  }
  nlohmann::ordered_json& all = records_[type];
  element["id"] = absl::StrCat("12x", all.size() + 1);
  all.push_back(element);
  return {element};
}

const Webservice::Challenge* Webservice::ActiveChallenge(int user_id) const {
  const auto found = challenges_.find(user_id);
  if (found == challenges_.end() || found->second.expire_time < Now()) return nullptr;
  return &found->second;
}

nlohmann::ordered_json Webservice::Time(absl::Time time) const {
  switch (settings_.time_style) {
    case TimeStyle::kNumber:
      return absl::ToUnixSeconds(time);
    case TimeStyle::kDigits:
      return absl::StrCat(absl::ToUnixSeconds(time));
    case TimeStyle::kText:
      return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
  }
  return nullptr;
}

std::optional<std::string> RequestParameter(const Request& request, absl::string_view name) {
  if (std::optional<std::string> value = request.form.Get(name)) return value;
  return request.query.Get(name);
}

Reply FatalError(absl::string_view content_type) {
  Reply reply;
  reply.status = 500;
  reply.content_type = std::string(content_type);
  reply.outcome = "http_500";
  return reply;
}

nlohmann::ordered_json ListTypes(const std::vector<Module>& modules,
                                 const std::optional<std::string>& field_types) {
  const nlohmann::ordered_json wanted = nlohmann::ordered_json::parse(
      field_types.value_or(""), /*cb=*/nullptr, /*allow_exceptions=*/false);
  const bool narrowed = wanted.is_array() && !wanted.empty();
  const bool email = narrowed && absl::c_linear_search(wanted, nlohmann::ordered_json("email"));

  nlohmann::ordered_json types = nlohmann::ordered_json::array();
  nlohmann::ordered_json information = nlohmann::ordered_json::object();
  for (const Module& module : modules) {
    if (narrowed && !(email && module.has_email)) continue;
    types.push_back(module.name);
    information[module.name] = {
        {"isEntity", module.is_entity}, {"label", module.label}, {"singular", module.singular}};
  }
  return {{"types", types}, {"information", information}};
}

}  // namespace sessionbroker::simulator
