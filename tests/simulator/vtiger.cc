#include "tests/simulator/vtiger.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/digest.h"
#include "tests/simulator/php_json.h"

namespace sessionbroker::simulator {
namespace {

// The first and the last of the real list, and those that have an e-mail field.
const std::vector<Module>& VtigerModules() {
  static const auto* const modules = new std::vector<Module>{
      {true, "Campaigns", "Campaigns", "Campaign", false},
      {true, "Vendors", "Vendors", "Vendor", true},
      {true, "Faq", "FAQ", "FAQ", false},
      {true, "Quotes", "Quotes", "Quote", false},
      {true, "PurchaseOrder", "Purchase Orders", "Purchase Order", false},
      {true, "SalesOrder", "Sales Orders", "Sales Order", false},
      {true, "Invoice", "Invoices", "Invoice", false},
      {true, "PriceBooks", "Price Books", "Price Book", false},
      {true, "Calendar", "Calendar", "Task", false},
      {true, "Leads", "Leads", "Lead", true},
      {true, "Accounts", "Organizations", "Organization", true},
      {true, "Contacts", "Contacts", "Contact", true},
      {false, "Tax", "Tax", "Tax", false},
      {false, "ProductTaxes", "ProductTaxes", "ProductTaxes", false},
  };
  return *modules;
}

Reply VtigerJson(const nlohmann::ordered_json& body, absl::string_view outcome) {
  Reply reply;
  reply.content_type = kJsonType;
  reply.body = PhpJson(body);
  reply.outcome = std::string(outcome);
  return reply;
}

Reply VtigerSuccess(const nlohmann::ordered_json& result) {
  return VtigerJson({{"success", true}, {"result", result}}, "ok");
}

Reply VtigerError(const char* code, const char* message) {
  return VtigerJson({{"success", false}, {"error", {{"message", message}, {"code", code}}}}, code);
}

// The server's own spelling.
Reply VtigerAuthenticationRequired() {
  return VtigerError("AUTHENTICATION_REQUIRED", "Authencation required");
}

Reply WrongCredentials() {
  return VtigerError("INVALID_USER_CREDENTIALS", "Invalid username or password");
}

}  // namespace

Settings VtigerFamily::DefaultSettings() {
  Settings settings;
  settings.challenge_life = absl::Seconds(300);
  settings.session_idle = absl::Seconds(1440);
  settings.session_left_idle = absl::Seconds(1800);
  settings.session_life = absl::Seconds(86400);
  return settings;
}

VtigerFamily::VtigerFamily(const Clock& clock) : VtigerFamily(clock, DefaultSettings()) {}
VtigerFamily::VtigerFamily(const Clock& clock, const Settings& settings)
    : Webservice(clock, settings) {}

Reply VtigerFamily::Answer(const Request& request) {
  const std::string operation = Operation(request);
  if (operation == "unknown") return FatalError(kHtmlType);
  const std::string format = RequestParameter(request, "format").value_or("json");
  if (!absl::EqualsIgnoreCase(format, "json")) return FatalError(kJsonType);
  if (operation == "extendsession") return ExtendSession(request);

  std::string session = RequestParameter(request, "sessionName").value_or("");
  if (absl::EqualsIgnoreCase(session, "null")) session.clear();
  if (request.pretence == Pretence::kDeadSession) sessions_.erase(session);
  const bool before_login = operation == "getchallenge" || operation == "login";
  if (!session.empty()) {
    if (std::optional<Reply> error = SessionError(session)) return *error;
  } else if (!before_login) {
    return VtigerAuthenticationRequired();
  }

  if (operation == "getchallenge") return GetChallenge(request);
  if (operation == "login") return Login(request, session);
  if (operation == "logout") return Logout(request, session);
  if (IsOfRecords(operation)) {
    const RecordsAnswer answer = OnRecords(operation, request);
    return answer.code == nullptr ? VtigerSuccess(answer.result)
                                  : VtigerError(answer.code, answer.message);
  }
  return VtigerSuccess(ListTypes(VtigerModules(), request.query.Get("fieldTypeList")));
}

Reply VtigerFamily::GetChallenge(const Request& request) {
  if (request.query.IsArray("username")) return FatalError(kHtmlType);
  const std::string username = request.query.Get("username").value_or("");
  if (username.empty()) return VtigerError("ACCESS_DENIED", "No username given");
  const User* user = users_.Find(username);
  if (user == nullptr) return VtigerError("ACCESS_DENIED", "username does not exists");

  const absl::Time now = Now();
  const Challenge challenge{ids_.Token(now), now + settings_.challenge_life};
  challenges_[user->id] = challenge;
  return VtigerSuccess({{"token", challenge.token},
                        {"serverTime", Time(now)},
                        {"expireTime", Time(challenge.expire_time)}});
}

Reply VtigerFamily::Login(const Request& request, const std::string& session) {
  const User* user = users_.Find(request.form.Get("username").value_or(""));
  if (user != nullptr && request.pretence == Pretence::kExpiredChallenge) {
    challenges_.erase(user->id);
  }
  const Challenge* challenge = user == nullptr ? nullptr : ActiveChallenge(user->id);
  if (challenge == nullptr) {
    return VtigerError("INVALID_AUTH_TOKEN", "Specified token is invalid or expired");
  }
  if (!user->access_key) {
    return VtigerError("ACCESSKEY_UNDEFINED", "Access key for the user is undefined");
  }
  const std::string expected = Md5Hex(absl::StrCat(challenge->token, *user->access_key));
  if (request.pretence == Pretence::kWrongCredentials || !user->active ||
      request.form.Get("accessKey").value_or("") != expected) {
    return WrongCredentials();
  }

  const absl::Time now = Now();
  const std::string id = session.empty() ? ids_.VtigerSession(now) : session;
  sessions_[id] = {user->id, now, now, request.Header("User-Agent").value_or(""), std::nullopt};
  Own(id, user->name);
  return VtigerSuccess(LoginResult(*user, id));
}

nlohmann::ordered_json VtigerFamily::LoginResult(const User& user,
                                                 const std::string& session) const {
  return {{"username", user.name},
          {"first_name", ""},
          {"last_name", "Administrator"},
          {"email", absl::StrCat(user.name, "@example.invalid")},
          {"time_zone", "UTC"},
          {"hour_format", "12"},
          {"date_format", "yyyy-mm-dd"},
          {"is_admin", "on"},
          {"call_duration", "5"},
          {"other_event_duration", "5"},
          {"sessionName", session},
          {"userId", absl::StrCat("19x", user.id)},
          {"version", "0.22"},
          {"vtigerVersion", "8.0.0"}};
}

Reply VtigerFamily::Logout(const Request& request, const std::string& session) {
  // The operation's input is $_POST alone: a session named in the query does not reach it.
  if (request.form.Get("sessionName").value_or("") != session) {
    return VtigerError("OPERATION_NOT_SUPPORTED", "Permission to perform the operation is denied");
  }
  sessions_.erase(session);
  return VtigerSuccess({{"message", "successfull"}});
}

Reply VtigerFamily::ExtendSession(const Request& request) {
  if (!request.form.Get("operation")) return VtigerAuthenticationRequired();
  // It adopts the browser's cookie; a session named in the form has been seen to pass as well.
  const std::string id =
      request.Cookie("PHPSESSID").value_or(RequestParameter(request, "sessionName").value_or(""));
  if (sessions_.count(id) == 0 || SessionError(id)) {
    return VtigerError("AUTHENTICATION_FAILURE", "Authencation Failed");
  }
  return VtigerSuccess({{"sessionName", id},
                        {"userId", absl::StrCat("19x", sessions_[id].user_id)},
                        {"version", "0.22"},
                        {"vtigerVersion", "8.0.0"}});
}

std::optional<Reply> VtigerFamily::SessionError(const std::string& session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) {
    return VtigerError("INVALID_SESSIONID", "Session Identifier provided is Invalid");
  }
  const absl::Time now = Now();
  const absl::Duration idle = now - found->second.last_use;
  std::optional<SessionEnd> end = found->second.end;
  if (!end && idle >= settings_.session_idle) end = SessionEnd::kGone;
  if (!end && now - found->second.login_time >= settings_.session_life) end = SessionEnd::kExpired;
  if (!end && idle >= settings_.session_left_idle) end = SessionEnd::kLeftIdle;
  if (!end) {
    found->second.last_use = now;
    return std::nullopt;
  }
  sessions_.erase(found);
  switch (*end) {
    case SessionEnd::kGone:
      break;
    case SessionEnd::kExpired:
      return VtigerError("SESSION_EXPIRED", "Session has life span over please login again");
    case SessionEnd::kLeftIdle:
      return VtigerError("SESSION_LEFT_IDLE", "Session has been invalidated to due lack activity");
  }
  return VtigerError("INVALID_SESSIONID", "Session Identifier provided is Invalid");
}

}  // namespace sessionbroker::simulator
