#include "service/calls/request_check.h"

#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/calls/path_check.h"
#include "service/login/header_names.h"

namespace sessionbroker::calls {
namespace {

constexpr absl::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

// As CanonicalHeader gives them.
constexpr absl::string_view kConnectionHeaders[] = {
    "connection",     "content-length",    "expect",           "host",
    "http2-settings", "keep-alive",        "proxy-connection", "te",
    "trailer",        "transfer-encoding", "upgrade",          "proxy-authenticate"};
constexpr absl::string_view kCredentialHeaders[] = {"cookie", "cookie2"};
// Of another request than the one that rules have allowed.
constexpr absl::string_view kMisleadingHeaders[] = {"client-ip",
                                                    "forwarded",
                                                    "true-client-ip",
                                                    "x-client-ip",
                                                    "x-http-method",
                                                    "x-method-override",
                                                    "x-http-method-override",
                                                    "x-original-method",
                                                    "x-original-uri",
                                                    "x-original-url",
                                                    "x-real-ip",
                                                    "x-rewrite-url"};

template <typename... Parts>
absl::Status Bad(const Parts&... parts) {
  return base::MakeError(base::Reason::kInvalidArgument, absl::StrCat("request.", parts...));
}

std::string CanonicalHeader(absl::string_view name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

absl::Status CheckMethod(absl::string_view method) {
  if (absl::c_linear_search(kMethods, method)) return absl::OkStatus();
  return Bad("method: must be GET, POST, PUT, PATCH or DELETE");
}

absl::Status CheckSize(absl::string_view what, std::size_t size, std::size_t limit) {
  if (size <= limit) return absl::OkStatus();
  return Bad(what, ": has ", size, " bytes, at most ", limit, " are allowed");
}

absl::Status CheckCount(absl::string_view what, std::size_t count, std::size_t limit) {
  if (count <= limit) return absl::OkStatus();
  return Bad(what, ": ", count, " are too many, at most ", limit, " are allowed");
}

absl::Status CheckParameters(absl::string_view field, const std::vector<Parameter>& parameters,
                             const ReservedNames& reserved, std::size_t max_bytes) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    bytes += parameters[i].name.size() + parameters[i].value.size();
    const std::string canonical = CanonicalParameter(parameters[i].name);
    if (reserved.HasParameter(canonical)) {
      return Bad(field, "[", i, "]: is a parameter of session or signature, which the broker sets");
    }
    if (canonical == "_method") {
      return Bad(field, "[", i, "]: some servers take _method for the request's method");
    }
  }
  return CheckSize(field, bytes, max_bytes);
}

absl::Status CheckHeader(const http::Header& header, std::size_t index, bool has_form,
                         const ReservedNames& reserved) {
  const std::string where = absl::StrCat("headers[", index, "]: ");
  if (!login::IsToken(header.name)) return Bad(where, "its name is no token of HTTP");
  for (const char c : header.value) {
    if (absl::ascii_iscntrl(c) && c != '\t') {
      return Bad(where, "its value has a line break or another control character");
    }
  }
  const std::string name = CanonicalHeader(header.name);
  if (absl::c_linear_search(kConnectionHeaders, name)) {
    return Bad(where, header.name, " belongs to the connection, which is the broker's");
  }
  if (absl::c_linear_search(kCredentialHeaders, name) || absl::StrContains(name, "authorization")) {
    return Bad(where, header.name, " carries credentials, which the broker sets");
  }
  if (reserved.HasHeader(name)) {
    return Bad(where, header.name, " belongs to session or signature, which the broker sets");
  }
  if (absl::c_linear_search(kMisleadingHeaders, name) || absl::StartsWith(name, "x-forwarded-")) {
    return Bad(where, header.name, " tells servers of another request or client than there is");
  }
  if (has_form && name == "content-type") {
    return Bad(where, "Content-Type follows from request.form");
  }
  return absl::OkStatus();
}

absl::Status CheckHeaders(const Request& request, const ReservedNames& reserved,
                          const RequestLimits& limits) {
  SB_RETURN_IF_ERROR(CheckCount("headers", request.headers.size(), limits.max_headers));
  const bool has_form = std::holds_alternative<FormBody>(request.body);
  std::size_t bytes = 0;
  int content_types = 0;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const http::Header& header = request.headers[i];
    SB_RETURN_IF_ERROR(CheckHeader(header, i, has_form, reserved));
    bytes += header.name.size() + header.value.size();
    if (CanonicalHeader(header.name) == "content-type" && ++content_types > 1) {
      return Bad("headers[", i, "]: a second Content-Type");
    }
  }
  return CheckSize("headers", bytes, limits.max_header_bytes);
}

