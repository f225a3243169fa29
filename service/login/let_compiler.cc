#include "service/login/let_compiler.h"

#include <optional>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace sessionbroker::login {

std::vector<NamedExpression> CompileLet(
    const google::protobuf::RepeatedPtrField<definition::v1::Field>& fields,
    const std::string& path, bool may_be_skipped, CompileContext& context) {
  std::vector<NamedExpression> let;
  context.CheckLength(path, fields.size());
  for (const definition::v1::Field& field : fields) {
    const std::string at = Member(path, field.name());
    if (!context.CheckValueName(at, field.name()) || !context.Declare(at, field.name())) continue;
    std::optional<Expression> value =
        context.CompileExpression(at, field.value(), ValuePlace{"a value", {}, Taint::kRaw});
    if (!value.has_value()) continue;
    context.Know(field.name(), value->type(), value->taint(), may_be_skipped);
    let.push_back(NamedExpression{field.name(), *std::move(value)});
  }
  return let;
}

std::vector<std::string> SequencesAmong(const std::set<std::string>& used) {
  std::vector<std::string> sequences;
  for (const std::string& name : used) {
    absl::string_view sequence = name;
    if (absl::ConsumePrefix(&sequence, "next.")) sequences.emplace_back(sequence);
  }
  return sequences;
}

}  // namespace sessionbroker::login
