#ifndef SESSIONBROKER_SERVICE_LOGIN_REQUEST_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_REQUEST_COMPILER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/login/compile_context.h"
#include "service/login/request_template.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks the request at `path` and makes a template of it. nullopt: mistakes were reported.
std::optional<RequestTemplate> CompileRequest(const definition::v1::Request& request,
                                              absl::string_view path, CompileContext& context);

// Whether `method` is one that requests may have; reports it otherwise.
bool CheckMethod(absl::string_view method, absl::string_view path, CompileContext& context);

using Fields = google::protobuf::RepeatedPtrField<definition::v1::Field>;

// Named templates, each of which goes to `place`; a mistake leaves its field out.
std::vector<NamedTemplate> CompileFields(const Fields& fields, absl::string_view path,
                                         const ValuePlace& place, CompileContext& context);
// The same of headers, whose names must be fit for it, and of cookies, beside these headers.
std::vector<NamedTemplate> CompileHeaders(const Fields& fields, absl::string_view path,
                                          const ValuePlace& place, CompileContext& context);
std::vector<NamedTemplate> CompileCookies(const Fields& cookies, const Fields& headers,
                                          absl::string_view path, const ValuePlace& place,
                                          CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_REQUEST_COMPILER_H_
