#include "service/login/examples.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "service/base/nearest_name.h"
#include "service/base/status_macros.h"
#include "service/login/json_pointer.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

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
      return absl::FormatTime(value.time(), absl::UTCTimeZone());
    case Type::kText:
    case Type::kBytes:
      return std::string(value.data());
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
  return Shown(value) == expected;
}

absl::Status NoSuchPlace(absl::string_view place) {
  return absl::NotFoundError(
      absl::StrCat("\"", place,
                   "\" is no place of this definition: expected STEP.query.NAME, STEP.form.NAME, "
                   "STEP.headers.NAME, STEP.path, STEP.json/POINTER, STEP.valid_for, session.id or "
                   "session.attributes.NAME"));
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
                                  absl::string_view place, const Bindings& bindings) {
  const absl::StatusOr<JsonPath> path = ParseJsonPointer(pointer);
  const auto* body = std::get_if<JsonTemplate>(&step.request.body);
  const JsonTemplate* json = body != nullptr && path.ok() ? FindJson(body, *path) : nullptr;
  if (json == nullptr) return NoSuchPlace(place);
  if (json->kind == JsonTemplate::Kind::kLiteral) return Value::Text(json->literal);
  if (json->kind == JsonTemplate::Kind::kText) return json->text.Evaluate(bindings);
  return NoSuchPlace(place);
}

absl::StatusOr<Value> ComputeField(const std::vector<NamedTemplate>& fields, absl::string_view name,
                                   absl::string_view place, const Bindings& bindings) {
  const NamedTemplate* field = FindField(fields, name);
  if (field == nullptr) return NoSuchPlace(place);
  return field->value.Evaluate(bindings);
}

// The value at `place`. NOT_FOUND: there is no such place.
absl::StatusOr<Value> Compute(const Program& program, absl::string_view place,
                              const Bindings& bindings) {
  absl::string_view rest = place;
  if (absl::ConsumePrefix(&rest, "session.")) {
    if (rest == "id") return program.session().id.Evaluate(bindings);
    if (!absl::ConsumePrefix(&rest, "attributes.")) return NoSuchPlace(place);
    return ComputeField(program.session().attributes, rest, place, bindings);
  }
  for (const Step& step : program.steps()) {
    rest = place;
    if (!absl::ConsumePrefix(&rest, absl::StrCat(step.name, "."))) continue;
    if (rest == "path") {
      SB_ASSIGN_OR_RETURN(const std::string path, BuildPath(step.request.path, bindings));
      return Value::Text(path);
    }
    if (rest == "valid_for" && step.valid_for.has_value()) {
      return step.valid_for->Evaluate(bindings);
    }
    if (absl::ConsumePrefix(&rest, "query.")) {
      return ComputeField(step.request.query, rest, place, bindings);
    }
    if (absl::ConsumePrefix(&rest, "headers.")) {
      return ComputeField(step.request.headers, rest, place, bindings);
    }
    if (absl::ConsumePrefix(&rest, "form.")) {
      const auto* form = std::get_if<std::vector<NamedTemplate>>(&step.request.body);
      if (form == nullptr) return NoSuchPlace(place);
      return ComputeField(*form, rest, place, bindings);
    }
    if (absl::ConsumePrefix(&rest, "json")) return ComputeJson(step, rest, place, bindings);
    return NoSuchPlace(place);
  }
  return NoSuchPlace(place);
}

// What an example gives, and the defaults of parameters that it does not give.
Bindings BindingsOf(const pb::Example& example, const std::string& path, const Program& program,
                    CompileContext& context) {
  Bindings bindings;
  for (const ParameterSpec& parameter : program.parameters()) {
    if (!parameter.default_value.has_value()) continue;
    bindings.emplace(absl::StrCat("account.", parameter.name),
                     Value::Text(*parameter.default_value));
  }
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
    std::optional<Value> value =
        Convert(JsonValue{JsonValue::Kind::kString, given.value()}, name->second.type);
    if (!value.has_value()) {
      context.Add(at, absl::StrCat("\"", given.value(), "\" is no ", NameOf(name->second.type)));
      continue;
    }
    bindings.insert_or_assign(given.name(), *std::move(value));
  }
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
      const absl::StatusOr<Value> value = Compute(program, expected.name(), bindings);
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
