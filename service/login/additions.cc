#include "service/login/additions.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/cookie_value.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

void Raise(const std::vector<NamedTemplate>& fields, Taint* taint) {
  for (const NamedTemplate& field : fields) *taint = std::max(*taint, field.value.taint());
}

// Header names as `request.headers` has them.
Params InLowerCase(const Params& headers) {
  Params lower;
  for (const Param& header : headers) {
    lower.emplace_back(absl::AsciiStrToLower(header.name()), header.value());
  }
  return lower;
}

// What expressions may know of the request, as it is now. Only what is looked at: a body may be
// large.
void BindRequest(const AdditionsTemplate& additions, const OpenRequest& request,
                 Bindings* bindings) {
  const auto bind = [&](const char* name, auto value) {
    if (additions.names.contains(name)) bindings->insert_or_assign(name, value());
  };
  bind("request.method", [&] { return Value::Text(request.method); });
  bind("request.origin", [&] { return Value::Text(request.origin); });
  bind("request.host", [&] {
    return Value::Text(absl::StripPrefix(absl::StripPrefix(request.origin, "https://"), "http://"));
  });
  bind("request.path", [&] { return Value::Text(request.path); });
  bind("request.query", [&] { return Value::Params(request.query); });
  bind("request.headers", [&] { return Value::Params(InLowerCase(request.headers)); });
  bind("request.form", [&] { return Value::Params(request.form); });
  bind("request.body",
       [&] { return Value::Bytes(request.has_form ? EncodeForm(request.form) : request.body); });
}

// Whether parameters have nothing in them that a digest would surely cover: names may be left out.
bool SayNothing(const Params& params) {
  return std::all_of(params.begin(), params.end(),
                     [](const Param& param) { return param.value().empty(); });
}

// What seals a signature is there.
absl::Status CheckContent(const AdditionsTemplate& additions, const OpenRequest& request) {
  if (additions.unsealed_without.empty()) return absl::OkStatus();
  const std::pair<Covered, bool> empty[] = {
      {Covered::kQuery, SayNothing(request.query)},
      {Covered::kForm, SayNothing(request.form)},
      {Covered::kBody, request.has_form ? SayNothing(request.form) : request.body.empty()}};
  std::set<Covered> missing;
  for (const auto& [part, is_empty] : empty) {
    if (is_empty && additions.covers.contains(part)) missing.insert(part);
  }
  if (!additions.unsealed_without.contains(missing)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "there is nothing in the request that the provider's signature covers");
}

absl::Status CheckHeader(absl::string_view value) {
  if (std::any_of(value.begin(), value.end(), absl::ascii_iscntrl)) {
    return absl::InvalidArgumentError("the value has a control character in it");
  }
  return absl::OkStatus();
}

absl::Status CheckText(absl::string_view) { return absl::OkStatus(); }

}  // namespace

absl::string_view NameOf(Covered covered) {
  switch (covered) {
    case Covered::kMethod:
      return "method";
    case Covered::kHost:
      return "host";
    case Covered::kPath:
      return "path";
    case Covered::kQuery:
      return "query";
    case Covered::kHeaders:
      return "headers";
    case Covered::kForm:
      return "form";
    case Covered::kBody:
      return "body";
  }
  return "";
}

Taint TaintOf(const AdditionsTemplate& additions) {
  Taint taint = TaintOfUrl(additions);
  Raise(additions.form, &taint);
  Raise(additions.headers, &taint);
  Raise(additions.cookies, &taint);
  return taint;
}

Taint TaintOfUrl(const AdditionsTemplate& additions) {
  Taint taint = Taint::kConstant;
  Raise(additions.query, &taint);
  return taint;
}

WipedBytes EncodeForm(const Params& form) {
  WipedBytes out;
  for (const Param& field : form) {
    if (!out.empty()) out.push_back('&');
    secrets::AppendAndWipe(http::EncodeFormComponent(field.name()), out);
    out.push_back('=');
    secrets::AppendAndWipe(http::EncodeFormComponent(field.value()), out);
  }
  return out;
}

absl::Status KnowRequest(const AdditionsTemplate& additions, const OpenRequest& request,
                         Evaluation& evaluation, Bindings* bindings,
                         std::vector<SensitiveValue>* sent) {
  BindRequest(additions, request, bindings);
  for (const NamedExpression& let : additions.let) {
    if (bindings->contains(let.name)) continue;
    absl::StatusOr<Value> value = let.expression.Evaluate(*bindings, evaluation);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("let.", let.name, ": ", value.status().message()));
    }
    if (let.expression.taint() >= Taint::kSealed) {
      sent->push_back(SensitiveValue{let.expression.taint(), *value});
    }
    bindings->insert_or_assign(let.name, *std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Added>> Add(const AdditionsTemplate& additions, Bindings bindings,
                                       Evaluation& evaluation, OpenRequest& request,
                                       std::vector<SensitiveValue>* sent) {
  SB_RETURN_IF_ERROR(CheckContent(additions, request));
  SB_RETURN_IF_ERROR(KnowRequest(additions, request, evaluation, &bindings, sent));
  std::vector<Added> added;
  TemplateEvaluator evaluator(bindings, evaluation, sent);
  const auto add = [&](const std::vector<NamedTemplate>& fields, const char* place,
                       Location location, absl::Status (*check)(absl::string_view)) {
    for (const NamedTemplate& field : fields) {
      const std::string at = absl::StrCat(place, ".", field.name);
      SB_ASSIGN_OR_RETURN(const WipedBytes value, evaluator.EvaluateText(field.value, at));
      if (const absl::Status fits = check(View(value)); !fits.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(at, ": ", fits.message()));
      }
      added.push_back(Added{location, Param(field.name, View(value))});
    }
    return absl::OkStatus();
  };
  SB_RETURN_IF_ERROR(add(additions.query, "query", Location::kQuery, CheckText));
  SB_RETURN_IF_ERROR(add(additions.form, "form", Location::kForm, CheckText));
  for (const Added& one : added) {
    (one.location == Location::kForm ? request.form : request.query).push_back(one.param);
    request.has_form = request.has_form || one.location == Location::kForm;
  }

  BindRequest(additions, request, &bindings);
  const std::size_t first = added.size();
  SB_RETURN_IF_ERROR(add(additions.headers, "headers", Location::kHeader, CheckHeader));
  SB_RETURN_IF_ERROR(add(additions.cookies, "cookies", Location::kCookie, CheckCookieValue));
  for (std::size_t i = first; i < added.size(); ++i) {
    (added[i].location == Location::kHeader ? request.headers : request.cookies)
        .push_back(added[i].param);
  }
  return added;
}

}  // namespace sessionbroker::login
