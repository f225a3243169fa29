#include "service/login/examples.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "service/base/nearest_name.h"
#include "service/base/status_macros.h"
#include "service/login/additions.h"
#include "service/login/body_builder.h"
#include "service/login/expression/evaluation.h"
#include "service/login/extract.h"
#include "service/login/given_values.h"
#include "service/login/json_pointer.h"
#include "service/login/no_randomness.h"
#include "service/login/request_builder.h"
#include "service/login/template_evaluator.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

constexpr char kNothingRandom[] =
    "an example has nothing random: put it into a `let`, and the let's value into `given`";

// For a report: an example's values may be shown.
std::string Shown(const Value& value) {
  switch (value.type()) {
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    case Type::kDuration:
      return absl::FormatDuration(value.duration());
    case Type::kTime:
      return absl::FormatTime(absl::RFC3339_full, value.time(), absl::UTCTimeZone());
    case Type::kBytes:
      return absl::BytesToHexString(value.bytes());
    case Type::kText:
      return std::string(value.text());
    case Type::kParams:
      return "";  // No place takes them.
  }
  return "";
}

bool Equals(const Value& value, const std::string& expected) {
  absl::Duration duration;
  if (value.type() == Type::kDuration) {
    return absl::ParseDuration(expected, &duration) && duration == value.duration();
  }
  absl::Time time;
  std::string error;
  if (value.type() == Type::kTime) {
    return absl::ParseTime(absl::RFC3339_full, expected, &time, &error) && time == value.time();
  }
  if (value.type() == Type::kBytes) return absl::BytesToHexString(value.bytes()) == expected;
  return Shown(value) == expected;
}

absl::Status NoSuchPlace(absl::string_view place) {
  return absl::NotFoundError(absl::StrCat(
      "\"", place,
      "\" is no place of this definition: expected STEP.query.NAME, STEP.form.NAME, "
      "STEP.multipart.NAME, STEP.headers.NAME, STEP.cookies.NAME, STEP.let.NAME, STEP.path, "
      "STEP.url, STEP.if, STEP.json/POINTER, STEP.body, STEP.valid_for, sign.query.NAME, "
      "sign.form.NAME, sign.headers.NAME, sign.cookies.NAME, sign.let.NAME, the same of inject, "
      "keep.NAME, session.id, session.attributes.NAME, session.idle, session.absolute or "
      "session.expires"));
}

