#include "service/login/session_compiler.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/config/scalars.h"
#include "service/login/header_names.h"
#include "service/login/json_pointer.h"
#include "service/login/request_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

const ValuePlace kLife = {"a session's life", {Type::kDuration}, Taint::kFresh};
const ValuePlace kSessionId = {"the session id", {Type::kText, Type::kInt}, Taint::kFresh};
const ValuePlace kAttribute = {
    "an attribute", {Type::kText, Type::kInt, Type::kBool}, Taint::kFresh};
const ValuePlace kAttachment = {
    "an attached value", {Type::kText, Type::kInt, Type::kBool}, Taint::kFresh};

class SessionCompiler {
 public:
  explicit SessionCompiler(CompileContext& context) : context_(context) {}

  SessionTemplate Compile(const pb::SessionTemplate& session) {
    if (session.id().empty()) {
      context_.AddMissing("session.id");
    } else if (std::optional<Template> id =
                   context_.CompileTemplate("session.id", session.id(), kSessionId)) {
      out_.id = *std::move(id);
    }
    context_.CheckLength("session.attributes", session.attributes().size());
    for (const pb::Field& attribute : session.attributes()) {
      std::optional<Template> value = context_.CompileTemplate(
          Member("session.attributes", attribute.name()), attribute.value(), kAttribute);
      if (value.has_value()) {
        out_.attributes.push_back(NamedTemplate{attribute.name(), *std::move(value)});
      }
    }
    if (session.attach().empty()) context_.AddMissing("session.attach");
    context_.CheckLength("session.attach", session.attach().size());
    for (int i = 0; i < session.attach_size(); ++i) {
      CompileAttach(session.attach(i), Element("session.attach", i));
    }
    CompileLife(session.idle(), "session.idle", &out_.idle, &out_.told_idle);
    CompileLife(session.absolute(), "session.absolute", &out_.absolute, &out_.told_absolute);
    if (!session.expires().empty()) {
      out_.expires =
          context_.CompileExpression("session.expires", session.expires(), Type::kTime, "expires");
    }
    out_.signing_required = session.signing_required();
    CompileBindings(session);
    return std::move(out_);
  }

 private:
  // "30m", or one whole `${…}`.
  void CompileLife(const std::string& text, const char* path, std::optional<absl::Duration>* life,
                   std::optional<Expression>* told) {
    if (text.empty()) return;
    if (absl::StrContains(text, "${")) {
      const std::optional<Template> compiled = context_.CompileTemplate(path, text, kLife);
      if (compiled.has_value()) *told = *compiled->parts()[0].expression;
      return;
    }
    const absl::StatusOr<absl::Duration> constant = config::ParseDuration(text);
    if (!constant.ok()) {
      context_.Add(path,
                   absl::StrCat("expected ", constant.status().message(),
                                ", or one whole ${…} of type duration, found \"", text, "\""));
    } else if (*constant <= absl::ZeroDuration() || *constant > kLongestLife) {
      context_.Add(path, absl::StrCat("expected more than 0s and at most 10 years, found ",
                                      absl::FormatDuration(*constant)));
    } else {
      *life = *constant;
    }
  }

  void CompileBindings(const pb::SessionTemplate& session) {
    for (int i = 0; i < session.bound_to_size(); ++i) {
      const std::string at = Element("session.bound_to", i);
      bool* bound = nullptr;
      if (session.bound_to(i) == pb::BINDING_USER_AGENT) {
        bound = &out_.bound_to_user_agent;
      } else if (session.bound_to(i) == pb::BINDING_CLIENT_ADDRESS) {
        bound = &out_.bound_to_address;
      } else {
        context_.AddMissing(at);
        continue;
      }
      if (*bound) context_.Add(at, "stands above already");
      *bound = true;
    }
  }

  void CompileAttach(const pb::Attach& attach, const std::string& path) {
    const google::protobuf::FieldDescriptor* field =
        attach.GetReflection()->GetOneofFieldDescriptor(
            attach, pb::Attach::descriptor()->FindOneofByName("location"));
    const std::optional<Location> location =
        field == nullptr ? std::nullopt : LocationNamed(field->name());
    if (!location.has_value()) {
      context_.AddMissing(path);
      return;
    }
    AttachTemplate out;
    out.location = *location;
    out.name = attach.GetReflection()->GetString(attach, field);
    const std::string at = Member(path, field->name());
    CheckAttachName(out, at);
    for (int i = 0; i < attach.methods_size(); ++i) {
      const std::string method_at = Element(Member(path, "methods"), i);
      if (!CheckMethod(attach.methods(i), method_at, context_)) continue;
      if (std::find(out.methods.begin(), out.methods.end(), attach.methods(i)) !=
          out.methods.end()) {
        context_.Add(method_at, absl::StrCat("\"", attach.methods(i), "\" stands above already"));
      }
      out.methods.push_back(attach.methods(i));
    }
    if (!attach.value().empty()) {
      out.value = context_.CompileTemplate(Member(path, "value"), attach.value(), kAttachment);
    }
    for (const AttachTemplate& other : out_.attach) {
      if (other.location == out.location && other.name == out.name && Overlap(other, out)) {
        context_.Add(at, absl::StrCat("\"", out.name,
                                      "\" is attached at this place already, for the same method"));
      }
    }
    out_.attach.push_back(std::move(out));
  }

  static bool Overlap(const AttachTemplate& a, const AttachTemplate& b) {
    return a.methods.empty() || b.methods.empty() ||
           std::any_of(a.methods.begin(), a.methods.end(), [&](const std::string& method) {
             return std::find(b.methods.begin(), b.methods.end(), method) != b.methods.end();
           });
  }

  void CheckAttachName(const AttachTemplate& attach, const std::string& path) {
    if (attach.name.empty()) {
      context_.Add(path, "the name is empty");
    } else if (attach.location == Location::kHeader && IsReservedHeader(attach.name)) {
      context_.Add(path,
                   absl::StrCat("the header \"", attach.name, "\" belongs to the connection"));
    } else if ((attach.location == Location::kHeader || attach.location == Location::kCookie) &&
               !IsToken(attach.name)) {
      context_.Add(path, absl::StrCat("\"", attach.name, "\" is no name for a ",
                                      attach.location == Location::kHeader ? "header" : "cookie"));
    } else if (attach.location == Location::kJsonPointer) {
      const absl::StatusOr<JsonPath> pointer = ParseJsonPointer(attach.name);
      if (!pointer.ok()) context_.Add(path, std::string(pointer.status().message()));
    }
  }

  CompileContext& context_;
  SessionTemplate out_;
};

}  // namespace

SessionTemplate CompileSession(const pb::SessionTemplate& session, CompileContext& context) {
  return SessionCompiler(context).Compile(session);
}

}  // namespace sessionbroker::login
