#include "tests/simulator/corebos.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/digest.h"
#include "tests/simulator/php_json.h"

namespace sessionbroker::simulator {
namespace {

// The cookie that getchallenge and login set, and the one that every other operation sets.
constexpr char kLoginCookie[] = "cb0663ad6e4517fb6eb1d09f8331ef90c2";
constexpr char kCallCookie[] = "cb440d0441d7a79684735805b03aef981c";

// The first and the last of the real list, and those that have an e-mail field.
const std::vector<Module>& CorebosModules() {
  static const auto* const modules = new std::vector<Module>{
      {true, "Campaigns", "Campaigns", "Campaign", false},
      {true, "Vendors", "Vendors", "Vendor", true},
      {true, "Faq", "FAQ", "FAQ", false},
      {true, "Quotes", "Quotes", "Quote", false},
      {true, "PurchaseOrder", "Purchase Order", "Purchase Order", false},
      {true, "SalesOrder", "Sales Order", "Sales Order", false},
      {true, "Invoice", "Invoice", "Invoice", false},
      {true, "PriceBooks", "Price Books", "Price Book", false},
      {true, "Leads", "Leads", "Lead", true},
      {true, "Accounts", "Organizations", "Organization", true},
      {true, "Contacts", "Contacts", "Contact", true},
      {true, "Potentials", "Opportunities", "Opportunity", true},
      {true, "HelpDesk", "Support Tickets", "Support Ticket", true},
      {true, "ModComments", "Comments", "Comment", true},
      {true, "cbCompany", "Companies", "Company", true},
      {true, "cbCredentials", "Credentials", "Credential", true},
      {false, "ModTracker", "ModTracker", "ModTracker", false},
  };
  return *modules;
}

Reply CorebosJson(nlohmann::ordered_json body, absl::string_view outcome) {
  Reply reply;
  reply.content_type = kJsonType;
  body["moreinfo"] = nullptr;
  reply.body = PhpJson(body);
  reply.outcome = std::string(outcome);
  return reply;
}

Reply CorebosSuccess(const nlohmann::ordered_json& result) {
  return CorebosJson({{"success", true}, {"result", result}}, "ok");
}

Reply CorebosError(const char* code, const std::string& message) {
  return CorebosJson({{"success", false}, {"error", {{"message", message}, {"code", code}}}}, code);
}

Reply CorebosAuthenticationRequired() {
  return CorebosError("AUTHENTICATION_REQUIRED", "Authentication required");
}

// $_REQUEST; a JSON body counts as a form.
std::optional<std::string> CorebosParameter(const Request& request, absl::string_view name) {
  if (absl::StartsWithIgnoreCase(request.Header("Content-Type").value_or(""), kJsonType)) {
    const nlohmann::ordered_json body =
        nlohmann::ordered_json::parse(request.body, /*cb=*/nullptr, /*allow_exceptions=*/false);
    const std::string key(name);
    if (body.is_object() && body.contains(key) && body[key].is_string()) {
      return body[key].get<std::string>();
    }
  }
  // What PHP says when it is asked for an array as text.
  if (request.query.IsArray(name) || request.form.IsArray(name)) return "Array";
  return RequestParameter(request, name);
}

bool LooksLikeSession(const std::string& id) {
  return id.size() == 32 && std::all_of(id.begin(), id.end(), absl::ascii_isxdigit);
}

// Ahead of a cookie that the operation itself set.
void SetCookie(Reply& reply, const char* name, const std::string& session) {
  reply.headers.insert(
      reply.headers.begin(),
      {"Set-Cookie", absl::StrCat(name, "=", session, "; path=/; HttpOnly; SameSite=Strict")});
}

}  // namespace

CorebosFamily::CorebosFamily(const Clock& clock)
    : Webservice(clock, [] {
        Settings settings;
        settings.challenge_life = absl::Seconds(7200);
        settings.session_idle = absl::Seconds(7200);
        return settings;
      }()) {}

std::string CorebosFamily::Operation(const Request& request) const {
  Request plain;
  plain.query.Add("operation", CorebosParameter(request, "operation").value_or(""));
  return Webservice::Operation(plain);
}

std::string CorebosFamily::SessionIn(const Request& request) const {
  return absl::AsciiStrToLower(
      request.Header("corebos-authorization")
          .value_or(CorebosParameter(request, "sessionName").value_or("")));
}

Reply CorebosFamily::Answer(const Request& request) {
  if (settings_.maintenance) {
    Reply reply;
    reply.content_type = kHtmlType;
    reply.body = "Webservice - Service is not active";
    reply.outcome = "maintenance";
    return reply;
  }
  if (request.method == "OPTIONS") {
    Reply reply;
    reply.content_type = kHtmlType;
    return reply;
  }
  const std::string operation = Operation(request);
  if (operation == "unknown")
    return CorebosError("UNKNOWN_OPERATION", "Unknown operation requested");
  if (!absl::EqualsIgnoreCase(CorebosParameter(request, "format").value_or("json"), "json")) {
    return FatalError(kJsonType);
  }

  std::string session = SessionIn(request);
  if (session == "null") session.clear();
  if (request.pretence == Pretence::kDeadSession) sessions_.erase(session);
  if (operation != "getchallenge" && operation != "login") {
    return WithSession(request, operation, session);
  }

  // Every request runs in a PHP session: the named one, the cookie's, or a new one, which is then
  // offered as a cookie. A login keeps the id of the session that it ran in.
  const std::optional<std::string> cookie = request.Cookie(kLoginCookie);
  const bool revived = cookie && LooksLikeSession(*cookie);
  if (sessions_.count(session) == 0) session = revived ? *cookie : "";
  if (operation == "login") return Login(request, session);
  Reply reply = GetChallenge(request);
  if (!cookie && session.empty()) SetCookie(reply, kLoginCookie, RandomHex(16));
  return reply;
}

Reply CorebosFamily::GetChallenge(const Request& request) {
  const std::string username = CorebosParameter(request, "username").value_or("");
  const User* user = users_.Find(username);
  if (user == nullptr) {
    return CorebosError("AUTHENTICATION_REQUIRED",
                        absl::StrCat("Given user cannot be found: ", username));
  }
  const absl::Time now = Now();
  if (const Challenge* active = ActiveChallenge(user->id)) {
    // Read back from the database, hence a string this time.
    return CorebosSuccess({{"token", active->token},
                           {"serverTime", Time(now)},
                           {"expireTime", absl::StrCat(absl::ToUnixSeconds(active->expire_time))}});
  }
  const Challenge challenge{ids_.Token(now), now + settings_.challenge_life};
  challenges_[user->id] = challenge;
  return CorebosSuccess({{"token", challenge.token},
                         {"serverTime", Time(now)},
                         {"expireTime", Time(challenge.expire_time)}});
}

Reply CorebosFamily::Login(const Request& request, const std::string& session) {
  const User* user = users_.Find(CorebosParameter(request, "username").value_or(""));
  if (user == nullptr) return CorebosError("AUTHENTICATION_REQUIRED", "Given user cannot be found");
  if (request.pretence == Pretence::kExpiredChallenge) challenges_.erase(user->id);
  const Challenge* challenge = ActiveChallenge(user->id);
  if (challenge == nullptr) {
    return CorebosError("INVALID_AUTH_TOKEN", "Specified token is invalid or expired");
  }
  if (!user->access_key) {
    return CorebosError("ACCESSKEY_UNDEFINED", "Access key for the user is undefined");
  }
  const std::string given = CorebosParameter(request, "accessKey").value_or("");
  const bool by_digest = given == Md5Hex(absl::StrCat(challenge->token, *user->access_key));
  const bool by_password =
      !user->password.empty() && given == absl::StrCat(challenge->token, user->password);
  if (request.pretence == Pretence::kWrongCredentials || !(by_digest || by_password)) {
    return CorebosError("INVALID_USER_CREDENTIALS", "Invalid username or password");
  }
  if (!user->active) return CorebosError("AUTHENTICATION_REQUIRED", "Given user is inactive");

  const absl::Time now = Now();
  const std::string id = session.empty() ? ids_.HexSession(16) : session;
  sessions_[id] = {user->id, now, now, request.Header("User-Agent").value_or(""), std::nullopt};
  Own(id, user->name);
  Reply reply = CorebosSuccess({{"sessionName", id},
                                {"userId", absl::StrCat("19x", user->id)},
                                {"version", "0.22"},
                                {"vtigerVersion", "5.5.0"}});
  if (request.Cookie(kLoginCookie) != id) SetCookie(reply, kLoginCookie, id);
  return reply;
}

Reply CorebosFamily::WithSession(const Request& request, const std::string& operation,
                                 const std::string& session) {
  if (operation == "extendsession") {
    // It wants the cookie of a browser's login, which no API client has.
    const std::optional<std::string> cookie = request.Cookie(kLoginCookie);
    if (!cookie) return CorebosAuthenticationRequired();
    Reply reply = CorebosError("AUTHENTICATION_FAILURE", "Authentication Failed");
    SetCookie(reply, kLoginCookie, *cookie);
    return reply;
  }
  if (session.empty()) return CorebosAuthenticationRequired();
  Reply reply = CorebosAuthenticationRequired();
  if (Alive(session, request.Header("User-Agent").value_or(""))) {
    if (operation == "logout") {
      reply = Logout(session);
    } else if (IsOfRecords(operation)) {
      const RecordsAnswer answer = OnRecords(operation, request);
      reply = answer.code == nullptr ? CorebosSuccess(answer.result)
                                     : CorebosError(answer.code, answer.message);
    } else {
      reply =
          CorebosSuccess(ListTypes(CorebosModules(), CorebosParameter(request, "fieldTypeList")));
    }
  }
  if (LooksLikeSession(session)) SetCookie(reply, kCallCookie, session);
  return reply;
}

Reply CorebosFamily::Logout(const std::string& session) {
  sessions_.erase(session);
  Reply reply = CorebosSuccess({{"message", "successfull"}});
  reply.headers.emplace_back("Set-Cookie",
                             absl::StrCat(kCallCookie,
                                          "=deleted; expires=Thu, 01 Jan 1970 00:00:01 GMT; "
                                          "Max-Age=0; path=/; HttpOnly"));
  return reply;
}

bool CorebosFamily::Alive(const std::string& session, const std::string& user_agent) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return false;
  const absl::Time now = Now();
  const bool dead = found->second.end || now - found->second.last_use >= settings_.session_idle ||
                    (settings_.lock_user_agent && found->second.user_agent != user_agent);
  if (dead) {
    sessions_.erase(found);
    return false;
  }
  found->second.last_use = now;
  return true;
}

}  // namespace sessionbroker::simulator