absl::Status CheckBody(const Request& request, const ReservedNames& reserved,
                       const RequestLimits& limits) {
  if (std::holds_alternative<std::monostate>(request.body)) return absl::OkStatus();
  if (request.method == "GET") return Bad("method: GET has no body");
  if (const auto* raw = std::get_if<RawBody>(&request.body)) {
    return CheckSize("raw", raw->bytes.size(), limits.max_body_bytes);
  }
  const std::vector<Parameter>& fields = std::get<FormBody>(request.body).fields;
  SB_RETURN_IF_ERROR(
      CheckCount("query and form", request.query.size() + fields.size(), limits.max_parameters));
  return CheckParameters("form.fields", fields, reserved, limits.max_body_bytes);
}

}  // namespace

void ReservedNames::AddParameter(absl::string_view name) {
  parameters_.insert(CanonicalParameter(name));
}

void ReservedNames::AddHeader(absl::string_view name) { headers_.insert(CanonicalHeader(name)); }

bool ReservedNames::HasParameter(absl::string_view name) const {
  return parameters_.contains(CanonicalParameter(name));
}

bool ReservedNames::HasHeader(absl::string_view name) const {
  return headers_.contains(CanonicalHeader(name));
}

std::string CanonicalParameter(absl::string_view name) {
  name = absl::StripLeadingAsciiWhitespace(name);
  // Not at the very front: PHP keeps a "[" there.
  const std::size_t end = name.find_first_of(absl::string_view("[\0", 2), 1);
  return absl::StrReplaceAll(absl::AsciiStrToLower(name.substr(0, end)), {{".", "_"}, {" ", "_"}});
}

absl::Status CheckRequest(const Request& request, const ReservedNames& reserved,
                          const RequestLimits& limits) {
  SB_RETURN_IF_ERROR(CheckMethod(request.method));
  SB_RETURN_IF_ERROR(CheckPath(request.path));
  SB_RETURN_IF_ERROR(CheckCount("query", request.query.size(), limits.max_parameters));
  SB_RETURN_IF_ERROR(CheckParameters("query", request.query, reserved, limits.max_query_bytes));
  SB_RETURN_IF_ERROR(CheckHeaders(request, reserved, limits));
  return CheckBody(request, reserved, limits);
}

absl::StatusOr<std::optional<std::string>> RuledParameter(const Request& request,
                                                          absl::string_view name) {
  if (std::holds_alternative<RawBody>(request.body)) {
    return Bad("raw: a rule looks at the parameter ", name,
               ", which bytes could hold; send a form");
  }
  std::optional<std::string> value;
  const std::string canonical = CanonicalParameter(name);
  const auto look = [&](const std::vector<Parameter>& parameters) -> absl::Status {
    for (const Parameter& parameter : parameters) {
      if (CanonicalParameter(parameter.name) != canonical) continue;
      if (parameter.name != name) {
        return Bad("query or form: a rule looks at the parameter ", name,
                   ", and some servers take another one for it; spell it so");
      }
      if (value.has_value()) {
        return Bad("query or form: a rule looks at the parameter ", name,
                   ", which must occur once, not twice");
      }
      value = parameter.value;
    }
    return absl::OkStatus();
  };
  SB_RETURN_IF_ERROR(look(request.query));
  if (const auto* form = std::get_if<FormBody>(&request.body)) {
    SB_RETURN_IF_ERROR(look(form->fields));
  }
  return value;
}

}  // namespace sessionbroker::calls
