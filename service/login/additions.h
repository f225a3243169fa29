#ifndef SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"
#include "service/login/grant.h"
#include "service/login/named_expression.h"
#include "service/login/request_template.h"
#include "service/login/template_evaluator.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// A part of a caller's request that a signature depends on.
enum class Covered { kMethod, kHost, kPath, kQuery, kHeaders, kForm, kBody };

// What definitions call it: "method", …
absl::string_view NameOf(Covered covered);

// What a definition adds to a caller's request: `sign` or `inject`, checked.
struct AdditionsTemplate {
  std::set<Covered> covers;
  // Computed in this order before anything is added.
  std::vector<NamedExpression> let;
  std::vector<NamedTemplate> query;
  std::vector<NamedTemplate> form;
  std::vector<NamedTemplate> headers;
  std::vector<NamedTemplate> cookies;
  // The sequences of which a request needs a number, by name.
  std::vector<std::string> sequences;
  // Every name that its expressions look at.
  std::set<std::string> names;
  // Sets of kQuery, kForm and kBody: where just these are empty in a request, nothing fresh would
  // be in a digest over a secret, and it would be as good as the secret.
  std::set<std::set<Covered>> unsealed_without = {};
};

// The highest taint of what is added, and of what is added to the URL.
Taint TaintOf(const AdditionsTemplate& additions);
Taint TaintOfUrl(const AdditionsTemplate& additions);

// A request while it is made complete. May hold secrets.
struct OpenRequest {
  // Upper-case.
  std::string method;
  // "https://host[:port]", as http::Origin::ToString; the same without scheme is the Host header.
  std::string origin;
  // From the base URL's on, as it is sent.
  std::string path;
  Params query;
  Params headers;
  Params cookies;
  // The body is this form, or, where `has_form` is false, those bytes.
  bool has_form = false;
  Params form;
  secrets::WipedBytes body;
};

// One thing that was added. May hold a secret.
struct Added {
  Location location = Location::kQuery;
  Param param;
};

// "name=value&…": a form as it is sent.
secrets::WipedBytes EncodeForm(const Params& form);

// Makes known to `bindings` what expressions may know of the request as it is, and, once, each
// `let`: one that is known already is taken as it is. INVALID_ARGUMENT names the `let` that cannot
// be computed, and never a value. `sent` gets what must not come back.
absl::Status KnowRequest(const AdditionsTemplate& additions, const OpenRequest& request,
                         Evaluation& evaluation, Bindings* bindings,
                         std::vector<SensitiveValue>* sent);

// Adds what `additions` say to `request`; what was added, in that order. `bindings` knows account,
// secrets, session, numbers and time. INVALID_ARGUMENT, naming the place and never the value: what
// is added cannot be computed or cannot stand there; there is nothing in the request that would
// seal a signature.
absl::StatusOr<std::vector<Added>> Add(const AdditionsTemplate& additions, Bindings bindings,
                                       Evaluation& evaluation, OpenRequest& request,
                                       std::vector<SensitiveValue>* sent);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_H_