const NamedTemplate* FindField(const std::vector<NamedTemplate>& fields, absl::string_view name) {
  for (const NamedTemplate& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const JsonTemplate* FindJson(const JsonTemplate* json, const JsonPath& path) {
  for (const std::string& key : path) {
    const JsonTemplate* next = nullptr;
    for (std::size_t i = 0; i < json->children.size(); ++i) {
      const JsonTemplate& child = json->children[i];
      const bool is_member = json->kind == JsonTemplate::Kind::kObject;
      if (is_member ? child.key == key : absl::StrCat(i) == key) next = &child;
    }
    if (next == nullptr) return nullptr;
    json = next;
  }
  return json;
}

absl::StatusOr<Value> ComputeJson(const Step& step, absl::string_view pointer,
                                  absl::string_view place, const Bindings& bindings,
                                  Evaluation& evaluation) {
  const absl::StatusOr<JsonPath> path = ParseJsonPointer(pointer);
  const auto* body = std::get_if<JsonTemplate>(&step.request.body);
  const JsonTemplate* json = body != nullptr && path.ok() ? FindJson(body, *path) : nullptr;
  if (json == nullptr) return NoSuchPlace(place);
  if (json->kind == JsonTemplate::Kind::kLiteral) return Value::Text(json->literal);
  if (json->kind == JsonTemplate::Kind::kText) return json->text.Evaluate(bindings, evaluation);
  return NoSuchPlace(place);
}

absl::StatusOr<Value> ComputeField(const std::vector<NamedTemplate>& fields, absl::string_view name,
                                   absl::string_view place, const Bindings& bindings,
                                   Evaluation& evaluation) {
  const NamedTemplate* field = FindField(fields, name);
  if (field == nullptr) return NoSuchPlace(place);
  return field->value.Evaluate(bindings, evaluation);
}

absl::StatusOr<Value> ComputeNamed(const std::vector<NamedExpression>& expressions,
                                   absl::string_view name, absl::string_view place,
                                   const Bindings& bindings, Evaluation& evaluation) {
  for (const NamedExpression& known : expressions) {
    if (known.name == name) return known.expression.Evaluate(bindings, evaluation);
  }
  return NoSuchPlace(place);
}

absl::StatusOr<Value> ComputeOptional(const std::optional<Expression>& expression,
                                      absl::string_view place, const Bindings& bindings,
                                      Evaluation& evaluation) {
  return expression.has_value() ? expression->Evaluate(bindings, evaluation) : NoSuchPlace(place);
}

// Of the session; `what` stands after "session.".
absl::StatusOr<Value> ComputeSession(const SessionTemplate& session, absl::string_view what,
                                     absl::string_view place, const Bindings& bindings,
                                     Evaluation& evaluation) {
  if (what == "id") return session.id.Evaluate(bindings, evaluation);
  if (what == "expires") return ComputeOptional(session.expires, place, bindings, evaluation);
  if (what == "idle" && session.idle.has_value()) return Value::Duration(*session.idle);
  if (what == "idle") return ComputeOptional(session.told_idle, place, bindings, evaluation);
  if (what == "absolute" && session.absolute.has_value()) {
    return Value::Duration(*session.absolute);
  }
  if (what == "absolute")
    return ComputeOptional(session.told_absolute, place, bindings, evaluation);
  if (!absl::ConsumePrefix(&what, "attributes.")) return NoSuchPlace(place);
  return ComputeField(session.attributes, what, place, bindings, evaluation);
}

// A field of a form, as it is before it is encoded.
absl::StatusOr<Value> ComputeBodyField(const std::vector<FieldTemplate>& fields,
                                       absl::string_view name, absl::string_view place,
                                       const Bindings& bindings, Evaluation& evaluation) {
  for (const FieldTemplate& field : fields) {
    if (field.name != name) continue;
    if (const auto* text = std::get_if<Template>(&field.value))
      return text->Evaluate(bindings, evaluation);
    std::vector<SensitiveValue> sent;
    TemplateEvaluator evaluator(bindings, evaluation, &sent);
    SB_ASSIGN_OR_RETURN(const secrets::WipedBytes text, BuildField(field, "field", evaluator));
    return Value::Text(View(text));
  }
  return NoSuchPlace(place);
}

absl::StatusOr<Value> ComputeBody(const Step& step, const Bindings& bindings,
                                  Evaluation& evaluation) {
  std::vector<SensitiveValue> sent;
  TemplateEvaluator evaluator(bindings, evaluation, &sent);
  SB_ASSIGN_OR_RETURN(const Body body, BuildBody(step.request.body, evaluator));
  return Value::Text(View(body.bytes));
}

// Of a step; `what` stands after its name and dot.
absl::StatusOr<Value> ComputeStep(const Step& step, absl::string_view what, absl::string_view place,
                                  const Bindings& bindings, Evaluation& evaluation) {
  const RequestTemplate& request = step.request;
  if (what == "path" && !request.url.has_value()) {
    std::vector<SensitiveValue> sent;
    TemplateEvaluator evaluator(bindings, evaluation, &sent);
    SB_ASSIGN_OR_RETURN(const std::string path, BuildPath(request.path, evaluator));
    return Value::Text(path);
  }
  if (what == "url" && request.url.has_value()) return request.url->Evaluate(bindings, evaluation);
  if (what == "if") return ComputeOptional(step.condition, place, bindings, evaluation);
  if (what == "valid_for") return ComputeOptional(step.valid_for, place, bindings, evaluation);
  if (what == "body" && !std::holds_alternative<std::monostate>(request.body)) {
    return ComputeBody(step, bindings, evaluation);
  }
  if (absl::ConsumePrefix(&what, "let."))
    return ComputeNamed(step.let, what, place, bindings, evaluation);
  if (absl::ConsumePrefix(&what, "query.")) {
    return ComputeField(request.query, what, place, bindings, evaluation);
  }
  if (absl::ConsumePrefix(&what, "headers.")) {
    return ComputeField(request.headers, what, place, bindings, evaluation);
  }
  if (absl::ConsumePrefix(&what, "cookies.")) {
    return ComputeField(request.cookies, what, place, bindings, evaluation);
  }
  const auto* form = std::get_if<FormTemplate>(&request.body);
  if (form != nullptr && absl::ConsumePrefix(&what, "form.")) {
    return ComputeBodyField(form->fields, what, place, bindings, evaluation);
  }
  const auto* multipart = std::get_if<MultipartTemplate>(&request.body);
  if (multipart != nullptr && absl::ConsumePrefix(&what, "multipart.")) {
    return ComputeBodyField(multipart->fields, what, place, bindings, evaluation);
  }
  if (absl::ConsumePrefix(&what, "json"))
    return ComputeJson(step, what, place, bindings, evaluation);
  return NoSuchPlace(place);
}

// Of what is added to a caller's request; `what` stands after "sign." or "inject.".
absl::StatusOr<Value> ComputeAddition(const AdditionsTemplate& additions, absl::string_view what,
                                      absl::string_view place, const Bindings& bindings,
                                      Evaluation& evaluation) {
  constexpr std::pair<const char*, Location> kPlaces[] = {{"query.", Location::kQuery},
                                                          {"form.", Location::kForm},
                                                          {"headers.", Location::kHeader},
                                                          {"cookies.", Location::kCookie}};
  OpenRequest request = RequestOf(bindings);
  std::vector<SensitiveValue> sent;
  if (absl::ConsumePrefix(&what, "let.")) {
    Bindings known = bindings;
    SB_RETURN_IF_ERROR(KnowRequest(additions, request, evaluation, &known, &sent));
    for (const NamedExpression& let : additions.let) {
      if (let.name == what) return known.at(let.name);
    }
    return NoSuchPlace(place);
  }
  SB_ASSIGN_OR_RETURN(const std::vector<Added> added,
                      Add(additions, bindings, evaluation, request, &sent));
  for (const auto& [prefix, location] : kPlaces) {
    absl::string_view name = what;
    if (!absl::ConsumePrefix(&name, prefix)) continue;
    for (const Added& one : added) {
      if (one.location == location && one.param.name() == name) {
        return Value::Text(one.param.value());
      }
    }
  }
  return NoSuchPlace(place);
}

// The value at `place`. NOT_FOUND: there is no such place.
absl::StatusOr<Value> Compute(const Program& program, absl::string_view place,
                              const Bindings& bindings, Evaluation& evaluation) {
  absl::string_view rest = place;
  if (absl::ConsumePrefix(&rest, "session.")) {
    return ComputeSession(program.session(), rest, place, bindings, evaluation);
  }
  if (absl::ConsumePrefix(&rest, "keep.")) {
    return ComputeNamed(program.keep(), rest, place, bindings, evaluation);
  }
  if (program.sign().has_value() && absl::ConsumePrefix(&rest, "sign.")) {
    return ComputeAddition(*program.sign(), rest, place, bindings, evaluation);
  }
  if (program.inject().has_value() && absl::ConsumePrefix(&rest, "inject.")) {
    return ComputeAddition(*program.inject(), rest, place, bindings, evaluation);
  }
  for (const Conversation conversation :
       {Conversation::kLogin, Conversation::kProbe, Conversation::kLogout}) {
    for (const Step& step : program.steps(conversation)) {
      rest = place;
      if (absl::ConsumePrefix(&rest, absl::StrCat(step.name, "."))) {
        return ComputeStep(step, rest, place, bindings, evaluation);
      }
    }
  }
  return NoSuchPlace(place);
}

// What an example gives, and the defaults of parameters that it does not give.
Bindings BindingsOf(const pb::Example& example, const std::string& path, const Program& program,
                    CompileContext& context) {
  Bindings bindings = DefaultsOf(program);
  std::vector<std::string> known;
  for (const auto& name : program.scope().names) known.push_back(name.first);
  for (const pb::Field& given : example.given()) {
    const std::string at = Member(Member(path, "given"), given.name());
    const auto name = program.scope().names.find(given.name());
    if (name == program.scope().names.end()) {
      context.Add(at, absl::StrCat("\"", given.name(), "\" is no name of this definition",
                                   base::Suggestion(given.name(), known, "known are")));
      continue;
    }
    std::optional<Value> value = ParseValueOf(given.name(), given.value(), name->second.type);
    if (!value.has_value()) {
      context.Add(at, absl::StrCat("\"", given.value(), "\" is no ", NameOf(name->second.type)));
      continue;
    }
    bindings.insert_or_assign(given.name(), *std::move(value));
  }
  NoRandomness none(kNothingRandom);
  AddLets(program, none, &bindings);
  return bindings;
}

}  // namespace

void CheckExamples(const pb::Definition& definition, const Program& program,
                   CompileContext& context) {
  context.CheckLength("examples", definition.examples_size());
  for (const pb::Example& example : definition.examples()) {
    const std::string path = Member("examples", example.name());
    const Bindings bindings = BindingsOf(example, path, program, context);
    if (!context.clean()) continue;
    if (example.expect().empty()) context.AddMissing(Member(path, "expect"));
    for (const pb::Field& expected : example.expect()) {
      const std::string at = Member(Member(path, "expect"), expected.name());
      NoRandomness none(kNothingRandom);
      Evaluation evaluation(none);
      const absl::StatusOr<Value> value = Compute(program, expected.name(), bindings, evaluation);
      if (!value.ok()) {
        context.Add(at, absl::IsNotFound(value.status())
                            ? std::string(value.status().message())
                            : absl::StrCat("cannot be computed: ", value.status().message()));
      } else if (!Equals(*value, expected.value())) {
        context.Add(at, absl::StrCat("the definition gives \"", Shown(*value),
                                     "\", the example expects \"", expected.value(), "\""));
      }
    }
  }
}

}  // namespace sessionbroker::login
